import { piece } from './pattern.ts';

/** One request, and what is to come of it. */
export interface PlannedRequest {
  /** Without the fields of the connection and the empty line. */
  readonly head: string;
  readonly body: Buffer;
  readonly toHead: boolean;
  /** `undefined` where the answer is to break off, or not to come at all. */
  readonly expected: { readonly status: number; readonly body: Buffer } | undefined;
}

const NOTHING = Buffer.alloc(0);
const LARGE = 65_536;

const get = (target: string, body: Buffer): PlannedRequest => ({
  head: `GET ${target} HTTP/1.1\r\nHost: soak\r\n`,
  body: NOTHING,
  toHead: false,
  expected: { status: 200, body },
});

const post = (
  target: string,
  fields: string,
  sent: Buffer,
  status: number,
  body: Buffer,
): PlannedRequest => ({
  head: `POST ${target} HTTP/1.1\r\nHost: soak\r\n${fields}`,
  body: sent,
  toHead: false,
  expected: { status, body },
});

/** Of every kind so many parts, and how one is made. Sizes are drawn anew for each. */
const KINDS: readonly [parts: number, plan: (random: (below: number) => number) => PlannedRequest][] = [
  [800, (random) => bytes(random, random(2_048))],
  [40, (random) => bytes(random, random(LARGE))],
  [10, (random) => bytes(random, LARGE + random(4 * LARGE))],
  [40, (random) => path(random, 'chunks', random(LARGE))],
  [5, (random) => path(random, 'until-close', random(LARGE))],
  [10, (random) => ({ ...bytes(random, random(LARGE)), toHead: true })],
  [10, () => ({ ...get('/nothing', NOTHING), expected: { status: 204, body: NOTHING } })],
  [60, (random) => echo(random, random(16_384))],
  [10, (random) => echo(random, random(4 * LARGE))],
  [10, (random) => echoChunks(random, random(LARGE))],
  [2, (random) => early(random(LARGE) + 1)],
  [2, (random) => ({ ...path(random, 'half', 1_000), expected: undefined })],
  [1, () => post('/reset/0/0', 'Content-Length: 0\r\n', NOTHING, 502, NOTHING)],
];
const PARTS = KINDS.reduce((sum, [parts]) => sum + parts, 0);

/** Draws a request. */
export function planRequest(random: (below: number) => number): PlannedRequest {
  let left = random(PARTS);
  for (const [parts, plan] of KINDS) {
    if (left < parts) return finished(plan(random));
    left -= parts;
  }
  throw new Error('there is no such kind');
}

function finished(planned: PlannedRequest): PlannedRequest {
  const { head, toHead, expected } = planned;
  if (!toHead || expected === undefined) return planned;
  return { ...planned, head: head.replace('GET', 'HEAD'), expected: { ...expected, body: NOTHING } };
}

function bytes(random: (below: number) => number, length: number): PlannedRequest {
  return path(random, 'bytes', length);
}

function path(random: (below: number) => number, kind: string, length: number): PlannedRequest {
  const offset = random(LARGE);
  const body =
    kind === 'chunks'
      ? Buffer.concat([piece(offset, length >> 1), piece(offset + (length >> 1), length - (length >> 1))])
      : piece(offset, length);
  return get(`/${kind}/${offset}/${length}`, body);
}

function echo(random: (below: number) => number, length: number): PlannedRequest {
  const body = piece(random(LARGE), length);
  return post('/echo/0/0', `Content-Length: ${length}\r\n`, body, 200, body);
}

function echoChunks(random: (below: number) => number, length: number): PlannedRequest {
  const body = piece(random(LARGE), length + 1);
  const sent = Buffer.concat([
    Buffer.from(`${body.length.toString(16)};ext=1\r\n`),
    body,
    Buffer.from('\r\n0\r\nX-Trailer: 1\r\n\r\n'),
  ]);
  return post('/echo/0/0', 'Transfer-Encoding: chunked\r\n', sent, 200, body);
}

/** Answered before the body is sent. */
function early(length: number): PlannedRequest {
  return post('/early/0/0', `Content-Length: ${length}\r\n`, piece(0, length), 413, NOTHING);
}

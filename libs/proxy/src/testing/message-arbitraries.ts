import fc, { type Arbitrary } from 'fast-check';
import {
  CODING,
  COLON,
  CONNECTION,
  DATA,
  EOL,
  HOST,
  LENGTH,
  METHOD,
  mostly,
  NAME,
  SIZE,
  SIZE_END,
  SPACE,
  STATUS,
  TARGET,
  TOKEN,
  TRAILER_NAME,
  VALUE,
  VERSION,
} from './message-parts.js';

const { array, constant, nat, oneof, record, tuple } = fc;

const joined = (...parts: Arbitrary<string>[]): Arbitrary<string> =>
  tuple(...parts).map((all) => all.join(''));
const lines = (line: Arbitrary<string>, maxLength: number) =>
  array(line, { maxLength }).map((all) => all.join(''));
const field = (name: Arbitrary<string>, value: Arbitrary<string>) => joined(name, COLON, value, EOL);
const named = (name: string) =>
  mostly(
    [name, name.toLowerCase(), name.toUpperCase()],
    [`${name} `, ` ${name}`, `${name}\0`, `\r\n${name}`],
  );

const CHUNK = DATA.chain((data) => joined(SIZE(data.length), SIZE_END, EOL, constant(data), EOL));
const TRAILERS = oneof(
  { weight: 3, arbitrary: constant('') },
  { weight: 1, arbitrary: lines(field(oneof(NAME, TRAILER_NAME), VALUE), 2) },
);
const CHUNKS = joined(lines(CHUNK, 3), mostly(['0', '00'], ['', '-0', '0x0']), SIZE_END, EOL, TRAILERS, EOL);

/** The fields that say how the body ends, and the body. */
const FRAMED = oneof(
  { weight: 3, arbitrary: constant({ fields: '', body: '' }) },
  {
    weight: 3,
    arbitrary: DATA.chain((body) =>
      record({
        fields: field(
          named('Content-Length'),
          mostly([`${body.length}`], [`0${body.length}`, `${body.length + 1}`]),
        ),
        body: constant(body),
      }),
    ),
  },
  { weight: 3, arbitrary: record({ fields: field(named('Transfer-Encoding'), CODING), body: CHUNKS }) },
  {
    weight: 1,
    arbitrary: record({ fields: field(named('Content-Length'), LENGTH), body: oneof(DATA, CHUNKS) }),
  },
  {
    weight: 1,
    arbitrary: record({
      fields: lines(
        oneof(field(named('Content-Length'), LENGTH), field(named('Transfer-Encoding'), CODING)),
        3,
      ),
      body: oneof(DATA, CHUNKS),
    }),
  },
);

const OTHER_FIELDS = lines(
  oneof(
    { weight: 4, arbitrary: field(NAME, VALUE) },
    { weight: 1, arbitrary: field(named('Connection'), CONNECTION) },
  ),
  3,
);

/** One message behind its start line. */
const REST: Arbitrary<string> = tuple(OTHER_FIELDS, FRAMED, OTHER_FIELDS, EOL).map(
  ([before, { fields, body }, behind, eol]) => before + fields + behind + eol + body,
);

const HOST_FIELD = oneof(
  { weight: 20, arbitrary: constant('Host: a\r\n') },
  { weight: 2, arbitrary: field(named('Host'), HOST) },
  { weight: 1, arbitrary: constant('') },
);

/** A request, well-formed or with something odd in a place or two. */
const REQUEST = joined(METHOD, SPACE, TARGET, SPACE, VERSION, EOL, HOST_FIELD, REST);

/** An answer, maybe behind interim ones, well-formed or with something odd in a place or two. */
const RESPONSE = joined(VERSION, SPACE, STATUS, EOL, REST);

interface Mutation {
  readonly at: number;
  readonly length: number;
  readonly token: string;
}

/** Cuts out up to `length` bytes and puts a token in their place. */
const MUTATION: Arbitrary<Mutation> = record({
  at: nat(10_000),
  length: oneof(constant(0), constant(1), nat(8)),
  token: oneof({ weight: 4, arbitrary: TOKEN }, { weight: 1, arbitrary: constant('') }),
});

function mutated(text: string, mutations: readonly Mutation[]): string {
  let result = text;
  for (const { at, length, token } of mutations) {
    const place = at % (result.length + 1);
    result = result.slice(0, place) + token + result.slice(place + length);
  }
  return result;
}

const withMutations = (text: Arbitrary<string>) =>
  tuple(
    text,
    oneof(
      { weight: 2, arbitrary: constant([]) },
      { weight: 1, arbitrary: array(MUTATION, { maxLength: 3 }) },
    ),
  ).map(([original, mutations]) => mutated(original, mutations));

/** Bytes that a client may send: up to three requests, as they should be or not. */
export const REQUESTS: Arbitrary<string> = withMutations(
  array(REQUEST, { minLength: 1, maxLength: 3 }).map((all) => all.join('')),
);

/** Bytes that a backend may send: interim answers and an answer, as they should be or not. */
export const ANSWERS: Arbitrary<string> = withMutations(
  array(RESPONSE, { minLength: 1, maxLength: 2 }).map((all) => all.join('')),
);

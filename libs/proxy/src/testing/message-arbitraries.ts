import fc, { type Arbitrary } from 'fast-check';

const { array, constant, constantFrom, nat, oneof, record, tuple } = fc;

/** One of `usual` most of the time, so that a message with several parts has a chance, else one of `odd`. */
const mostly = (usual: readonly string[], odd: readonly string[]) =>
  oneof({ weight: 60, arbitrary: constantFrom(...usual) }, { weight: 1, arbitrary: constantFrom(...odd) });

const EOL = mostly(
  ['\r\n'],
  ['\n', '\r', '\r\r\n', '\n\r', '\r\n\r\n', ' \r\n', '\0\r\n', '\r\n ', '\r\n\t', ''],
);
const SPACE = mostly([' '], ['  ', '\t', '', '\xa0', '\x0b', ' \t', '\r', '\0']);
const METHOD = mostly(
  ['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'M-SEARCH', 'QUERY'],
  [
    'CONNECT',
    'get',
    'PRI',
    'FOO',
    '',
    'G ET',
    'GE\tT',
    'GET\0',
    '\r\nGET',
    '\nGET',
    '\rGET',
    ' GET',
    'POST\xff',
  ],
);
const TARGET = mostly(
  ['/', '/a?b=c', '//x', '/%00', '/a;b,c', 'http://a/', 'http://a', 'http://a/b?c', '/"<>\\^`{|}'],
  [
    '*',
    'a',
    '',
    'a:80',
    'http://b/',
    'http:///',
    'ftp://a/',
    '/a b',
    '/a\tb',
    '/#x',
    '/\x80',
    '/\x7f',
    '/\0',
    'http://u@a/',
    'https://a/',
    '?x',
  ],
);
const VERSION = mostly(
  ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'],
  [
    'HTTP/2.0',
    'HTTP/0.9',
    'HTTP/1.2',
    'http/1.1',
    'HTTP/1.1 ',
    'HTTP/1.',
    'HTTP/11',
    'HTTP/1.10',
    'HTTP/01.1',
    '',
    'ICE/1.0',
    'HTTP/1.1\t',
    'RTSP/1.0',
  ],
);
const COLON = mostly(
  [': ', ':', ':\t', ': \t '],
  [' :', '\t:', '', '::', ' ', '\r\n:', ':\r\n ', ':\0', '='],
);
const NAME = mostly(
  [
    'Accept',
    'X-A',
    'cookie',
    "!#$%&'*+-.^_`|~9",
    'Via',
    'Expect',
    'Upgrade',
    'TE',
    'Trailer',
    'X_B',
    'Keep-Alive',
  ],
  [
    '',
    'X A',
    'X\tA',
    'X\0',
    'X\x7f',
    'X\x80',
    '"X"',
    '(X)',
    'X\r',
    'X\n',
    ' X',
    '\tX',
    'Content_Length',
    'Proxy-Connection',
  ],
);
const VALUE = mostly(
  [
    '',
    'a',
    'a b',
    '"a, b"',
    'a\tb',
    '\xe4\xff',
    'a ',
    'a\t',
    '100-continue',
    'websocket',
    'chunked',
    '3',
    ',,',
  ],
  [
    'a\0',
    '\x01',
    '\x7f',
    'a\rb',
    'a\nb',
    'a\r\n b',
    'a\r\n\tb',
    '\x0b',
    '\x0c',
    '\x1f',
    '\x85',
    'x'.repeat(300),
  ],
);
/** Without `upgrade`: what follows such a request may be no HTTP, and Node drops it. */
const CONNECTION = mostly(
  ['keep-alive', 'close', 'Keep-Alive', 'x-a', 'keep-alive, x-a', ', close ,', 'keep-alive, close'],
  [
    'close\0',
    'clos',
    'close x',
    'close;a',
    'closee',
    'close\xa0',
    'close\t,',
    'x close',
    '"close"',
    'keep-alive\r\n close',
  ],
);
const HOST = mostly(
  ['a', 'a:80', 'b', '[::1]'],
  ['', 'a b', 'a, b', 'a@b', '\xe4', 'a:x', 'a/', '[::1', 'a\tb'],
);
const LENGTH = mostly(
  ['0', '3', '5'],
  [
    '',
    '-1',
    '+3',
    '3 ',
    '3,3',
    '3, 4',
    '0x3',
    '3\t3',
    '3\0',
    '003',
    '3;',
    '18446744073709551619',
    '99999999999999999999',
    '9007199254740993',
    '3.0',
    '٣',
    '3\r\n 3',
    '4294967299',
  ],
);
const CODING = mostly(
  ['chunked', 'Chunked', 'CHUNKED'],
  [
    'gzip, chunked',
    'chunked, gzip',
    'chunked,',
    ',chunked',
    'chunked, chunked',
    'xchunked',
    'chunked\0',
    '\x0bchunked',
    '"chunked"',
    'identity',
    '',
    'chunked;a',
    'chunked chunked',
    'chunke',
    'chunked\r\n chunked',
    'chunked\xa0',
    'gzip',
    'chunkedd',
  ],
);
const SIZE_END = mostly(
  ['', '', ';a', ';a=b', ';a="b;\t\\"c"', ';a;b=1'],
  [
    ' ',
    '\t',
    ';',
    '; a',
    ' ;a',
    ';a =b',
    ';a= b',
    ';a=',
    ';a="',
    ';a="b"c',
    ';a\0',
    ';a\n',
    ';a\r',
    ';\r\n',
    '\0',
    ';a="\r"',
    ';a="\n"',
    ';=b',
    ';a=b=c',
    ';a@',
    'x',
    ';;',
  ],
);
const SIZE = (length: number) =>
  mostly(
    [length.toString(16), length.toString(16).toUpperCase(), `0${length.toString(16)}`],
    [
      `0x${length.toString(16)}`,
      `+${length}`,
      `-${length}`,
      ` ${length}`,
      '',
      `${length} `,
      (length + 1).toString(16),
      'ffffffffffffffff',
      '10000000000000000',
      `${length}_`,
      'g',
      `\r\n${length}`,
      '0',
    ],
  );
const DATA = constantFrom(
  '',
  'a',
  'abc',
  'hello',
  '\r\n',
  '0\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  '\0\xff',
  '0123456789abcdef',
);

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
  { weight: 1, arbitrary: lines(field(NAME, VALUE), 2) },
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

const STATUS = mostly(
  [
    '200 OK',
    '404 Not Found',
    '204 No Content',
    '304 Not Modified',
    '100 Continue',
    '103 Early Hints',
    '200 ',
    '200',
    '500 \xe4',
  ],
  [
    '2000 OK',
    '20 OK',
    '099 X',
    '600 X',
    '999 X',
    '200OK',
    ' 200 OK',
    '200\tOK',
    '2x0 OK',
    '-20 OK',
    '',
    '200 O\0K',
    '200 O\rK',
    '101 X',
    '200 \x7f',
  ],
);

/** An answer, maybe behind interim ones, well-formed or with something odd in a place or two. */
const RESPONSE = joined(VERSION, SPACE, STATUS, EOL, REST);

/** What gets into a message by accident or ill will. */
const TOKEN = constantFrom(
  ...'\r \n \r\n \r\n\r\n \0 \x7f \x80 \xff \x0b \x0c \t : ; , " \\ = 0 1 a'.split(' '),
  ' ',
  '\r\n ',
  'chunked',
  'Host: b\r\n',
  'Content-Length: 3\r\n',
  'Transfer-Encoding: chunked\r\n',
  '0\r\n\r\n',
  ' HTTP/1.1',
  'GET / HTTP/1.1\r\n',
);

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

import fc from 'fast-check';

const { constantFrom, oneof } = fc;

/** One of `usual` most of the time, so that a message with several parts has a chance, else one of `odd`. */
export const mostly = (usual: readonly string[], odd: readonly string[]) =>
  oneof({ weight: 60, arbitrary: constantFrom(...usual) }, { weight: 1, arbitrary: constantFrom(...odd) });

export const EOL = mostly(
  ['\r\n'],
  ['\n', '\r', '\r\r\n', '\n\r', '\r\n\r\n', ' \r\n', '\0\r\n', '\r\n ', '\r\n\t', ''],
);
export const SPACE = mostly([' '], ['  ', '\t', '', '\xa0', '\x0b', ' \t', '\r', '\0']);
export const METHOD = mostly(
  ['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'M-SEARCH', 'QUERY'],
  ['CONNECT', 'get', 'FOO', '', 'G ET', 'GE\tT', '\r\nGET', '\nGET', '\rGET', ' GET', 'POST\xff'],
);
export const TARGET = mostly(
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
export const VERSION = mostly(
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
    'HTTP/1.1\t',
    'RTSP/1.0',
  ],
);
export const COLON = mostly(
  [': ', ':', ':\t', ': \t '],
  [' :', '\t:', '', '::', ' ', '\r\n:', ':\r\n ', ':\0', '='],
);
export const NAME = mostly(
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
/** Names of trailers, of which a response may have any and a request may not. */
export const TRAILER_NAME = mostly(
  ['X-A', 'Server-Timing', "!#$%&'*+-.^_`|~9", 'Trailer'],
  ['Proxy-Status', 'Content-Length', 'Host', 'Set-Cookie', 'TRANSFER-ENCODING', 'Content_Length', 'X-A ', ''],
);
export const VALUE = mostly(
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
export const CONNECTION = mostly(
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
export const HOST = mostly(
  ['a', 'a:80', 'b', '[::1]'],
  ['', 'a b', 'a, b', 'a@b', '\xe4', 'a:x', 'a/', '[::1', 'a\tb'],
);
export const LENGTH = mostly(
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
    '3\r\n 3',
  ],
);
export const CODING = mostly(
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
    'chunked\t',
    'chunked \t',
    'gzip',
  ],
);
export const SIZE_END = mostly(
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
    ' ;\ta = "b ;" ',
    ' \t',
    '; a ; b',
  ],
);
export const SIZE = (length: number) =>
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
export const DATA = constantFrom(
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

export const STATUS = mostly(
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

/** What gets into a message by accident or ill will. */
export const TOKEN = constantFrom(
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

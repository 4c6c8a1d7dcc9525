import { inChunks } from './smuggling-in-bodies.js';
import { HOST, POST, SMUGGLED, type Shape } from './smuggling-shapes.js';

const withLength = (fields: string, body = SMUGGLED, length = `${body.length}`): string =>
  `${POST}${HOST}${fields}Content-Length: ${length}\r\n\r\n${body}`;
const oneChunk = (data: string, extension = ''): string =>
  `${data.length.toString(16)}${extension}\r\n${data}\r\n0\r\n\r\n`;

/** Well-formed, if odd: one request to everybody behind the proxy, whoever they are. */
export const TAKEN: readonly Shape[] = [
  ['a body that looks like a request', withLength('')],
  ['a body that looks like chunks', withLength('', `0\r\n\r\n${SMUGGLED}`)],
  ['a chunk that looks like a request', inChunks(oneChunk(SMUGGLED))],
  ['a chunk that looks like a last chunk and a request', inChunks(oneChunk(`0\r\n\r\n${SMUGGLED}`))],
  ['a chunk with an extension that looks like one', inChunks(oneChunk(SMUGGLED, ';a="0; GET /smuggled"'))],
  ['a long extension', inChunks(oneChunk(SMUGGLED, `;${'a'.repeat(250)}`))],
  [
    'a size in capitals and with zeros',
    inChunks(`0${oneChunk(SMUGGLED).replace(/^\w+/, (size) => size.toUpperCase())}`),
  ],
  ['a trailer that speaks of a request', inChunks('0\r\nX: GET /smuggled HTTP/1.1\r\n\r\n')],
  ['a body of GET', withLength('').replace('POST', 'GET')],
  ['an unknown method', withLength('').replace('POST', 'BREW')],
  ['a method in small letters', withLength('').replace('POST', 'get')],
  ['a body of HEAD', withLength('').replace('POST', 'HEAD')],
  ['empty lines in front', `\r\n\r\n${withLength('')}`],
  ['a length with zeros', withLength('', SMUGGLED, `000${SMUGGLED.length}`)],
  ['a length behind a tab', withLength('', SMUGGLED, `\t${SMUGGLED.length}\t `)],
  ['a length in capitals', withLength('').replace('Content-Length', 'CONTENT-LENGTH')],
  ['chunks behind a tab, in capitals', inChunks(oneChunk(SMUGGLED)).replace(': chunked', ':\tCHUNKED  ')],
  ['chunks in capitals', inChunks(oneChunk(SMUGGLED)).replace('Transfer-Encoding: c', 'TRANSFER-encoding:C')],
  ...[
    'Content-Length',
    'content-length, close',
    'Transfer-Encoding',
    'Host',
    'X-Forwarded-For',
    'Forwarded, Via',
    'close, Host, Content-Length',
  ].map((option): Shape => [`a length, and Connection: ${option}`, withLength(`Connection: ${option}\r\n`)]),
  [
    'chunks that Connection names',
    inChunks(oneChunk(SMUGGLED)).replace('\r\n\r\n', '\r\nConnection: Transfer-Encoding\r\n\r\n'),
  ],
  ['a second length in disguise', withLength('Content_Length: 0\r\n')],
  ['chunks in disguise', withLength('Transfer_Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`)],
  ['a second host in disguise', withLength('X_Forwarded_Host: b\r\nX-Forwarded-Host: b\r\n')],
  [
    'fields that look alike',
    withLength('Content-Length-: 0\r\nX-Content-Length: 0\r\nTransfer-Encodings: chunked\r\n'),
  ],
  [
    'coding and length of other things',
    withLength('TE: chunked\r\nAccept-Encoding: chunked\r\nTrailer: Content-Length\r\n'),
  ],
  [
    'an upgrade to HTTP/2',
    withLength('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'),
  ],
  ['a body that waits for leave', withLength('Expect: 100-continue\r\n')],
  ['a line end in percent signs in a value', withLength('X: y%0d%0a%0d%0aGET%20/smuggled\r\n')],
  [
    'line ends that are left of characters cut to a byte',
    withLength('X: y\xc4\x8d\xc4\x8a\xe5\x98\x8d\xe5\x98\x8aGET /smuggled\r\n'),
  ],
  [
    'HTTP/1.0 that keeps its connection',
    withLength('Connection: keep-alive\r\n').replace('HTTP/1.1', 'HTTP/1.0'),
  ],
  ['the last request, and another', `${withLength('Connection: close\r\n')}${SMUGGLED}`],
  [
    'the last request of HTTP/1.0, and another',
    `${withLength('').replace('HTTP/1.1', 'HTTP/1.0')}${SMUGGLED}`,
  ],
  ['a URL', withLength('').replace('/first', 'http://a/first')],
];

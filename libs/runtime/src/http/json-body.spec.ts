import { growth } from '@balanza/testing';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { acceptOnlyJson } from './json-body.js';

const server = fastify();
acceptOnlyJson(server);
server.post('/', ({ body }) => ({ body }));

async function post(payload: string) {
  const response = await server.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/json' },
    payload,
  });
  return { status: response.statusCode, text: response.payload };
}

const list = (element: string) => (size: number) =>
  `{"a":[${Array.from({ length: Math.ceil(size / (element.length + 1)) }, () => element).join(',')}]}`;
const members = (size: number) =>
  `{${Array.from({ length: Math.ceil(size / 12) }, (_, index) => `"${index.toString(36)}":[0]`).join(',')}}`;

describe('what is done with a body before authentication grows with its length', () => {
  it.each([
    ['650 numbers of up to 307 digits', (size: number) => list('1'.repeat(size / 650))(size)],
    ['numbers with an exponent', list('1e30')],
    ['one number of all digits, out of range', (size: number) => '1'.repeat(size)],
    ['one number of zeros behind the point', (size: number) => `0.${'0'.repeat(size)}`],
    ['one string of quotes', (size: number) => `"${'\\"'.repeat(size / 2)}"`],
    ['a string without an end', (size: number) => `"${'\\"'.repeat(size / 2)}`],
    ['names that only seem to reach the prototype', list('{"__proto_":0}')],
    ['__proto__ as text', list('"__proto__"')],
    ['empty objects', list('{}')],
    ['names', members],
    ['names, one of them twice', (size: number) => members(size).replace(/\}$/, ',"0":1}')],
    ['spaces', (size: number) => `${' '.repeat(size / 2)}1${' '.repeat(size / 2)}`],
    ['what is not JSON', (size: number) => '[1}'.repeat(size / 3)],
    ['brackets that close', (size: number) => ']'.repeat(size)],
    ['what is nested too deep', (size: number) => '['.repeat(size)],
  ])('%s', async (_what, input) => {
    expect(await growth(input, post, 100_000)).toBeLessThanOrEqual(2.5);
  });
});

describe('what a process takes comes out as it went in', () => {
  it.each([
    ['[true,false,null,-1.5,1e+30,{"e":"E1e999"}]'],
    ['{"constructor":1,"prototype":{"__proto":null}}'],
    ['["\\ud800","\\udfff","\\u0000"]'],
    ['[1.7976931348623157e+308,5e-324,0,9007199254740991]'],
    ['{"2":0,"a":{"a":{"a":[{"a":1},{"a":1}]}},"":{"":""}}'],
    ['[{"":[[],{},[[0]]]},"{\\"a\\":1,\\"a\\":1e999}"]'],
  ])('%s', async (text) => {
    expect(await post(text)).toEqual({ status: 200, text: `{"body":${text}}` });
  });
});

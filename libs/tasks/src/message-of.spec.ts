import { expect, it } from 'vitest';
import { messageOf } from './message-of.js';

const refuse = () => {
  throw new Error('no words for it');
};
const unreadable = (property: string) =>
  Object.defineProperty(new Error('unread'), property, { get: refuse });
const allTraps = new Proxy(
  {},
  { get: refuse, getPrototypeOf: refuse, ownKeys: refuse, has: refuse, getOwnPropertyDescriptor: refuse },
);
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const circle: Record<string, unknown> = {};
circle['self'] = circle;
const circularErrors = new AggregateError([]);
circularErrors.errors.push(circularErrors, circularErrors, 'last');

const OBJECT = 'A value without text was thrown (object)';
const FUNCTION = 'A value without text was thrown (function)';

it.each<[string, unknown, string]>([
  ['an error', new Error('plain'), 'plain'],
  ['a text', 'plain', 'plain'],
  ['an empty text', '', 'A value without text was thrown (an empty text)'],
  ['undefined', undefined, 'undefined'],
  ['null', null, 'null'],
  ['a number', NaN, 'NaN'],
  ['a BigInt', 7n, '7'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['a function', refuse, FUNCTION],
  ['an error without a message', new TypeError(), 'TypeError without a message'],
  ['several errors', new AggregateError([new Error('a'), 'b', allTraps]), `a; b; ${OBJECT}`],
  ['errors that contain themselves', circularErrors, `${OBJECT}; ${OBJECT}; last`],
  [
    'an error whose message is an object',
    Object.assign(new Error('x'), { message: { code: 7 } }),
    '{"code":7}',
  ],
  [
    'an error whose message is a symbol',
    Object.assign(new Error('x'), { message: Symbol('s') }),
    'Error without a message',
  ],
  ['an error whose message throws', unreadable('message'), OBJECT],
  [
    'an error without a message whose name throws',
    Object.assign(unreadable('name'), { message: '' }),
    OBJECT,
  ],
  ['an object without a prototype', Object.create(null), OBJECT],
  ['an object with a message', { message: 'plain' }, 'plain'],
  ['an object', { code: 7 }, '{"code":7}'],
  ['an object that contains itself', circle, OBJECT],
  ['an object with a BigInt', { n: 1n }, OBJECT],
  ['an object whose toJSON throws', { toJSON: refuse }, OBJECT],
  ['an object whose toString throws', { toString: refuse, valueOf: refuse }, OBJECT],
  ['a Proxy whose every trap throws', allTraps, OBJECT],
  ['a revoked Proxy', revoked.proxy, OBJECT],
  ['half of a surrogate pair', new Error('a\ud83d'), 'a\u{FFFD}'],
])('%s has words', (_what, thrown, words) => {
  expect(messageOf(thrown)).toBe(words);
});

it('has at most 10,000 units, and cuts no character in two', () => {
  expect(messageOf(new Error('x'.repeat(20_000)))).toBe('x'.repeat(10_000));
  expect(messageOf(`${'x'.repeat(9_999)}🦉`)).toBe(`${'x'.repeat(9_999)}\u{FFFD}`);
});

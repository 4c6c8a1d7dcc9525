import { describe, expect, it } from 'vitest';
import { decimal, NOT_DECIMAL } from './decimal.js';

describe('decimal', () => {
  it.each([
    ['0', 0],
    ['007', 7],
    ['999999999999999', 999_999_999_999_999],
    ['', NOT_DECIMAL],
    ['-1', NOT_DECIMAL],
    ['1/', NOT_DECIMAL],
    ['1:', NOT_DECIMAL],
    ['1 ', NOT_DECIMAL],
  ])('reads %j as %d', (text, expected) => {
    const bytes = Buffer.from(`1${text}1`);
    expect(decimal(bytes, 1, 1 + text.length)).toBe(expected);
  });
});

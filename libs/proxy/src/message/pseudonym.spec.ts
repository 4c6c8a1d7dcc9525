import { describe, expect, it } from 'vitest';
import { Pseudonym } from './pseudonym.js';

describe('Pseudonym', () => {
  it('is one that no other proxy has, unless it is given', () => {
    const names = Array.from({ length: 100 }, () => new Pseudonym().name);
    expect(new Set(names).size).toBe(100);
    expect(names.filter((name) => !/^balanza-[0-9a-f]{8}$/.test(name))).toEqual([]);
    const { name, via10, via11, firstVia10, firstVia11 } = new Pseudonym('edge');
    expect([name, via10, via11]).toEqual(['edge', '1.0 edge', '1.1 edge']);
    expect([firstVia10, firstVia11]).toEqual(['Via: 1.0 edge', 'Via: 1.1 edge']);
  });

  it.each([
    ['alone', '1.1 edge', true],
    ['with the name of the protocol', 'HTTP/1.1 edge', true],
    ['among others', '1.0 a, 1.1 edge, 1.1 b', true],
    ['first, without spaces', '1.1 edge,1.1 b', true],
    ['behind tabs', '1.1\tedge\t', true],
    ['with a comment', '1.1 edge (x), 1.1 b', true],
    ['behind a comment with a comma', '1.1 a (x, \\) (y)), 1.1 edge', true],
    ['as a part of another name', '1.1 edge-2, 1.1 my-edge, 1.1 edge:80', false],
    ['inside a comment', '1.1 a (x, 1.1 edge), 1.1 b (\\), 1.1 edge)', false],
    ['inside a comment without an end', '1.1 a (x, 1.1 edge', false],
    ['for a protocol', 'edge b', false],
    ['nowhere', '1.1 a', false],
    ['in nothing', '', false],
  ])('is found %s', (_where, via, expected) => {
    expect(new Pseudonym('edge').isNamedIn(via)).toBe(expected);
  });
});

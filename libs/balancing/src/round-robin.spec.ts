import { describe, expect, it } from 'vitest';
import { RoundRobin } from './round-robin.js';
import { backend, picks } from './testing/backends.js';

const [a, b, c] = [backend('a'), backend('b'), backend('c')];

describe('RoundRobin', () => {
  it('rotates strictly in the order of the list', () => {
    expect(picks(new RoundRobin(), [a, b, c], 7)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
  });

  it('yields every backend once, starting where the rotation stands', () => {
    const strategy = new RoundRobin();
    picks(strategy, [a, b, c], 1);
    expect([...strategy.candidates([a, b, c])]).toEqual([b, c, a]);
  });

  it('shares a dead backend’s turns among the others', () => {
    const strategy = new RoundRobin();
    const served = Array.from({ length: 6 }, () => {
      for (const candidate of strategy.candidates([a, b, c])) if (candidate !== a) return candidate.url;
      return 'none';
    });
    expect(served).toEqual(['b', 'c', 'b', 'c', 'b', 'c']);
  });

  it('goes on when the list shrinks and grows', () => {
    const strategy = new RoundRobin();
    picks(strategy, [a, b, c], 2);
    expect(picks(strategy, [a, b], 3)).toEqual(['a', 'b', 'a']);
    expect(picks(strategy, [a, b, c], 3)).toEqual(['b', 'c', 'a']);
  });

  it('yields nothing when there is no backend', () => {
    expect([...new RoundRobin().candidates([])]).toEqual([]);
  });
});

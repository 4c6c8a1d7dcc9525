import { describe, expect, it } from 'vitest';
import { growth } from './growth.js';

const digits = (size: number) => '1'.repeat(size);

describe('the growth of work whose input doubles', () => {
  it('is about 2 where the work is linear', async () => {
    const ratio = await growth(digits, (text) => /x/.test(text), 200_000);
    expect(ratio).toBeGreaterThan(1.5);
    expect(ratio).toBeLessThanOrEqual(2.5);
  });

  it('is about 4 where the work is quadratic', async () => {
    expect(await growth(digits, (text) => /\d+x/.test(text), 2_000)).toBeGreaterThan(3);
  });
});

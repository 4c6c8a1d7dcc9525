import { describe, expect, it } from 'vitest';
import { LentMemory } from './lent-memory.js';

describe('memory that is sent from', () => {
  it('is used again once everything is on its way, and not before', () => {
    const lent = new LentMemory(8);
    const first = Buffer.alloc(8);
    const slow = { isIdle: false };
    const second = lent.lend(first, slow);
    const third = lent.lend(second, { isIdle: false });
    expect(new Set([first, second, third]).size).toBe(3);
    slow.isIdle = true;
    expect(lent.lend(third, { isIdle: false })).toBe(first);
    expect([first, second, third]).not.toContain(lent.lend(first, { isIdle: false }));
  });

  it('is found though many never take what is theirs, and those are not kept for ever', () => {
    const lent = new LentMemory(8);
    const stalled = Array.from({ length: 1_000 }, () => ({ isIdle: false }));
    const memories = stalled.map((sender) => lent.lend(Buffer.alloc(8), sender));
    expect(new Set(memories).size).toBe(1_000);
    for (const sender of stalled) sender.isIdle = true;
    const again = memories.map(() => lent.lend(Buffer.alloc(8), { isIdle: false }));
    expect(new Set(again).size).toBe(1_000);
  });
});

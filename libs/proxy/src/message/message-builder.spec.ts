import { describe, expect, it } from 'vitest';
import { MessageBuilder } from './message-builder.js';

describe('MessageBuilder', () => {
  it('puts text and pieces of bytes together, one byte per character', () => {
    const builder = new MessageBuilder();
    builder.begin();
    builder.text('\xe4 ');
    builder.copy(Buffer.from('a b c'), 2, 4);
    expect(builder.take()).toEqual(Buffer.from([0xe4, 0x20, 0x62, 0x20]));
  });

  it('never writes to what it gave away, however many messages follow and however large they are', () => {
    const builder = new MessageBuilder();
    const messages: Buffer[] = [];
    const expected = Array.from({ length: 300 }, (_, index) => `${index}`.repeat(1 + (index % 7) * 1_000));
    for (const text of expected) {
      builder.begin();
      builder.text(text.slice(0, 10));
      builder.copy(Buffer.from(`skipped ${text.slice(10)}`), 8, 8 + text.slice(10).length);
      messages.push(builder.take());
    }
    expect(messages.map((message) => message.toString())).toEqual(expected);
  });

  it('takes one message of any size', () => {
    const builder = new MessageBuilder();
    builder.begin();
    builder.text('a');
    builder.text('b'.repeat(1_000_000));
    expect(builder.take().toString()).toBe(`a${'b'.repeat(1_000_000)}`);
  });

  it('forgets what was begun and not taken', () => {
    const builder = new MessageBuilder();
    builder.begin();
    builder.text('given up');
    builder.begin();
    builder.text('whole');
    expect(builder.take().toString()).toBe('whole');
  });
});

import { describe, expect, it } from 'vitest';
import { MessageBuilder } from './message-builder.js';

function build(builder: MessageBuilder, text: string): Buffer {
  builder.begin();
  builder.text(text.slice(0, 10));
  const rest = text.slice(10);
  builder.copy(Buffer.from(`skipped ${rest}`), 8, 8 + rest.length);
  return builder.built();
}

describe('MessageBuilder', () => {
  it('puts text and pieces of bytes together, one byte per character', () => {
    const builder = new MessageBuilder(16);
    builder.begin();
    builder.text('\xe4 ');
    builder.copy(Buffer.from('a b c'), 2, 4);
    expect(builder.built()).toEqual(Buffer.from([0xe4, 0x20, 0x62, 0x20]));
  });

  it('takes messages of any size, one after another, in memory that stays the same once it is large enough', () => {
    const builder = new MessageBuilder(16);
    const memory = new Set<ArrayBufferLike>();
    for (let length = 0; length < 10_000; length += 7) {
      const text = `${length}`.padEnd(length, 'x');
      const message = build(builder, text);
      expect(message.toString()).toBe(text);
      memory.add(message.buffer);
    }
    expect(memory.size).toBeLessThan(15);
  });

  it('leaves a message as it is, once told that it is still on its way out', () => {
    const builder = new MessageBuilder(1_000);
    const first = build(builder, 'the first message');
    builder.lend({ isIdle: false });
    expect(build(builder, 'another, longer message').toString()).toBe('another, longer message');
    expect(first.toString()).toBe('the first message');
  });
});

it('holds little where it builds short messages, however many others are built and gone', () => {
  const messages = new MessageBuilder(1_536);
  messages.begin();
  messages.text('x');
  expect(messages.built().buffer.byteLength).toBeLessThanOrEqual(8_192);
});

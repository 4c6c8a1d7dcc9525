import type { Stack } from './stack.ts';

/**
 * What the process that started a launcher with an IPC channel may send it: to stop a process, or to have it go on. A process that
 * is stopped in another way is taken for one that hangs, and restarted after `STALL_TIMEOUT`.
 */
export interface Order {
  readonly type: 'balanza:pause' | 'balanza:resume';
  /** Such as `worker:5005`. */
  readonly name: string;
}

/** The answer to an {@link Order}. */
export interface OrderDone extends Order {
  /** False where no process of that name runs. */
  readonly done: boolean;
}

/** Heeds the orders of the process that started this one, if it can give any. They do not keep this one alive. */
export function heedOrders(stack: Stack): void {
  if (process.send === undefined) return;
  process.on('message', (message) => {
    if (!isOrder(message)) return;
    const answer: OrderDone = {
      ...message,
      done: stack.pause(message.name, message.type === 'balanza:pause'),
    };
    process.send?.(answer);
  });
  process.channel?.unref();
}

function isOrder(message: unknown): message is Order {
  const { type, name } = (message ?? {}) as Partial<Order>;
  return (type === 'balanza:pause' || type === 'balanza:resume') && typeof name === 'string';
}

import { freePorts } from '@balanza/testing';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { explainSharing, Listener } from './listener.js';

const SOCKETS = 128;

it('accepts many connections in one turn of the event loop', async () => {
  let accepted = 0;
  const firstTurn = Promise.withResolvers<number>();
  const listener = new Listener((socket) => {
    if (accepted++ === 0) setImmediate(() => firstTurn.resolve(accepted));
    socket.resume().once('end', () => socket.end());
  }, SOCKETS);
  const port = await listener.listen({ host: '127.0.0.1', port: 0 });
  // The system completes them all before this process gets to accept the first.
  const clients = Array.from({ length: 200 }, () => connect({ host: '127.0.0.1', port }));
  expect(await firstTurn.promise).toBeGreaterThan(10);
  for (const client of clients) client.destroy();
  await listener.stop();
});

it('does not share its port with anybody else, who listens there before or after', async () => {
  const [port = 0] = await freePorts(1);
  const other = createServer().listen({ host: '127.0.0.1', port, reusePort: true });
  await once(other, 'listening');
  const listener = new Listener(() => undefined, SOCKETS);
  await expect(listener.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  other.close();
  await once(other, 'close');
  expect(await listener.listen({ host: '127.0.0.1', port })).toBe(port);
  await expect(
    new Listener(() => undefined, SOCKETS).listen({ host: '127.0.0.1', port }),
  ).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await listener.stop();
});

it.each([SOCKETS, 1])(
  'accepts whoever is connected already when it closes, by %d sockets',
  async (sockets) => {
    let accepted = 0;
    const listener = new Listener((socket) => {
      accepted++;
      socket.resume().once('end', () => socket.end());
    }, sockets);
    const port = await listener.listen({ host: '127.0.0.1', port: 0 });
    const clients = Array.from({ length: 50 }, () => connect({ host: '127.0.0.1', port }));
    const stopped = listener.stop();
    await Promise.all(clients.map((client) => once(client, 'connect')));
    for (const client of clients) client.end();
    await stopped;
    await listener.closed();
    expect(accepted).toBe(50);
  },
);

it('says that threads cannot share a port where the system has none for them', () => {
  const unsupported = Object.assign(new Error('listen ENOTSUP'), { code: 'ENOTSUP' });
  expect(explainSharing(unsupported, 'darwin')).toMatchObject({
    message:
      'Threads cannot share a port on this system (darwin): set threads to 1, by balancers.<name>.threads or BALANCER_THREADS',
    cause: unsupported,
  });
  const taken = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
  expect(explainSharing(taken, 'darwin')).toBe(taken);
});

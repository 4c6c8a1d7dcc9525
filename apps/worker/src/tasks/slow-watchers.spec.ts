import { eventually } from '@balanza/testing';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { accept, ask, urlOf, useWorkers } from '../testing/workers.js';

const { start, sql } = useWorkers({ TASK_DURATION: '60' });
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Opens the stream of a task, and reads nothing of it. */
async function watchUnread(port: number, id: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').pause();
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(`GET /tasks/${id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  return socket;
}

it('a task is read and made into JSON once for all its watchers, whether they read or not', async () => {
  const app = await start();
  const text = 'x'.repeat(900_000);
  const id = await accept(app, { text });
  const stringify = vi.spyOn(JSON, 'stringify');
  const parse = vi.spyOn(JSON, 'parse');
  const made = () =>
    stringify.mock.results.filter(({ value }) => String(value).length > text.length).length +
    parse.mock.calls.filter(([json]) => json.length > text.length).length;
  try {
    for (let n = 0; n < 40; n++) await watchUnread(app.context.port, id);
    const reader = await fetch(urlOf(app, `/tasks/${id}/events`));
    const pieces = reader.body?.pipeThrough(new TextDecoderStream()).getReader();
    let all = '';
    const until = async (end: RegExp) => {
      while (!end.test(all.slice(-500))) all += (await pieces?.read())?.value ?? '(the end)';
    };
    await until(/id: \d+-running\n\n$/);
    for (const progress of [0.1, 0.2, 0.3]) {
      await sql(
        `UPDATE tasks SET progress = ${progress} WHERE task_id = '${id}'; NOTIFY balanza_tasks, 'x ${id}'`,
      );
      await until(new RegExp(`"progress":${progress}}\nid: \\d+-running\n\n$`));
    }
    expect(made()).toBe(0);
  } finally {
    stringify.mockRestore();
    parse.mockRestore();
  }
});

it('a stream opened again with the id of the final event is 204, and one opened for the first time has that event', async () => {
  const app = await start();
  const id = await accept(app, { n: 1 });
  await ask(app, 'DELETE', `/tasks/${id}`);
  const first = await fetch(urlOf(app, `/tasks/${id}/events`));
  const text = await first.text();
  const { data = '', last = '' } =
    /^event: task\ndata: (?<data>.*)\nid: (?<last>\d+-cancelled)\n\n$/m.exec(text)?.groups ?? {};
  expect(JSON.parse(data)).toEqual((await ask(app, 'GET', `/tasks/${id}`)).body);
  const again = await fetch(urlOf(app, `/tasks/${id}/events`), { headers: { 'last-event-id': last } });
  expect([again.status, again.headers.get('content-type'), await again.text()]).toEqual([204, null, '']);

  const other = await start();
  await eventually(async () => {
    const elsewhere = await fetch(urlOf(other, `/tasks/${id}/events`), {
      headers: { 'last-event-id': last },
    });
    expect(elsewhere.status).toBe(204);
  });
  await ask(app, 'POST', `/tasks/${id}/redrive`);
  const redriven = await fetch(urlOf(app, `/tasks/${id}/events`), { headers: { 'last-event-id': last } });
  expect(redriven.status).toBe(200);
  await redriven.body?.cancel();
});

import { httpUpstream } from '@balanza/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { openFileLimit, shareOpenFiles } from './open-files.js';

describe('of the files that may be open', () => {
  it.each([
    [Infinity, 1, { sockets: 128, connections: Infinity }],
    [1_048_576, 2, { sockets: 128, connections: 524_132 }],
    [1_024, 1, { sockets: 128, connections: 426 }],
    [1_024, 4, { sockets: 32, connections: 408 }],
    [200, 2, { sockets: 12, connections: 60 }],
    [64, 1, { sockets: 8, connections: 6 }],
    [64, 64, { sockets: 1, connections: 1 }],
  ])('%d, %d threads listen with a part, and clients have half of the rest', (limit, threads, shares) => {
    expect(shareOpenFiles(limit, threads)).toEqual(shares);
  });

  it.runIf(process.platform === 'linux')('the system says how many there are', () => {
    expect(openFileLimit()).toBeGreaterThan(0);
  });
});

const CLIENTS = 300;

/** A data plane in a process of its own that may have few files open. What was built runs there; the build is a dependency of this test. */
const PLANE = `
  import { BackendPool, DataPlane, simplePlan } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
  const plane = new DataPlane({ pool: new BackendPool(simplePlan({ backends: [{ url: process.argv[1] }] })) });
  process.stdout.write(String(await plane.listen({ host: '127.0.0.1', port: 0 })));
`;

it.runIf(process.platform === 'linux').each([64, 100, 200])(
  'with %d files whoever is let in is answered, also where more come than can be',
  async (limit) => {
    const held = Promise.withResolvers<void>();
    await using backend = await httpUpstream(
      (_request, response) => void held.promise.then(() => response.end('done')),
    );
    const node = `ulimit -n ${limit} && exec "$0" "$@"`;
    const options = ['-c', node, process.execPath, '--input-type=module', '-e', PLANE, backend.url];
    const proxy = spawn('sh', options, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = (await once(proxy.stdout, 'data')) as [Buffer];
      const port = Number(line.toString());
      const ask = () =>
        text(connect(port, '127.0.0.1').end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).then(
          (answer) => answer.slice(0, 'HTTP/1.1 200'.length),
          String,
        );
      const { connections } = shareOpenFiles(limit, 1);
      let over = 0;
      const asked = Array.from({ length: CLIENTS }, async () => {
        const answer = await ask();
        // Whoever is too many is told at once.
        if (++over === CLIENTS - connections) held.resolve();
        return answer;
      });
      const answers = await Promise.all(asked);
      const answered = answers.filter((answer) => answer.startsWith('HTTP/'));
      expect(answered.length).toBe(connections);
      expect(new Set(answered)).toEqual(new Set(['HTTP/1.1 200']));
      expect(await ask()).toBe('HTTP/1.1 200');
    } finally {
      proxy.kill();
      if (proxy.exitCode === null && proxy.signalCode === null) await once(proxy, 'exit');
    }
  },
);

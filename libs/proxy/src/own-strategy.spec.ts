import { httpUpstream, type Upstream } from '@balanza/testing';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { failoverBetween } from './testing/failover.js';

it('a strategy of one’s own is the one that the README of the strategies shows', async () => {
  const readme = await readFile(new URL('../../balancing/README.md', import.meta.url), 'utf8');
  const source = await readFile(new URL('testing/failover.ts', import.meta.url), 'utf8');
  expect(readme).toContain(`\`\`\`ts\n${source}\`\`\``);
});

it('a strategy of one’s own decides who serves, and learns from how that goes', async () => {
  let firstWorks = true;
  await using first: Upstream = await httpUpstream((_request, response) => {
    response.writeHead(firstWorks ? 200 : 500).end('first');
  });
  await using second: Upstream = await httpUpstream((_request, response) => response.end('second'));
  const plane = failoverBetween([first.url, second.url]);
  const port = await plane.listen({ host: '127.0.0.1', port: 0 });
  const ask = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
  const failed = () => plane.pool.backends.map((each) => plane.pool.strategy.inspect?.(each));
  expect([await ask(), await ask()]).toEqual(['first', 'first']);
  firstWorks = false;
  expect([await ask(), await ask()]).toEqual(['second', 'second']);
  expect(failed()).toEqual([{ failed: 1 }, { failed: 0 }]);
  await plane.close(0);
});

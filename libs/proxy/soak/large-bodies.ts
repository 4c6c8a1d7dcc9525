import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Client, newTally } from './client.ts';
import { Member } from './member.ts';
import { MAX_PIECE_BYTES, piece } from './pattern.ts';
import { atMost, mebibytes as inMebibytes, none, type Finding } from './verdict.ts';

/** What two proxies together may take more while a large body passes. */
const MAX_GROWTH = 50 * 1024 * 1024;
const SAMPLE_MS = 50;
const WARM_UP_REQUESTS = 10_000;
const WARM_UP_CLIENTS = [1, 2, 3, 4, 5, 6, 7, 8];
const QUIET_MS = 6_000;

/** Sends an upload, a download and a tunnel of so many MiB through two proxies in a row. */
export async function soakLargeBodies(
  mebibytes: number,
  tell: (text: string) => void,
): Promise<readonly Finding[]> {
  using backend = await Member.start('backend.ts');
  using inner = await Member.start('proxy.ts', backend.url);
  using outer = await Member.start('proxy.ts', inner.url);
  const proxies = [inner, outer];
  const findings: Finding[] = [];
  const bytes = mebibytes * MAX_PIECE_BYTES;
  // Ordinary requests first, so that large bodies meet proxies at work and not just started.
  const tally = newTally(WARM_UP_REQUESTS);
  await Promise.all(WARM_UP_CLIENTS.map((number) => new Client(outer.port, number, tally).run()));
  const before = await resident(proxies);
  for (const [name, pass] of [
    ['download', download],
    ['upload', upload],
    ['tunnel', tunnel],
  ] as const) {
    const started = performance.now();
    const { result, most } = await watched(proxies, pass(outer.port, bytes));
    const seconds = (performance.now() - started) / 1_000;
    tell(
      `${name} of ${mebibytes} MiB in ${seconds.toFixed(1)} s; two proxies took ${inMebibytes(most)} at most`,
    );
    findings.push(
      { what: `${name}: bytes that arrived as they should`, value: `${result}`, good: result === bytes },
      atMost(`${name}: growth of two proxies`, most - before, MAX_GROWTH),
    );
  }
  await setTimeout(QUIET_MS);
  for (const [number, proxy] of proxies.entries()) {
    const { sockets, waiting, inFlight } = await proxy.report();
    findings.push(
      none(`sockets, waits and requests left in proxy ${number + 1}`, sockets + waiting + inFlight),
    );
  }
  return findings;
}

async function resident(proxies: readonly Member[]): Promise<number> {
  let sum = 0;
  for (const proxy of proxies) sum += (await proxy.report()).rss;
  return sum;
}

/** Waits for `work` and watches how much memory the proxies take at most meanwhile. */
async function watched<T>(
  proxies: readonly Member[],
  work: Promise<T>,
): Promise<{ result: T; most: number }> {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(
      most,
      proxies.reduce((sum, proxy) => sum + proxy.rss, 0),
    );
  }, SAMPLE_MS);
  try {
    return { result: await work, most };
  } finally {
    clearInterval(timer);
  }
}

/** Counts bytes for as long as they are the pattern's, piece after piece. */
class PatternCounter {
  count = 0;

  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      const inPiece = this.count % MAX_PIECE_BYTES;
      const length = Math.min(bytes.length - at, MAX_PIECE_BYTES - inPiece);
      const expected = piece(Math.floor(this.count / MAX_PIECE_BYTES), MAX_PIECE_BYTES);
      if (bytes.compare(expected, inPiece, inPiece + length, at, at + length) !== 0) return;
      this.count += length;
      at += length;
    }
  }
}

async function download(port: number, bytes: number): Promise<number> {
  const asked = request({ port, path: `/much/0/${bytes}`, agent: false }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const counter = new PatternCounter();
  for await (const part of answer as AsyncIterable<Buffer>) counter.add(part);
  return counter.count;
}

async function upload(port: number, bytes: number): Promise<number> {
  const headers = { 'Content-Length': bytes };
  const asked = request({ port, path: '/take/0/0', method: 'POST', headers, agent: false });
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
  for (let number = 0; number * MAX_PIECE_BYTES < bytes; number++) {
    if (!asked.write(piece(number, MAX_PIECE_BYTES))) await once(asked, 'drain');
  }
  asked.end();
  const [answer] = await answered;
  let text = '';
  for await (const part of answer) text += part;
  return Number(text);
}

/** Sends into a tunnel to an echo and counts what comes back. */
async function tunnel(port: number, bytes: number): Promise<number> {
  const headers = { Connection: 'Upgrade', Upgrade: 'echo' };
  const asked = request({ port, path: '/', headers, agent: false }).end();
  const [, socket] = (await once(asked, 'upgrade')) as [IncomingMessage, Socket];
  const counter = new PatternCounter();
  const ended = once(socket, 'end');
  socket.on('data', (part: Buffer) => counter.add(part));
  for (let number = 0; number * MAX_PIECE_BYTES < bytes; number++) {
    if (!socket.write(piece(number, MAX_PIECE_BYTES))) await once(socket, 'drain');
  }
  socket.end();
  await ended;
  return counter.count;
}

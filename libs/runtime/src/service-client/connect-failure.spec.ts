import { freePorts, rawUpstream } from '@balanza/testing';
import { request } from 'undici';
import { expect, it } from 'vitest';
import { isConnectFailure } from './connect-failure.js';

const failureOf = (url: string) =>
  request(url).then(
    () => undefined,
    (error: unknown) => error,
  );
const failed = (syscall: string, code: string) => Object.assign(new Error(code), { syscall, code });

it.each([
  ['nobody listens', (port: number) => `http://127.0.0.1:${port}`],
  ['no address of a name is listened on', (port: number) => `http://localhost:${port}`],
  ['the address cannot be reached', () => 'http://255.255.255.255'],
  ['the name is not known', () => 'http://nobody.invalid'],
])('is what happens where %s', async (_what, urlOn) => {
  const [port = 0] = await freePorts(1);
  expect(isConnectFailure(await failureOf(urlOn(port)))).toBe(true);
});

it.each(['ENETUNREACH', 'EADDRNOTAVAIL', 'EHOSTUNREACH', 'ETIMEDOUT'])(
  'is a connect that fails with %s',
  (code) => {
    expect(isConnectFailure(failed('connect', code))).toBe(true);
  },
);

it('is not what happens once there was a connection', async () => {
  await using upstream = await rawUpstream((socket) => socket.once('data', () => socket.destroy()));
  expect(isConnectFailure(await failureOf(upstream.url))).toBe(false);
  expect(isConnectFailure(failed('read', 'ECONNRESET'))).toBe(false);
});

it('is not what happened where one of several addresses was reached', () => {
  const errors = [failed('connect', 'ECONNREFUSED'), failed('read', 'ECONNRESET')];
  expect(isConnectFailure(new AggregateError(errors))).toBe(false);
});

import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { OwnAddress } from './own-address.js';

const own = async (host: string, urls: readonly string[], port = 8000) => {
  const address = await OwnAddress.of({ host, port });
  return urls.filter((url) => address.isAt(url));
};
/** All that could be meant by an address of this machine, and one that is not of it. */
const URLS = [
  'http://127.0.0.1:8000',
  'http://127.0.0.2:8000',
  'http://0.0.0.0:8000',
  'http://localhost:8000',
  'http://app.localhost:8000',
  'http://[::ffff:7f00:1]:8000',
  'http://[::1]:8000',
  'http://[::]:8000',
  'http://192.0.2.77:8000',
  'http://app.internal:8000',
];
const [loopback, second, unspecified, ...rest] = URLS;
const [localhost, subdomain, mapped, loopback6, unspecified6] = rest;

describe('a balancer is reached itself at', () => {
  it.each([
    ['127.0.0.1', [loopback, unspecified, localhost, subdomain, mapped]],
    ['127.0.0.2', [second]],
    ['192.0.2.77', ['http://192.0.2.77:8000']],
    ['0.0.0.0', [loopback, second, unspecified, localhost, subdomain, mapped]],
    ['::1', [localhost, subdomain, loopback6, unspecified6]],
    ['::', [loopback, second, unspecified, localhost, subdomain, mapped, loopback6, unspecified6]],
  ])('where it listens at %s: %j', async (host, expected) => {
    expect(await own(host, URLS)).toEqual(expected);
  });

  it.each(['0.0.0.0', '::'])('every address that the machine has, where it listens at %s', async (host) => {
    const addresses = Object.values(networkInterfaces()).flatMap((network) => network ?? []);
    const urls = addresses
      .filter(({ family }) => host === '::' || family === 'IPv4')
      .map(({ family, address }) => `http://${family === 'IPv6' ? `[${address}]` : address}:8000`);
    expect(await own(host, urls)).toEqual(urls);
  });

  it('the name by which it listens, and the address of that', async () => {
    const urls = ['http://localhost:8000', 'http://app.internal:8000'];
    expect(await own('localhost', urls)).toEqual(['http://localhost:8000']);
    const found = await own('localhost', ['http://127.0.0.1:8000', 'http://[::1]:8000']);
    expect(found).toHaveLength(1);
  });

  it('its own port alone, which is 80 where a URL has none', async () => {
    expect(await own('127.0.0.1', ['http://127.0.0.1:8001', 'http://127.0.0.1'])).toEqual([]);
    expect(await own('127.0.0.1', ['http://127.0.0.1:8001', 'http://127.0.0.1'], 80)).toEqual([
      'http://127.0.0.1',
    ]);
  });
});

it('a name without an address fails as it does where it is listened at', async () => {
  await expect(own('nowhere.invalid', [])).rejects.toMatchObject({
    code: 'ENOTFOUND',
    hostname: 'nowhere.invalid',
  });
});

import { describe, expect, it } from 'vitest';
import { trustedProxies, trustIn } from './trusted-proxies.js';

describe('trusted proxies', () => {
  it('are addresses and networks, of both families', () => {
    const isTrusted = trustIn(trustedProxies().parse('10.0.0.0/8, 192.0.2.7,2001:db8::/32 ,::1'));
    const addresses = [
      ['10.0.0.0', true],
      ['10.255.255.255', true],
      ['11.0.0.0', false],
      ['192.0.2.7', true],
      ['192.0.2.8', false],
      ['2001:db8:ffff::1', true],
      ['2001:db9::', false],
      ['::1', true],
      ['::2', false],
      ['unknown', false],
      ['', false],
    ] as const;
    expect(addresses.map(([address]) => [address, isTrusted(address)])).toEqual(addresses);
  });

  it('are nobody where none is named', () => {
    expect(trustIn([])('127.0.0.1')).toBe(false);
  });

  it.each([
    'localhost',
    '10.0.0',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.1,,::1',
  ])('are not %s', (list) => {
    const { error } = trustedProxies().safeParse(list);
    expect(error?.issues.map(({ message }) => message)).toEqual([
      'must be addresses or networks, separated by commas, such as 10.0.0.0/8,192.0.2.7',
    ]);
  });
});

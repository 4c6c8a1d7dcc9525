import { freePorts } from '@balanza/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointsOf } from './hash/ring.js';
import { RingHash } from './ring-hash.js';
import { anyBackends, backend, fleet, pick, placement, shares, someKeys } from './testing/backends.js';
import { choicesOfNginx, hasNginx } from './testing/nginx.js';

/** Nobody listens there: see `choicesOfNginx`. */
const weighted = [
  backend('http://127.0.0.1:1', { weight: 1 }),
  backend('http://127.0.0.1:2', { weight: 2 }),
  backend('http://127.0.0.1:3', { weight: 3 }),
];

describe('RingHash', () => {
  it('begins a backend’s points with the CRC-32 of host, 0, port and the point before', () => {
    // crc32(b"127.0.0.1\\0" + b"1" + previous), as Python's zlib has it.
    expect([...pointsOf('http://127.0.0.1:1', 3)]).toEqual([1_247_538_511, 3_880_831_686, 26_240_396]);
  });

  it('hashes a backend by host and port, whatever the scheme and however the host is written', () => {
    const points = (url: string) => [...pointsOf(url, 4)];
    expect(points('https://a.example:80/')).toEqual(points('http://a.example:80'));
    expect(points('http://a.example')).not.toEqual(points('http://a.example:80'));
    expect(points('http://[::1]:80')).not.toEqual(points('http://[::1]'));
  });

  it('chooses as nginx 1.22 did', () => {
    const chosen = someKeys(30).map((key) => pick(new RingHash(), weighted, key).url.slice(-1));
    expect(chosen.join('')).toBe('323323323332333323123221232321');
  });

  it('chooses as the nginx that is installed', async ({ skip }) => {
    if (!hasNginx()) skip('nginx is not installed');
    const keys = someKeys(300);
    const [port = 0] = await freePorts(1);
    expect(placement(new RingHash(), weighted, keys)).toEqual(await choicesOfNginx(port, weighted, keys));
  });

  it('shares keys by weight', () => {
    const backends = fleet([1, 2, 5]);
    const [a = 0, b = 0, c = 0] = shares(
      placement(new RingHash(), backends, someKeys(20_000)).values(),
      backends,
    );
    expect(a).toBeCloseTo(1 / 8, 1);
    expect(b).toBeCloseTo(2 / 8, 1);
    expect(c).toBeCloseTo(5 / 8, 1);
  });

  it('shares them more evenly with more points', () => {
    const backends = fleet(4);
    const spread = (pointsPerWeight: number) => {
      const parts = shares(
        placement(new RingHash({ pointsPerWeight }), backends, someKeys(20_000)).values(),
        backends,
      );
      return Math.max(...parts) - Math.min(...parts);
    };
    expect(spread(2_000)).toBeLessThan(spread(10));
  });

  it('sends the keys of a skipped backend to several others', () => {
    const backends = fleet(5);
    const strategy = new RingHash();
    const seconds = new Set(
      someKeys(500).flatMap((key) => {
        const [first, second] = strategy.candidates(backends, key);
        return first === backends[0] ? [second?.url] : [];
      }),
    );
    expect(seconds.size).toBe(4);
  });

  it('moves only the keys of a backend that leaves, comes or gains weight', () => {
    fc.assert(
      fc.property(anyBackends, fc.nat(), (backends, seed) => {
        fc.pre(backends.length > 1);
        const changed = backends[seed % backends.length];
        const without = backends.filter((each) => each !== changed);
        const heavier = backends.map((each) =>
          each === changed ? { ...each, weight: each.weight + 1 } : each,
        );
        const strategy = new RingHash();
        const keys = someKeys(50);
        const before = placement(strategy, backends, keys);
        const afterwards = [placement(strategy, without, keys), placement(strategy, heavier, keys)];
        for (const [key, url] of before) {
          if (url !== changed?.url) expect(afterwards[0]?.get(key)).toBe(url);
          expect([url, changed?.url]).toContain(afterwards[1]?.get(key));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('stays within bounds with huge weights', () => {
    const backends = fleet([1, 1_000_000, 2_000_000]);
    const urls = placement(new RingHash(), backends, someKeys(300)).values();
    expect(shares(urls, backends)[2]).toBeCloseTo(2 / 3, 1);
  });
});

import { describe, expect, it } from 'vitest';
import { nameIn, reachable } from './planned-backends.js';

describe('nameIn', () => {
  it.each([
    ['http://app.internal:3000', 'app.internal'],
    ['http://10.0.0.1:3000', undefined],
    ['http://[::1]:3000', undefined],
    ['http://localhost:3000', undefined],
    ['http://app.localhost', undefined],
  ])('finds in %s the name %s', (url, name) => {
    expect(nameIn(url)).toBe(name);
  });
});

describe('reachable', () => {
  const wanted = (url: string, weight = 1) => ({ url, weight, mode: 'ready' as const });
  const addresses = (name: string) => (name === 'app' ? ['10.0.0.1', 'fd00::1'] : []);

  it('has a backend for every address of a name, and none for a name that is not known', () => {
    const backends = [wanted('http://app:3000', 5), wanted('http://gone:1'), wanted('http://10.0.0.9')];
    expect(reachable(backends, addresses)).toEqual([
      { url: 'http://10.0.0.1:3000', weight: 5, mode: 'ready', name: 'app', source: 'http://app:3000' },
      { url: 'http://[fd00::1]:3000', weight: 5, mode: 'ready', name: 'app', source: 'http://app:3000' },
      { url: 'http://10.0.0.9', weight: 1, mode: 'ready', name: undefined, source: 'http://10.0.0.9' },
    ]);
  });

  it('leaves names as they are where they are not resolved', () => {
    expect(reachable([wanted('http://app:3000')], undefined)).toEqual([
      { ...wanted('http://app:3000'), name: undefined, source: 'http://app:3000' },
    ]);
  });

  it('has who is named twice once, as first named', () => {
    expect(reachable([wanted('http://10.0.0.1', 7), wanted('http://app', 2)], addresses)).toEqual([
      { url: 'http://10.0.0.1', weight: 7, mode: 'ready', name: undefined, source: 'http://10.0.0.1' },
      { url: 'http://[fd00::1]', weight: 2, mode: 'ready', name: 'app', source: 'http://app' },
    ]);
  });
});

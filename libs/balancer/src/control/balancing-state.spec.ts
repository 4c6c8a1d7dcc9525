import { strategyOf } from '@balanza/topology';
import { describe, expect, it } from 'vitest';
import { balancingChange, ChangeError, changed, type BalancingState } from './balancing-state.js';

const [a, b, c] = ['http://10.0.0.1:80', 'http://10.0.0.2', 'http://10.0.0.3'].map(
  (url) => new URL(url).origin,
) as [string, string, string];
const state: BalancingState = {
  strategy: strategyOf('round-robin'),
  backends: [
    { url: a, weight: 1, mode: 'ready' },
    { url: b, weight: 2, mode: 'drain' },
  ],
};
const change = (given: unknown) => changed(state, balancingChange.parse(given));
const problems = (given: unknown) => {
  try {
    return change(given);
  } catch (error) {
    if (error instanceof ChangeError) return error.details;
    throw error;
  }
};

describe('changed', () => {
  it('makes several changes at once, and keeps the order of who stays', () => {
    const strategy = { name: 'ring-hash', settings: { pointsPerWeight: 10 }, hashKey: 'uri' };
    expect(
      change({
        strategy,
        backends: { add: [{ url: c }], update: [{ url: b, weight: 5, mode: 'ready' }], remove: [a] },
      }),
    ).toEqual({
      strategy,
      backends: [
        { url: b, weight: 5, mode: 'ready' },
        { url: c, weight: 1, mode: 'ready' },
      ],
    });
  });

  it('leaves what is not named as it is', () => {
    expect(change({})).toEqual(state);
    expect(change({ backends: { update: [{ url: b, weight: 9 }] } }).backends[1]).toEqual({
      url: b,
      weight: 9,
      mode: 'drain',
    });
  });

  it('takes a backend out and in again', () => {
    expect(change({ backends: { add: [{ url: a, weight: 7 }], remove: [a] } }).backends).toEqual([
      { url: b, weight: 2, mode: 'drain' },
      { url: a, weight: 7, mode: 'ready' },
    ]);
  });

  it('says everything that cannot be done', () => {
    expect(
      problems({
        backends: {
          add: [{ url: a }, { url: c }, { url: c }],
          update: [{ url: c }, { url: b }],
          remove: [b, c],
        },
      }),
    ).toEqual([
      { field: 'backends.remove.1', message: `${c} is not a backend; GET /-/api/backends lists them` },
      { field: 'backends.update.0', message: `${c} is to be removed too` },
      { field: 'backends.update.1', message: `${b} is to be removed too` },
      {
        field: 'backends.add.0',
        message: `${a} is there already; to change it, send its url with a weight or a mode in backends.update, or PATCH /-/api/backends/${new URL(a).host}`,
      },
      { field: 'backends.add.2', message: `${c} is named twice` },
    ]);
  });

  it('leaves somebody to serve, and no more than there is room for', () => {
    expect(problems({ backends: { remove: [a, b] } })).toEqual([
      { field: 'backends', message: 'must not become empty; drain the last one instead' },
    ]);
    const many = Array.from({ length: 127 }, (_, index) => ({ url: `http://10.1.0.${index}` }));
    expect(problems({ backends: { add: many } })).toEqual([
      { field: 'backends.add', message: 'must leave at most 128 backends' },
    ]);
  });
});

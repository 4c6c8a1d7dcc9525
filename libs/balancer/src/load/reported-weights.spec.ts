import { expect, it } from 'vitest';
import type { ControlPlane } from '../control/control-plane.js';
import { ReportedWeights } from './reported-weights.service.js';

const url = 'http://127.0.0.1:5005';

function setUp(strategy: string) {
  const state = { strategy: { name: strategy, settings: {} }, backends: [{ url, weight: 1, mode: 'ready' }] };
  const changes: unknown[] = [];
  const control = {
    state,
    change: async (change: unknown, by: string) => void changes.push([change, by]),
  } as unknown as ControlPlane;
  const weights = new ReportedWeights(control, { warn: () => undefined });
  let sequence = 0;
  const report = (concurrency?: number, of = url) =>
    weights.accept({
      url: of,
      instance: 'aaaaaaaa',
      sequence: ++sequence,
      active_tasks: 0,
      ...(concurrency === undefined ? {} : { concurrency }),
    });
  return { report, changes, state };
}

const given = (weight: number) => [
  { backends: { add: [], update: [{ url, weight }], remove: [] } },
  'worker aaaaaaaa',
];

it('a worker weighs what it runs at once, as often as that changes', () => {
  const { report, changes } = setUp('weighted-least-connections');
  report(10);
  report(10);
  report();
  report(10, 'http://127.0.0.1:1');
  expect(changes).toEqual([given(10)]);
  report(5_000);
  expect(changes).toEqual([given(10), given(1_000)]);
});

it('a worker that was removed and comes back is given its weight anew', () => {
  const { report, changes, state } = setUp('weighted-least-connections');
  report(10);
  const backends = state.backends.splice(0);
  report(10);
  state.backends.push(...backends);
  report(10);
  expect(changes).toEqual([given(10), given(10)]);
});

it('and keeps its weight under every other strategy', () => {
  const { report, changes } = setUp('least-connections');
  report(10);
  expect(changes).toEqual([]);
});

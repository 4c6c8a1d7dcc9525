import type { Logger } from '@balanza/runtime';
import type { BalancerTopology } from '@balanza/topology';
import { isDeepStrictEqual } from 'node:util';
import type { BalancingState, WantedBackend } from './balancing-state.js';

/** What is in force at one time. */
export interface Situation {
  readonly state: BalancingState;
  /** As the file has it; strategy and backends are those of {@link state}. */
  readonly topology: BalancerTopology;
}

/** Where changes are written down. */
export interface Audit {
  /**
   * A change is in force.
   *
   * @param by a token's subject, or the file
   * @param version of the plan that has it
   */
  applied(by: string, version: number, before: Situation, after: Situation): void;
  /** A change was not made, and what was before stays. @param asked what it was to be; undefined where that cannot be told */
  refused(by: string, version: number, asked: unknown, reason: string): void;
}

/** One line of the log for each change: who, what, and what came of it. */
export function auditLog(logger: Logger): Audit {
  // Who changed what is not less important where only warnings are wanted.
  const log = logger.child({}, logger.level === 'silent' ? {} : { level: 'info' });
  return {
    applied: (by, version, before, after) =>
      log.info(
        { audit: { by, outcome: 'applied', version, ...differences(before, after) } },
        'balancing changed',
      ),
    refused: (by, version, asked, reason) =>
      log.warn({ audit: { by, outcome: 'refused', version, asked } }, `balancing not changed: ${reason}`),
  };
}

/** Whether nothing differs, the order of the backends included. */
export function isSameSituation(one: Situation, other: Situation): boolean {
  return isDeepStrictEqual([one.state, settingsOf(one)], [other.state, settingsOf(other)]);
}

/** What differs: each side has only what the other has not. */
export function differences(before: Situation, after: Situation) {
  return { before: besides(before, after), after: besides(after, before) };
}

function besides(one: Situation, other: Situation) {
  const { strategy } = one.state;
  const backends = without(one.state.backends, other.state.backends);
  return {
    ...(isSame(strategy, other.state.strategy) ? {} : { strategy }),
    ...(backends.length === 0 ? {} : { backends }),
    ...settingsBesides(settingsOf(one), settingsOf(other)),
  };
}

function settingsOf({ topology }: Situation): Readonly<Record<string, unknown>> {
  const { strategy: _strategy, backends: _backends, ...settings } = topology;
  return settings;
}

/** A group of settings has only the members that differ. */
function settingsBesides(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const differing = Object.entries(one).filter(([name, value]) => !isSame(value, other[name]));
  return Object.fromEntries(
    differing.map(([name, value]) => {
      const its = other[name];
      return [name, isGroup(value) && isGroup(its) ? settingsBesides(value, its) : value];
    }),
  );
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function without(backends: readonly WantedBackend[], others: readonly WantedBackend[]): WantedBackend[] {
  return backends.filter((backend) => !others.some((other) => isSame(backend, other)));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

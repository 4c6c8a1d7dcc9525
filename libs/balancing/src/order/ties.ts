import type { Setting } from '../registry/setting.js';
import type { Cells } from '../strategy.js';
import { Rotation } from './rotation.js';

/** Which of several backends with the same load goes first: each in turn, or the first listed. */
export type Ties = 'rotate' | 'first';

/** Settings of strategies that compare the loads of all backends. */
export interface TiesOptions {
  /** Default `rotate`. */
  readonly ties?: Ties;
  /** Where `rotate` keeps its place; a `Map` of its own unless given. */
  readonly cells?: Cells;
}

/** The setting, as configuration sees it. */
export const TIES = {
  name: 'ties',
  kind: 'choice',
  default: 'rotate',
  choices: ['rotate', 'first'],
  unit: '',
  advice:
    'Choose `first` to fill backends in the order of the list, so that those at its end stay idle while there is little to do.',
} as const satisfies Setting;

/** The rotation that the options ask for, if any. */
export function rotationOf({ ties = TIES.default, cells }: TiesOptions): Rotation | undefined {
  return ties === 'rotate' ? new Rotation(cells) : undefined;
}

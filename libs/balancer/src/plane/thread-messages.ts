import type { BalancingPlan, Exchange, ListenAddress, RequestRecord } from '@balanza/proxy';
import type { PlaneSetup } from './plane.js';

/** What a thread is started with. */
export interface ThreadData {
  readonly setup: PlaneSetup;
  /** What it does until it is told otherwise. */
  readonly plan: BalancingPlan;
  /** Its number, from 0. */
  readonly thread: number;
  readonly memory: SharedArrayBuffer;
  readonly address: ListenAddress;
  readonly ownPort: number;
  /** Lowest status that is told; what is not logged need not be told. */
  readonly tellFrom: number;
}

/** One request, as it is told for the log. */
export interface EndedRequest extends RequestRecord {
  readonly requestId: string;
  readonly method: string;
  readonly target: string;
  readonly backend: string | undefined;
  /** Which side ended the response behind its head and before its end. */
  readonly cut: Exchange['cut'];
  /** What went wrong with it last; where it was tried again, that may have gone well. */
  readonly failure: Exchange['failure'];
  /** Backends that it was sent to, or that could not be reached for it. */
  readonly attempts: number;
}

/** What a thread says. */
export type FromThread =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'end'; readonly request: EndedRequest }
  | { readonly type: 'refused'; readonly status: number };

/** What a thread is told. */
export type ToThread =
  | { readonly type: 'apply'; readonly plan: BalancingPlan }
  | { readonly type: 'leave' }
  | { readonly type: 'close'; readonly graceMs: number };

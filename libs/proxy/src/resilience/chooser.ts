import type { ProxiedBackend } from '../proxied-backend.js';
import type { Choice, Nobody } from './choice.js';
import type { FollowedPlan } from './followed-plan.js';
import { isStarting, tellShares } from './shares.js';

/** How well a candidate suits that may be given the request; of the same rank, the first one is taken. */
const enum Rank {
  Best,
  /** Not its turn in slow start, or it sends nothing at the moment. */
  PassedOver,
  /** A request that has failed once is not to fail again where another backend has not failed lately. */
  Suspect,
  /** Its first check is still to come: it is no better than waiting for a backend that has passed one. */
  Unverified,
  None,
}

/** Goes through the candidates that the strategy yields, until there is one that may be given the request. */
export class Chooser {
  readonly #followed: FollowedPlan;
  readonly #now: () => number;

  constructor(followed: FollowedPlan, now: () => number) {
    this.#followed = followed;
    this.#now = now;
  }

  /** The backend that gets the request, or why none does. Called with the lock held. */
  choose(choice: Choice): ProxiedBackend | Nobody {
    const { sticky, tried } = choice;
    if (sticky !== undefined && tried?.includes(sticky) !== true && this.#isReady(sticky)) return sticky;
    const { plan, ready, strategy, weighted } = this.#followed;
    if (choice.candidates !== undefined && choice.version === plan.version) {
      const found = this.#nextOf(choice, false);
      if (typeof found !== 'string') return found;
    }
    tellShares(ready, this.#now, plan.policy.slowStart, weighted);
    // Those that were passed over before, for slow start or want of room, are candidates again.
    choice.candidates = strategy.candidates(ready, choice.key)[Symbol.iterator]();
    choice.version = plan.version;
    return this.#nextOf(choice, true);
  }

  /** The next candidate that can be used. @param areAll whether none was passed over before: then one that is second best will do */
  #nextOf(choice: Choice, areAll: boolean): ProxiedBackend | Nobody {
    const { candidates, tried } = choice;
    let nobody: Nobody = 'out';
    if (candidates === undefined) return nobody;
    let last: ProxiedBackend | undefined;
    let lastRank = Rank.None;
    let mayWait = false;
    for (let next = candidates.next(); next.done !== true; next = candidates.next()) {
      const backend = next.value;
      if (tried?.includes(backend) === true) continue;
      const obstacle = this.#obstacle(backend);
      if (obstacle === 'full') {
        nobody = 'full';
        mayWait ||= !backend.health.isUnverified;
      }
      if (obstacle !== undefined) continue;
      const rank = rankOf(backend, tried !== undefined);
      if (rank === Rank.Best) return taken(backend);
      if (rank >= lastRank) continue;
      last = backend;
      lastRank = rank;
    }
    choice.candidates = undefined;
    const willDo = lastRank === Rank.PassedOver || (areAll && (lastRank === Rank.Suspect || !mayWait));
    return last !== undefined && willDo ? taken(last) : nobody;
  }

  /** Whether a client that is kept at this backend may be sent there. */
  #isReady(backend: ProxiedBackend): boolean {
    const { mode, health } = backend;
    return mode === 'ready' && !health.isUnverified && this.#obstacle(backend) === undefined;
  }

  /** What keeps a backend from being picked; undefined for one that is healthy as far as is known, and has room. */
  #obstacle({ health, inFlight }: ProxiedBackend): Nobody | undefined {
    const { slowStart, limits } = this.#followed.plan.policy;
    if (!health.isFine && health.isOut(this.#now(), slowStart)) return 'out';
    return inFlight < limits.maxInFlight ? undefined : 'full';
  }
}

function rankOf(backend: ProxiedBackend, isRetry: boolean): Rank {
  const { health, isSilent, share } = backend;
  if (share === 0 && health.isUnverified) return Rank.Unverified;
  if (isRetry && health.isSuspect) return Rank.Suspect;
  return isSilent || (isStarting(backend) && !health.hasTurn) ? Rank.PassedOver : Rank.Best;
}

/**
 * In slow start a backend is passed over unless it has a turn, whatever the strategy: over time it gets its share, and at no moment
 * many requests at once. One that is out and could be picked all the same is to show whether it still is.
 */
function taken(backend: ProxiedBackend): ProxiedBackend {
  if (isStarting(backend)) backend.health.takeTurn();
  return backend;
}

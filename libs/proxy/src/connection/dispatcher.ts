import type { ForwardError } from '../forward-error.js';
import { FIELD } from '../message/field-names.js';
import type { HeadScanner } from '../message/head-scanner.js';
import type { RequestHead } from '../message/request-head.js';
import type { ProxiedBackend } from '../proxied-backend.js';
import {
  badGateway,
  gatewayTimeout,
  loopDetected,
  overloaded,
  redirectTo,
  shed,
  tooManyRequests,
  unavailable,
} from '../proxy-answer.js';
import { AdmissionControl } from '../resilience/admission-control.js';
import { OUTCOME, type RequestOutcome } from '../resilience/backend-health.js';
import type { BackendPool } from '../resilience/backend-pool.js';
import type { Nobody } from '../resilience/choice.js';
import { comesFromBehind, isFailure, isGatewayError } from '../resilience/ejection.js';
import { StickyCookies } from '../resilience/sticky-cookies.js';
import { upstreamErrorType } from '../upstream-error.js';
import { clientAddress } from './client-address.js';
import type { DataPlane } from './data-plane.js';
import type { DataPlaneOptions } from './data-plane-options.js';
import { eventClock } from './event-clock.js';
import { CLIENT_CLOSED_REQUEST, type Exchange } from './exchange.js';
import { KeyReader } from './key-reader.js';
import { answerAtLastHop } from './last-hop.js';
import { OpenBodies } from './open-bodies.js';
import { RequestQueue } from './request-queue.js';

/** Errors of `connect` that say that nothing listens there, rather than that it takes long or that this process is short of something. */
const NOBODY_THERE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENOTFOUND']);
/** What this process is short of is no backend's fault. */
const OWN_FAULT = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM']);

/** Takes each request the way: admit → pick → send → retry or relay → account. One per thread. */
export class Dispatcher {
  readonly #plane: DataPlane;
  readonly #options: DataPlaneOptions;
  readonly #pool: BackendPool;
  readonly #queue: RequestQueue;
  readonly #openBodies: OpenBodies;
  readonly #admission: AdmissionControl;
  #sticky: StickyCookies | undefined;
  #keys: KeyReader | undefined;

  constructor(plane: DataPlane, options: DataPlaneOptions) {
    this.#plane = plane;
    this.#options = options;
    this.#pool = options.pool;
    this.#queue = new RequestQueue(plane, (exchange) => this.#offer(exchange));
    this.#openBodies = new OpenBodies(plane, (exchange) => this.#queueOrAsk(exchange));
    this.#admission = new AdmissionControl(options.pool);
    this.onPlan();
  }

  /** Goes on by the pool's new plan. */
  onPlan(): void {
    const { hashKey, policy, backends } = this.#pool;
    this.#sticky = policy.sticky === undefined ? undefined : new StickyCookies(policy.sticky, backends);
    this.#keys = hashKey === undefined ? undefined : new KeyReader(hashKey, this.#plane);
    this.#queue.drain();
    this.#openBodies.drain();
  }

  /**
   * There is a request, whose head is the one that the scanner has read last.
   *
   * @param request what was read of that head
   * @param isHeldBack it waits for its body, until it is to {@link proceed}
   */
  begin(exchange: Exchange, request: RequestHead, isHeldBack: boolean): void {
    const { own, mode } = this.#options;
    if (own !== undefined && own.isOwn(exchange.target)) {
      exchange.own = true;
      if (!isHeldBack) this.proceed(exchange);
      return;
    }
    const { pseudonym, scanner } = this.#plane;
    if (scanner.has(FIELD.via) && pseudonym.isNamedIn(scanner.valueOf(FIELD.via) ?? '')) {
      exchange.client.answer(exchange, loopDetected());
      return;
    }
    const answer = answerAtLastHop(request, this.#plane.scanner, mode === 'redirect');
    if (answer !== undefined) {
      exchange.client.answer(exchange, answer);
      return;
    }
    const { requestsOfClients } = this.#plane;
    if (requestsOfClients.isOn && !this.#enter(exchange)) {
      exchange.client.answer(exchange, tooManyRequests(requestsOfClients.limit));
      return;
    }
    const { policy } = this.#pool;
    if (policy.shedding.enabled && this.#admission.refuses()) {
      exchange.shed = true;
      exchange.client.answer(exchange, shed());
      return;
    }
    if (this.#keys !== undefined) exchange.key = this.#keys.keyOf(exchange);
    if (this.#sticky !== undefined) exchange.sticky = this.#sticky.backendOf(this.#plane.scanner);
    if (!isHeldBack) this.proceed(exchange);
  }

  /** Goes on with a request that has begun: it gets a backend, waits for one, or is answered that there is none. */
  proceed(exchange: Exchange): void {
    const { own } = this.#options;
    if (exchange.own && own !== undefined) {
      own.backend.enter();
      exchange.moveTo(own.backend);
      this.#send(exchange, own.backend, false);
      return;
    }
    if (!exchange.isBodyOpen) this.#queueOrAsk(exchange);
    else if (!this.#openBodies.enter(exchange)) exchange.client.answer(exchange, overloaded());
  }

  /** All of a request has been sent to its backend. */
  onBodySent(exchange: Exchange): void {
    this.#openBodies.leave(exchange);
  }

  #queueOrAsk(exchange: Exchange): void {
    // No request overtakes one that waits for the same: a request that waits for less finds its room here.
    if (this.#queue.isEmpty || !this.#queue.add(exchange)) this.#askNext(exchange);
    else this.#queue.drain();
  }

  /** Told by a connection that its request got no whole answer. */
  onForwardError(exchange: Exchange, error: ForwardError): void {
    const { backend, client } = exchange;
    if (backend === undefined || exchange.over) return;
    const type = upstreamErrorType(error, exchange);
    exchange.failure = { error: type, reason: error.cause.message };
    if (exchange.answered) exchange.cut = 'backend';
    if (error.stale && exchange.repeatable && (exchange.own || this.#takeRetry())) {
      // The backend closed a connection that it had kept, just as the request was sent: no fault, unless it happens often.
      if (!exchange.own) this.#judge(exchange, OUTCOME.gatewayError);
      exchange.moveTo(backend);
      this.#send(exchange, backend, true);
      return;
    }
    if (!exchange.own) {
      if (error.kind === 'connect') {
        this.#onNotSent(exchange, backend, error);
        return;
      }
      this.#judge(exchange, OUTCOME.gatewayError);
      if (!error.heard) {
        const nobody = this.#goElsewhere(exchange);
        if (nobody === undefined || (nobody === 'full' && this.#waitForAnother(exchange))) return;
      }
    }
    backend.addError();
    client.answer(exchange, error.kind === 'timeout' ? gatewayTimeout(type) : badGateway(type));
  }

  /** No connection to `backend` came about, whether a request waited for it or not. */
  onUnreachable({ health }: ProxiedBackend, { code = '' }: NodeJS.ErrnoException): void {
    if (NOBODY_THERE.has(code)) health.onRefused(this.#pool.now());
  }

  /** The head of an answer has come. */
  onAnswer(exchange: Exchange, status: number, head: HeadScanner): void {
    const { backend } = exchange;
    if (backend === undefined || exchange.own) return;
    exchange.refused =
      this.#pool.policy.retry.refusals && status >= 400 && head.has(FIELD['x-balanza-refused']);
    backend.answeredAt = eventClock.now;
    exchange.excused =
      isFailure(status) &&
      !this.#pool.policy.ejection.relayedErrors &&
      comesFromBehind(head.valueOf(FIELD['proxy-status']) ?? '');
    this.#options.onAnswer?.(backend, head);
  }

  /** An answer is relayed, whose head has come: for a stream or a tunnel it says what the end, hours later, would not. */
  onRelayed(exchange: Exchange): void {
    const { backend, chosenAt, headAt, status } = exchange;
    exchange.settle();
    if (backend === undefined || exchange.own) return;
    const outcome = exchange.refused ? OUTCOME.failed : blameFor(exchange, status);
    this.#pool.observe(backend, outcome, headAt - chosenAt);
  }

  /**
   * Sends a request to another backend that this one has answered with `status`, or has not answered in time, where that may be
   * done and there is one. Its connection is told by {@link BackendConnection.giveUp}.
   *
   * @returns whether another backend has it now
   */
  triesElsewhere(exchange: Exchange, status?: number): boolean {
    if (exchange.own) return false;
    if (exchange.refused) return this.#goElsewhere(exchange) === undefined;
    if (status !== undefined && !this.#pool.policy.retry.statuses.includes(status)) return false;
    if (status !== undefined) return this.#goElsewhere(exchange, blameFor(exchange, status)) === undefined;
    // Who has answered others meanwhile is not dead: only this request takes its time.
    const isSilent = (exchange.backend?.answeredAt ?? 0) < exchange.chosenAt;
    return this.#goElsewhere(exchange, isSilent ? OUTCOME.gatewayError : undefined) === undefined;
  }

  /** How long one try may take until its answer begins, in ms; 0 for as long as any. */
  tryLimit(exchange: Exchange): number {
    const { perTryTimeoutMs } = this.#pool.policy.retry;
    return !exchange.own && this.#mayRetry(exchange) ? perTryTimeoutMs : 0;
  }

  /** The line that has the client kept at its backend, if that is news to it. */
  cookieLine(exchange: Exchange): string {
    const { backend, sticky } = exchange;
    if (this.#sticky === undefined || backend === undefined || exchange.own || backend === sticky) return '';
    // Who is only busy, or failed once, is gone back to.
    return sticky === undefined || this.#pool.isOut(sticky) ? this.#sticky.lineFor(backend) : '';
  }

  /** The line that names the backend, where responses are to have one. */
  servedByLine({ backend, own }: Exchange): string {
    return this.#options.namesBackends === true && backend !== undefined && !own ? backend.servedByLine : '';
  }

  /** A request is over, well or not. */
  end(exchange: Exchange): void {
    if (exchange.over) return;
    exchange.over = true;
    if (!exchange.answered) exchange.status = CLIENT_CLOSED_REQUEST;
    this.#queue.delete(exchange);
    this.#openBodies.leave(exchange);
    if (exchange.countedAddress !== undefined) this.#plane.requestsOfClients.leave(exchange.countedAddress);
    exchange.settle();
    const { backend, leased, status } = exchange;
    if (leased && backend !== undefined) {
      exchange.release();
      backend.add(exchange, eventClock.now);
    }
    // Requests for the proxy's own routes are not counted as traffic; their faults are reported.
    if (exchange.own) {
      if (exchange.failure !== undefined) this.#options.onEnd?.(exchange);
      return;
    }
    if (exchange.headAt > 0 && !exchange.judged && !exchange.refused) {
      const outcome = blameFor(exchange, status);
      if (outcome !== OUTCOME.served) backend?.addError();
      this.#judge(exchange, outcome);
    }
    if (this.#pool.policy.shedding.enabled && !exchange.shed && status !== CLIENT_CLOSED_REQUEST)
      this.#admission.count(!isFailure(status));
    this.#options.onEnd?.(exchange);
    this.#queue.drain();
  }

  /** Counts a request of its client. @returns whether the client may have it */
  #enter(exchange: Exchange): boolean {
    exchange.countedAddress = clientAddress(exchange.client.address, this.#plane);
    return this.#plane.requestsOfClients.enter(exchange.countedAddress);
  }

  onRefused(status: number): void {
    this.#options.onRefused?.(status);
  }

  /** Asks the next backend that has room, or waits for one. */
  #askNext(exchange: Exchange): void {
    const nobody = this.#offer(exchange);
    if (nobody === undefined || (nobody === 'full' && this.#queue.add(exchange))) return;
    exchange.client.answer(exchange, nobody === 'full' ? overloaded() : unavailable(exchange.failure));
  }

  /** Sends the request to the backend that is picked. @returns why there is none, when there is none */
  #offer(exchange: Exchange): Nobody | undefined {
    let backend = this.#pool.pick(exchange);
    if (backend === 'out' && this.#pool.readmit()) backend = this.#pool.pick(exchange);
    if (typeof backend === 'string') return backend;
    if (exchange.backend === undefined)
      this.#pool.retryBudget.onRequest(eventClock.shared, this.#pool.policy.retry);
    else if (exchange.retries > 0) backend.addRetry();
    exchange.moveTo(backend);
    if (this.#options.mode === 'redirect')
      exchange.client.answer(exchange, redirectTo(backend.url + exchange.target));
    else this.#send(exchange, backend, false);
    return undefined;
  }

  /** Nothing was sent, so whoever is next may be asked, whatever the request. */
  #onNotSent(exchange: Exchange, backend: ProxiedBackend, { cause }: ForwardError): void {
    const { code = '' } = cause;
    if (!NOBODY_THERE.has(code) && !OWN_FAULT.has(code)) this.#judge(exchange, OUTCOME.gatewayError);
    backend.addError();
    exchange.release();
    exchange.avoid(backend);
    this.#askNext(exchange);
  }

  /**
   * Sends a request that may have reached its backend to another one, if there is one and a retry is left, which a refusal does not
   * need: all in one step, so that nobody is left counted as asked.
   *
   * @param outcome how it went here, where that is to be judged and is not yet
   * @returns why it stays, when it does
   */
  #goElsewhere(exchange: Exchange, outcome?: RequestOutcome): Nobody | undefined {
    const { backend, connection, refused } = exchange;
    if (backend === undefined || !this.#mayRetry(exchange)) return 'out';
    const isPaid = !refused && this.#takeRetry();
    // The budget is against storms while all fail: a backend that serves without a failure may help out whatever is left.
    const mustBeProven = !isPaid && !refused;
    // Nothing is picked in vain: it would be left out of the rotation.
    if (mustBeProven && !this.#pool.isAnyProven(backend)) return 'out';
    const next = this.#pickElsewhere(exchange, backend, mustBeProven);
    if (typeof next === 'string') {
      if (isPaid) this.#pool.retryBudget.giveBack();
      return next;
    }
    if (outcome !== undefined) this.#judge(exchange, outcome);
    // Strategies that learn are not to take it for a quick answer.
    if (refused) this.#pool.observe(backend, OUTCOME.failed, eventClock.now - exchange.chosenAt);
    else backend.addError();
    connection?.giveUp();
    exchange.retries++;
    exchange.release();
    next.addRetry();
    exchange.moveTo(next);
    this.#send(exchange, next, false);
    this.#queue.drain();
    return undefined;
  }

  /** Picks a backend other than those that were asked; where there is none, `backend` may be asked again. */
  #pickElsewhere(
    exchange: Exchange,
    backend: ProxiedBackend,
    mustBeProven: boolean,
  ): ProxiedBackend | Nobody {
    const asked = exchange.tried?.length ?? 0;
    exchange.avoid(backend);
    let next = this.#pool.pick(exchange);
    const willDo = (picked: ProxiedBackend) => !mustBeProven || this.#pool.isProven(picked);
    while (typeof next !== 'string' && !willDo(next)) {
      next.leave();
      exchange.avoid(next);
      next = this.#pool.pick(exchange);
    }
    if (typeof next === 'string') exchange.tried?.splice(asked);
    return next;
  }

  /** Has a request that broke wait for another backend, as all that is wrong with the others is that they have no room. */
  #waitForAnother(exchange: Exchange): boolean {
    const { backend } = exchange;
    if (backend === undefined || !this.#takeRetry()) return false;
    if (!this.#queue.add(exchange)) {
      this.#pool.retryBudget.giveBack();
      return false;
    }
    exchange.avoid(backend);
    exchange.retries++;
    exchange.detach();
    backend.addError();
    return true;
  }

  #mayRetry({ retries, repeatable }: Exchange): boolean {
    return repeatable && retries < this.#pool.policy.retry.max;
  }

  #takeRetry(): boolean {
    const { retryBudget, policy } = this.#pool;
    return retryBudget.take(eventClock.shared, policy.retry);
  }

  #judge(exchange: Exchange, outcome: RequestOutcome): void {
    const { backend, judged, chosenAt, headAt } = exchange;
    if (judged || backend === undefined) return;
    exchange.judged = true;
    if (headAt === 0) this.#pool.observe(backend, outcome, eventClock.now - chosenAt);
    const ejected = this.#pool.judge(backend, outcome);
    // Many connections that break at once may be a process that died, and is there again in a moment.
    if (ejected) this.#plane.poolOf(backend).probe();
  }

  /** @param fresh over a connection that was not used before */
  #send(exchange: Exchange, backend: ProxiedBackend, fresh: boolean): void {
    const { client } = exchange;
    this.#plane.poolOf(backend).take(fresh).begin(exchange);
    // The body has waited; a connection that stands already does not say when it may come.
    if (!exchange.requestSent && client.isConnected()) client.resume();
  }
}

function outcomeOf(status: number): RequestOutcome {
  if (isGatewayError(status)) return OUTCOME.gatewayError;
  return isFailure(status) ? OUTCOME.failed : OUTCOME.served;
}

/** What an answer counts for when its backend is judged. */
function blameFor({ excused }: Exchange, status: number): RequestOutcome {
  return excused ? OUTCOME.served : outcomeOf(status);
}

import type { ProxiedBackend } from '../proxied-backend.js';
import { endpointOf } from './addresses.js';
import { BackendConnection } from './backend-connection.js';
import type { DataPlane } from './data-plane.js';

/** The connections of one thread to one backend. */
export class ConnectionPool {
  /** Where it listens. */
  readonly endpoint: ReturnType<typeof endpointOf>;
  readonly backend: ProxiedBackend;
  readonly #plane: DataPlane;
  /** Unused connections; the one used last is used next, so that the others may grow old and close. */
  readonly #idle: BackendConnection[] = [];
  /** How many connections there are. */
  #size = 0;

  constructor(plane: DataPlane, backend: ProxiedBackend) {
    this.backend = backend;
    this.#plane = plane;
    this.endpoint = endpointOf(backend.url);
  }

  /** An unused connection, or a new one. @param fresh never one that was used before */
  take(fresh: boolean): BackendConnection {
    for (let idle = fresh ? undefined : this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.isUsable) return idle;
      idle.destroy();
    }
    this.#size++;
    return new BackendConnection(this.#plane, this);
  }

  /** Sees whether anybody accepts connections there. What comes of it is told to the dispatcher. */
  probe(): void {
    this.take(true);
  }

  /** Keeps a connection for the next request. @returns false when enough are kept or none is needed, so that it has to close */
  release(connection: BackendConnection): boolean {
    if (this.#plane.draining || this.#isRetired || this.#idle.length >= this.#plane.maxIdle) return false;
    this.#idle.push(connection);
    return true;
  }

  /** Forgets a connection that has closed. */
  remove(connection: BackendConnection): void {
    this.#size--;
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    this.#forgetEmpty();
  }

  /** Takes away from the backend what another may answer, as long as there is anybody for it. */
  abandon(): void {
    // A backend may be out for days, and this is asked ten times a second.
    if (this.#size === this.#idle.length) return;
    for (const connection of this.#connections()) if (!connection.abandon()) return;
  }

  /** Closes the connections that nobody uses, where the backend gets no more requests. With the last of all, the pool is forgotten. */
  retire(): void {
    if (!this.#isRetired) return;
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) idle.destroy();
    this.#forgetEmpty();
  }

  #forgetEmpty(): void {
    if (this.#isRetired && this.#size === 0) this.#plane.forgetPool(this);
  }

  get #isRetired(): boolean {
    return this.backend.mode !== 'ready';
  }

  /** Closes every connection. */
  destroy(): void {
    for (const connection of this.#connections()) connection.destroy();
  }

  /** A look at all that wait in this thread: only for what is rare. */
  #connections(): BackendConnection[] {
    return this.#plane.deadlines.of(BackendConnection).filter(({ pool }) => pool === this);
  }
}

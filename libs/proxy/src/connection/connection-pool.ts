import type { ProxiedBackend } from '../proxied-backend.js';
import { BackendConnection } from './backend-connection.js';
import type { DataPlane } from './data-plane.js';

/** The connections of one thread to one backend. */
export class ConnectionPool {
  readonly hostname: string;
  readonly port: number;
  readonly #plane: DataPlane;
  /** Unused connections; the one used last is used next, so that the others may grow old and close. */
  readonly #idle: BackendConnection[] = [];
  readonly #all = new Set<BackendConnection>();

  constructor(plane: DataPlane, { url }: Pick<ProxiedBackend, 'url'>) {
    const { hostname, port } = new URL(url);
    this.#plane = plane;
    this.hostname = hostname.replace(/^\[|\]$/g, '');
    this.port = Number(port || 80);
  }

  /** An unused connection, or a new one. @param fresh never one that was used before */
  take(fresh: boolean): BackendConnection {
    const idle = fresh ? undefined : this.#idle.pop();
    if (idle !== undefined) return idle;
    const connection = new BackendConnection(this.#plane, this);
    this.#all.add(connection);
    return connection;
  }

  /** Keeps a connection for the next request. @returns false when enough are kept, so that it has to close */
  release(connection: BackendConnection): boolean {
    if (this.#plane.draining || this.#idle.length >= this.#plane.maxIdle) return false;
    this.#idle.push(connection);
    return true;
  }

  /** Forgets a connection that has closed. */
  remove(connection: BackendConnection): void {
    this.#all.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
  }

  /** Closes every connection. */
  destroy(): void {
    for (const connection of this.#all) connection.destroy();
  }
}

import type { Backend, Strategy } from './strategy.js';

/** The backend with the fewest active connections; ties go to the first listed. */
export class LeastConnections<B extends Backend = Backend> implements Strategy<B> {
  *candidates(backends: readonly B[]): Iterable<B> {
    let left = backends;
    while (left.length > 0) {
      const chosen = left.reduce((best, backend) =>
        backend.activeConnections < best.activeConnections ? backend : best,
      );
      yield chosen;
      left = left.filter((backend) => backend !== chosen);
    }
  }
}

import { crc32 } from 'node:zlib';
import { eachOnce } from '../order/each-once.js';
import type { Backend } from '../strategy.js';
import { authorityOf, hostAndPort } from './authority.js';

/** A hash and the place of its backend are sorted as one number: 32 bits and these, which a double holds. */
const PLACES = 2 ** 21;

/** Points of a ring at most. Beyond them every backend gets fewer in the same proportion, and at least one. */
export const MAX_POINTS = 1_000_000;

/**
 * A ring of hashes on which every backend has points in proportion to its weight; a key belongs to the next point
 * clockwise. Points are those of nginx's `hash … consistent`, which are Cache::Memcached::Fast's: each is the CRC-32 of
 * host, a zero byte, port and the point before it.
 *
 * @see https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_upstream_hash_module.c
 */
export class Ring<B extends Backend = Backend> {
  readonly #backends: readonly B[];
  readonly #points: Uint32Array;
  /** Whose each point is: a place in the list of backends. */
  readonly #owners: Int32Array;

  constructor(backends: readonly B[], pointsPerWeight: number) {
    this.#backends = backends;
    const entries = Float64Array.from(entriesOf(backends, pointsPerWeight)).toSorted();
    const points = entries.map((entry) => Math.floor(entry / PLACES));
    // Where two have the same point, it is the first's.
    const isFirst = (_: number, index: number) => points[index] !== points[index - 1];
    this.#points = Uint32Array.from(points.filter(isFirst));
    this.#owners = Int32Array.from(entries.filter(isFirst), (entry) => entry % PLACES);
  }

  /** All backends, in the order in which they are met clockwise from `key`. */
  clockwise(key: string): Iterable<B> {
    return eachOnce(this.#backends, this.#owners, this.#find(crc32(key)));
  }

  /** The place of the first point that is not below `hash`. */
  #find(hash: number): number {
    const points = this.#points;
    let low = 0;
    let high = points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((points[middle] ?? 0) < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The points of one backend; with fewer of them, the same ones without the last. */
export function* pointsOf(url: string, count: number): Generator<number, void, undefined> {
  const { host, port } = hostAndPort(authorityOf(url));
  const base = crc32(`${host}\0${port}`);
  const previous = Buffer.alloc(4);
  for (let made = 0; made < count; made++) {
    const point = crc32(previous, base);
    yield point;
    previous.writeUInt32LE(point);
  }
}

function* entriesOf(
  backends: readonly Backend[],
  pointsPerWeight: number,
): Generator<number, void, undefined> {
  const wanted = pointsPerWeight * backends.reduce((total, { weight }) => total + weight, 0);
  const perWeight = pointsPerWeight * Math.min(1, MAX_POINTS / wanted);
  for (const [place, { url, weight }] of backends.entries())
    for (const point of pointsOf(url, Math.max(1, Math.floor(weight * perWeight))))
      yield point * PLACES + place;
}

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
    const entries = entriesOf(backends, pointsPerWeight).toSorted();
    const points = new Uint32Array(entries.length);
    const owners = new Int32Array(entries.length);
    let kept = 0;
    for (const entry of entries) {
      const point = Math.floor(entry / PLACES);
      // Where two have the same point, it is the first's.
      if (kept > 0 && points[kept - 1] === point) continue;
      points[kept] = point;
      owners[kept++] = entry % PLACES;
    }
    this.#points = points.subarray(0, kept);
    this.#owners = owners.subarray(0, kept);
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
export function pointsOf(url: string, count: number): Uint32Array {
  const { host, port } = hostAndPort(authorityOf(url));
  const base = crc32(`${host}\0${port}`);
  const points = new Uint32Array(count);
  const previous = Buffer.alloc(4);
  for (let made = 0; made < count; made++) {
    const point = crc32(previous, base);
    points[made] = point;
    previous.writeUInt32LE(point);
  }
  return points;
}

/** Points that a ring of these backends would have without {@link MAX_POINTS}. */
export function wantedPoints(backends: readonly Pick<Backend, 'weight'>[], pointsPerWeight: number): number {
  return pointsPerWeight * backends.reduce((total, { weight }) => total + weight, 0);
}

function entriesOf(backends: readonly Backend[], pointsPerWeight: number): Float64Array {
  const wanted = wantedPoints(backends, pointsPerWeight);
  const perWeight = pointsPerWeight * Math.min(1, MAX_POINTS / wanted);
  const counts = backends.map(({ weight }) => Math.max(1, Math.floor(weight * perWeight)));
  const entries = new Float64Array(counts.reduce((total, count) => total + count, 0));
  let filled = 0;
  for (const [place, { url }] of backends.entries())
    for (const point of pointsOf(url, counts[place] ?? 1)) entries[filled++] = point * PLACES + place;
  return entries;
}

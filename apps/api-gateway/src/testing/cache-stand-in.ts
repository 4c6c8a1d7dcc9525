import { TtlCache } from '@balanza/ttl-cache';
import { StandIn, type Received } from './stand-in.js';

/** A stand-in for the cache app that keeps to its contract, and whose content a test can see and set. */
export interface CacheStandIn {
  readonly standIn: StandIn;
  readonly content: TtlCache;
}

const PATH = /^\/cache\/(?<key>[^?]+)(?<stale>\?stale=true)?$/;

/** Starts an empty one on a free port. */
export async function startCache(): Promise<CacheStandIn> {
  const content = new TtlCache();
  const standIn = await StandIn.start((response, received) => {
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(reply(content, received)));
  });
  return { standIn, content };
}

function reply(content: TtlCache, { method, path = '', body }: Received): unknown {
  const { key: encoded = '', stale } = PATH.exec(path)?.groups ?? {};
  const key = decodeURIComponent(encoded);
  if (method === 'POST') {
    const { value, ttl } = JSON.parse(body) as { value: unknown; ttl: number };
    content.set(key, value, ttl);
    return { status: 'ok', ttl };
  }
  const live = content.get(key);
  if (live !== undefined) return { value: live.value, cached: true };
  const old = stale === undefined ? undefined : content.getStale(key);
  return old === undefined
    ? { value: null, cached: false }
    : { value: old.value, cached: false, stale: true };
}

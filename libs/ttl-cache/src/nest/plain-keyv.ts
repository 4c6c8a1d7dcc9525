import { Keyv, type KeyvStoreAdapter } from 'keyv';

/**
 * A Keyv that hands keys and values to `store` as they are: no `keyv:` in front of the key, no JSON text, and an
 * error of the store rejects instead of being swallowed or thrown out of an event.
 */
export function plainKeyv(store: KeyvStoreAdapter): Keyv {
  const keyv = new Keyv({ store, useKeyPrefix: false, emitErrors: false, throwOnErrors: true });
  keyv.serialize = undefined;
  keyv.deserialize = undefined;
  return keyv;
}

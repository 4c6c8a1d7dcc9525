import { parseHashKey, type HashKey, type RequestView } from '@balanza/balancing';
import { clientAddress } from './client-address.js';
import type { DataPlane } from './data-plane.js';
import type { Exchange } from './exchange.js';

/** Reads what strategies that hash do hash, from the request whose head was scanned last. */
export class KeyReader implements RequestView {
  readonly #plane: Pick<DataPlane, 'scanner' | 'isTrusted'>;
  readonly #key: HashKey;
  #peer = '';
  #target = '';

  /**
   * @param text as `parseHashKey` reads it
   * @throws RangeError for any other
   */
  constructor(text: string, plane: Pick<DataPlane, 'scanner' | 'isTrusted'>) {
    this.#plane = plane;
    this.#key = parseHashKey(text);
  }

  keyOf({ client, target }: Pick<Exchange, 'client' | 'target'>): string {
    this.#peer = client.address;
    this.#target = target;
    return this.#key(this);
  }

  get address(): string {
    return clientAddress(this.#peer, this.#plane);
  }

  get target(): string {
    return this.#target;
  }

  header(name: string): string | undefined {
    return this.#plane.scanner.valueNamed(name.toLowerCase());
  }
}

import { parseHashKey, type HashKey, type RequestView } from '@balanza/balancing';
import { FIELD } from '../message/field-names.js';
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

  /** The client's, as the last proxy that is trusted has seen it: what comes before that, anybody can write. */
  get address(): string {
    const { isTrusted, scanner } = this.#plane;
    if (!isTrusted(this.#peer)) return this.#peer;
    const hops = scanner.valueOf(FIELD['x-forwarded-for'])?.split(',') ?? [];
    let address = this.#peer;
    for (let hop = hops.pop(); hop !== undefined && isTrusted(address); hop = hops.pop())
      address = hop.trim();
    return address;
  }

  get target(): string {
    return this.#target;
  }

  header(name: string): string | undefined {
    return this.#plane.scanner.valueNamed(name.toLowerCase());
  }
}

import { createHmac, timingSafeEqual } from 'node:crypto';
import { FIELD } from '../message/field-names.js';
import type { HeadScanner } from '../message/head-scanner.js';
import type { ProxiedBackend } from '../proxied-backend.js';
import type { StickyPolicy } from './policy.js';

/** Bytes of the part by which a backend is found; the part behind it says that it was given out here. */
const NAME_BYTES = 9;
/** What each key is for, so that neither can stand for the other. */
const NAME = 'backend';
const SIGNATURE = 'signature';

/** What is given out for one backend. */
interface StickyCookie {
  readonly backend: ProxiedBackend;
  readonly signature: Buffer;
  /** The whole `Set-Cookie` line. */
  readonly line: string;
}

/**
 * Cookies that keep a client at one backend: `name.signature`, both made of the backend's URL by HMAC-SHA256 (RFC 2104). They
 * tell nobody an address, and nobody can make one up. They are the same after a restart, and on every balancer with this
 * secret.
 */
export class StickyCookies {
  readonly #cookie: string;
  readonly #byName: ReadonlyMap<string, StickyCookie>;

  constructor(policy: StickyPolicy, backends: readonly ProxiedBackend[]) {
    this.#cookie = policy.cookie;
    this.#byName = new Map(backends.map((backend) => cookieOf(backend, policy)));
  }

  /** The backend that the request's cookie names; undefined without a cookie that was given out here. */
  backendOf(head: Pick<HeadScanner, 'has' | 'valueOf'>): ProxiedBackend | undefined {
    if (!head.has(FIELD.cookie)) return undefined;
    for (const pair of (head.valueOf(FIELD.cookie) ?? '').split(/[;,]/)) {
      const [name = '', value = ''] = pair.trim().split('=', 2);
      const backend = name === this.#cookie ? this.#verify(value) : undefined;
      if (backend !== undefined) return backend;
    }
    return undefined;
  }

  /** The `Set-Cookie` line that keeps a client at `backend`. */
  lineFor(backend: ProxiedBackend): string {
    for (const cookie of this.#byName.values()) if (cookie.backend === backend) return cookie.line;
    return '';
  }

  #verify(value: string): ProxiedBackend | undefined {
    const [name = '', given = ''] = value.split('.', 2);
    const cookie = this.#byName.get(name);
    if (cookie === undefined) return undefined;
    const signature = Buffer.from(given, 'base64url');
    if (signature.length !== cookie.signature.length) return undefined;
    return timingSafeEqual(signature, cookie.signature) ? cookie.backend : undefined;
  }
}

function cookieOf(backend: ProxiedBackend, policy: StickyPolicy): [string, StickyCookie] {
  const { cookie, secret, maxAgeSeconds, secure } = policy;
  const hmac = (use: string) =>
    createHmac('sha256', secret).update(`${use} ${cookie} ${backend.url}`).digest();
  const name = hmac(NAME).subarray(0, NAME_BYTES).toString('base64url');
  const signature = hmac(SIGNATURE);
  const attributes = [
    `${cookie}=${name}.${signature.toString('base64url')}`,
    'Path=/',
    ...(maxAgeSeconds > 0 ? [`Max-Age=${maxAgeSeconds}`] : []),
    'HttpOnly',
    'SameSite=Lax',
    ...(secure ? ['Secure'] : []),
  ];
  return [name, { backend, signature, line: `Set-Cookie: ${attributes.join('; ')}\r\n` }];
}

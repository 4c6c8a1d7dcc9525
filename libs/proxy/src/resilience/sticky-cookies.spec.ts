import { describe, expect, it } from 'vitest';
import { FIELD } from '../message/field-names.js';
import { ProxiedBackend } from '../proxied-backend.js';
import { StickyCookies } from './sticky-cookies.js';

const POLICY = { cookie: 'stick', secret: 's'.repeat(32), maxAgeSeconds: 0, secure: false };
const [a, b] = [
  new ProxiedBackend({ url: 'http://a:1', weight: 1 }),
  new ProxiedBackend({ url: 'http://b:1', weight: 1 }),
];

const cookies = new StickyCookies(POLICY, [a, b]);
const valueIn = (line: string) => /^Set-Cookie: stick=([^;]*)/.exec(line)?.[1] ?? '';
const valueOf = (backend: ProxiedBackend) => valueIn(cookies.lineFor(backend));
const head = (value: string | undefined) => ({
  has: (field: number) => field === FIELD.cookie && value !== undefined,
  valueOf: () => value,
});

describe('StickyCookies', () => {
  it('names a backend without telling its address', () => {
    const line = cookies.lineFor(a);
    expect(line).toMatch(/^Set-Cookie: stick=[\w-]{12}\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax\r\n$/);
    const inside = Buffer.from(valueOf(a).replace('.', ''), 'base64url').toString('latin1');
    expect(inside).not.toContain('a:1');
    const other = new StickyCookies({ ...POLICY, maxAgeSeconds: 60, secure: true }, [a]);
    expect(other.lineFor(a)).toBe(
      line.replace('; HttpOnly; SameSite=Lax', '; Max-Age=60; HttpOnly; SameSite=Lax; Secure'),
    );
  });

  it('finds the backend again, among other cookies, and after a restart', () => {
    expect(cookies.backendOf(head(`stick=${valueOf(b)}`))).toBe(b);
    const again = new StickyCookies(POLICY, [b, a]);
    expect(again.backendOf(head(`x=1; stick=${valueOf(a)}; y=2`))).toBe(a);
    // A client may send more than one field.
    expect(again.backendOf(head(`x=1, stick=${valueOf(a)}`))).toBe(a);
  });

  it.each([
    ['none', undefined],
    ['an empty one', 'stick='],
    ['another one', `other=${valueOf(a)}`],
    ['the signature of another backend', `stick=${valueOf(a).split('.')[0]}.${valueOf(b).split('.')[1]}`],
    ['no signature', `stick=${valueOf(a).split('.')[0]}`],
    ['half a signature', `stick=${valueOf(a).slice(0, -20)}`],
    ['a made-up one', `stick=${'A'.repeat(12)}.${'A'.repeat(43)}`],
    [
      'one with another secret',
      `stick=${valueIn(new StickyCookies({ ...POLICY, secret: 'x'.repeat(32) }, [a]).lineFor(a))}`,
    ],
    [
      'one of another name',
      `stick=${/other=([^;]*)/.exec(new StickyCookies({ ...POLICY, cookie: 'other' }, [a]).lineFor(a))?.[1]}`,
    ],
  ])('believes in no cookie but its own: %s', (_what, value) => {
    expect(cookies.backendOf(head(value))).toBeUndefined();
  });

  it('knows nobody who is not there', () => {
    expect(new StickyCookies(POLICY, [b]).backendOf(head(`stick=${valueOf(a)}`))).toBeUndefined();
  });
});

/**
 * Fields that mean something to a proxy, by number; everything else is 0 and goes through as it came. Those in
 * camel case are kinds of names rather than names, as is `claim`.
 */
export const FIELD = {
  other: 0,
  host: 1,
  connection: 2,
  'content-length': 3,
  'transfer-encoding': 4,
  expect: 5,
  upgrade: 6,
  te: 7,
  'keep-alive': 8,
  'proxy-connection': 9,
  'proxy-authenticate': 10,
  'proxy-authorization': 11,
  'x-forwarded-for': 12,
  'x-forwarded-proto': 13,
  'x-forwarded-host': 14,
  forwarded: 15,
  via: 16,
  'x-request-id': 17,
  date: 18,
  'http2-settings': 19,
  'endpoint-load-metrics': 20,
  cookie: 23,
  'proxy-status': 24,
  /** On an answer: nothing was done with the request, so another backend may be asked. */
  'x-balanza-refused': 25,
  'max-forwards': 26,
  /** What clients write to be taken for others: {@link CLAIMS}. */
  claim: 27,
  /** `X-Forwarded-Port`, `-Prefix` and whatever else hops say of a request in this family. */
  otherForwarded: 21,
  /** A known name with `_` for `-`: the same name to CGI and its heirs, which read both as `CONTENT_LENGTH`. */
  disguised: 22,
} as const;

interface Name {
  readonly bytes: Uint8Array;
  readonly field: number;
}

/**
 * Fields beside `Forwarded` and `X-Forwarded-*` in which proxies and content delivery networks say where a request comes from, and
 * which libraries take for true (npm's request-ip, django-ipware, Rack, ASP.NET Core).
 */
export const CLAIMS: readonly string[] = [
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-pseudo-ipv4',
  'client-ip',
  'do-connecting-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'forwarded-for',
  'front-end-https',
  'proxy-client-ip',
  'true-client-ip',
  'wl-proxy-client-ip',
  'x-appengine-user-ip',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'x-forwarded',
  'x-original-for',
  'x-original-forwarded-for',
  'x-original-host',
  'x-original-proto',
  'x-originating-ip',
  'x-real-ip',
  'x-remote-addr',
  'x-remote-ip',
  'x-scheme',
  'x-url-scheme',
];

/** The known names by their length, so that most names are told apart by that alone. */
const BY_LENGTH: (readonly Name[] | undefined)[] = [];
const KINDS = new Set<number>([FIELD.other, FIELD.claim, FIELD.otherForwarded, FIELD.disguised]);
const NAMES = Object.entries(FIELD).filter(([, field]) => !KINDS.has(field));
for (const [name, field] of [...NAMES, ...CLAIMS.map((claim) => [claim, FIELD.claim] as const)])
  BY_LENGTH[name.length] = [...(BY_LENGTH[name.length] ?? []), { bytes: Buffer.from(name), field }];

/** Setting this bit makes a capital letter small, and leaves `-` and digits as they are. */
const SMALL = 0x20;
const HYPHEN = 0x2d;
const X = 0x78;
const UNDERSCORE = 0x5f | SMALL;
const FORWARDED_FAMILY: Name = { bytes: Buffer.from('x-forwarded-'), field: FIELD.otherForwarded };

/** Which known field is named by `bytes[start..end)`; names are case-insensitive (RFC 9110 §5.1). */
export function fieldNamed(bytes: Uint8Array, start: number, end: number): number {
  const candidates = BY_LENGTH[end - start];
  if (candidates !== undefined) {
    const first = (bytes[start] as number) | SMALL;
    for (const candidate of candidates) {
      // Most names are another's already in their first letter.
      if (candidate.bytes[0] !== first) continue;
      const field = compare(bytes, start, candidate);
      if (field !== FIELD.other) return field;
    }
  }
  const mayBeOfFamily =
    ((bytes[start] as number) | SMALL) === X && end - start > FORWARDED_FAMILY.bytes.length;
  return mayBeOfFamily && compare(bytes, start, FORWARDED_FAMILY) !== FIELD.other
    ? FIELD.otherForwarded
    : FIELD.other;
}

/** What `bytes` has from `start` on: the name, the name in disguise, or something else. */
function compare(bytes: Uint8Array, start: number, { bytes: name, field }: Name): number {
  let found = field;
  for (let i = 0; i < name.length; i++) {
    const byte = (bytes[start + i] as number) | SMALL;
    if (byte === name[i]) continue;
    if (byte !== UNDERSCORE || name[i] !== HYPHEN) return FIELD.other;
    found = FIELD.disguised;
  }
  return found;
}

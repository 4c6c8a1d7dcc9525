import { COLON } from './characters.js';

/** Fields that mean something to a proxy, by number; everything else is 0 and goes through as it came. */
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
  traceparent: 18,
  'http2-settings': 19,
  'endpoint-load-metrics': 20,
} as const;

interface Name {
  readonly bytes: Uint8Array;
  readonly field: number;
}

/** The known names by their length, so that most names are told apart by that alone. */
const BY_LENGTH: (readonly Name[] | undefined)[] = [];
for (const [name, field] of Object.entries(FIELD)) {
  if (field === FIELD.other) continue;
  BY_LENGTH[name.length] = [...(BY_LENGTH[name.length] ?? []), { bytes: Buffer.from(name), field }];
}

/** Setting this bit makes a capital letter small, and leaves `-` and digits as they are. */
const SMALL = 0x20;

/** Which known field is named by `bytes[start..end)`; names are case-insensitive (RFC 9110 §5.1). */
export function fieldNamed(bytes: Uint8Array, start: number, end: number): number {
  const candidates = BY_LENGTH[end - start];
  if (candidates === undefined) return FIELD.other;
  next: for (const { bytes: name, field } of candidates) {
    for (let i = 0; i < name.length; i++) {
      if (((bytes[start + i] ?? COLON) | SMALL) !== name[i]) continue next;
    }
    return field;
  }
  return FIELD.other;
}

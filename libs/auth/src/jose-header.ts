import { z } from 'zod';

/**
 * The only JOSE header that is taken. jsonwebtoken ignores what these members say, so they are read here:
 * `crit` lists extensions that must be understood, and none is (RFC 7515 §4.1.11); `b64: false` signs another
 * input than the one that is verified (RFC 7797 §3).
 */
const joseHeader = z.looseObject({
  alg: z.literal('HS256'),
  crit: z.undefined().optional(),
  b64: z.literal(true).optional(),
});

/** Whether the token's header is one whose rules this verifier follows; says nothing of the signature. */
export function hasKnownHeader(token: string): boolean {
  const [encoded = ''] = token.split('.', 1);
  try {
    return joseHeader.safeParse(JSON.parse(Buffer.from(encoded, 'base64url').toString())).success;
  } catch {
    return false;
  }
}

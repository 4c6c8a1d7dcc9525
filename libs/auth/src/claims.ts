import { z } from 'zod';

/** NumericDate of RFC 7519 §2. JSON's `1e400` would parse to Infinity and never expire; `z.number()` refuses that. */
const numericDate = z.number();

/** What a token says of its bearer (RFC 7519 §4.1), plus whatever else its maker put in. */
export const claims = z.looseObject({
  sub: z.string().optional(),
  exp: numericDate.optional(),
  nbf: numericDate.optional(),
  iat: numericDate.optional(),
});
export type Claims = z.infer<typeof claims>;

/** Longest token that is looked at, in bytes; a header may have more. */
export const MAX_TOKEN_BYTES = 8_192;

/** RFC 9110 §11.1: the scheme's name in any case, then one or more spaces. */
const BEARER = /^bearer +(?<token>[^ ]+)$/i;
const BARE = /^[^ ]+$/;

/** The token in an `Authorization` header, as `Bearer <token>` or bare; undefined when it can be neither. */
export function tokenIn(authorization: string): string | undefined {
  const token = BEARER.exec(authorization)?.groups?.['token'] ?? BARE.exec(authorization)?.[0];
  return token !== undefined && token.length <= MAX_TOKEN_BYTES ? token : undefined;
}

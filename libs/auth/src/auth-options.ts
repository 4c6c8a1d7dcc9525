/** The status of both auth errors: 403 as the contract has it, or 401 for clients that follow RFC 6750. */
export type AuthFailureStatus = 401 | 403;

/** How tokens are checked, and what becomes of a request without a valid one. */
export interface AuthOptions {
  /** Key of HMAC SHA-256, shared by whoever mints tokens and whoever checks them. */
  readonly secret: string;
  readonly failureStatus?: AuthFailureStatus | undefined;
  /** Whether a token without `exp` is refused. */
  readonly requireExpiry?: boolean | undefined;
}

/** Injection token of {@link AuthOptions}. */
export const AUTH_OPTIONS = Symbol('AUTH_OPTIONS');

import { ContractException } from '@balanza/runtime';
import type { AuthFailureStatus } from './auth-options.js';

const CHALLENGE = 'Bearer realm="balanza"';

/** No token was shown. RFC 6750 §3.1: then the challenge names no error. */
export class MissingTokenException extends ContractException {
  constructor(status: AuthFailureStatus) {
    super(status, 'Missing token', { headers: { 'www-authenticate': CHALLENGE } });
  }
}

/** What was shown is not a valid token; why not is nobody's business. */
export class InvalidTokenException extends ContractException {
  constructor(status: AuthFailureStatus) {
    super(status, 'Invalid token', {
      headers: { 'www-authenticate': `${CHALLENGE}, error="invalid_token"` },
    });
  }
}

/** A valid token that does not allow this. RFC 6750 §3.1: always 403, and the challenge names the scope that would. */
export class InsufficientScopeException extends ContractException {
  constructor(scope: string) {
    super(403, `The token does not have the scope ${scope}; ask for one that does`, {
      headers: { 'www-authenticate': `${CHALLENGE}, error="insufficient_scope", scope="${scope}"` },
    });
  }
}

import type { ErrorDetail } from '@balanza/contracts';
import { HttpException } from '@nestjs/common';
import { proxyStatus } from './proxy-status.js';

/** The configuration cannot be used; the message names each variable, its value and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * An error with the body that the contract gives every error. Those below have names that Nest's own exceptions do not
 * have, whose bodies are others.
 */
export class ContractException extends HttpException {
  /** @param error a sentence a person can act on */
  constructor(
    status: number,
    error: string,
    readonly extra: {
      readonly details?: readonly ErrorDetail[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super({ error, ...(extra.details === undefined ? {} : { details: extra.details }) }, status);
  }
}

/** 400: the request has invalid fields. */
export class InvalidRequestException extends ContractException {
  constructor(details: readonly ErrorDetail[]) {
    const [first] = details;
    const where = first === undefined ? '' : `: ${[first.field, first.message].filter(Boolean).join(' ')}`;
    super(400, `The request is not valid${where}`, { details });
  }

  /** The same for fields of what is called `name` itself. */
  within(name: string): InvalidRequestException {
    const { details = [] } = this.extra;
    return new InvalidRequestException(
      details.map(({ field, message }) => ({ field: [name, field].filter(Boolean).join('.'), message })),
    );
  }
}

/** 404: no such thing. */
export class ResourceNotFoundException extends ContractException {
  constructor(error: string) {
    super(404, error);
  }
}

/** 502: the process behind this one broke. */
export class UpstreamBrokenException extends ContractException {
  /** @param type of RFC 9209 §2.3 */
  constructor(error: string, type = 'http_protocol_error') {
    super(502, error, { headers: proxyStatus(`error=${type}`) });
  }
}

/** 503 with `Retry-After`: nobody can serve the request now. */
export class UnavailableException extends ContractException {
  constructor(error: string, retryAfterSeconds = 1) {
    super(503, error, { headers: { 'retry-after': String(retryAfterSeconds) } });
  }
}

/** 503 with `Retry-After`: the process behind this one cannot be reached. */
export class UpstreamUnavailableException extends ContractException {
  constructor(error: string, retryAfterSeconds = 1) {
    const retryAfter = { 'retry-after': String(retryAfterSeconds) };
    super(503, error, { headers: { ...retryAfter, ...proxyStatus('error=destination_unavailable') } });
  }
}

/** 504: the process behind this one is too slow. */
export class UpstreamTimeoutException extends ContractException {
  constructor(error: string) {
    super(504, error, { headers: proxyStatus('error=http_response_timeout') });
  }
}

/** What a key may be made of. */
export interface RequestView {
  /** The client's address, without its port. */
  readonly address: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** The value of a header field, whatever the case of its name; several are joined as HTTP says. */
  header(name: string): string | undefined;
}

/** What strategies that hash do hash of a request: requests with the same key belong to the same backend. */
export type HashKey = (request: RequestView) => string;

/** The client's address. */
export const addressKey: HashKey = ({ address }) => address;

/** Path and query. */
export const uriKey: HashKey = ({ target }) => target;

/** The value of a header field; the client's address for requests without it or with an empty one. */
export function headerKey(name: string): HashKey {
  return (request) => request.header(name) || request.address;
}

/** The value of a cookie; the client's address for requests without it or with an empty one. */
export function cookieKey(name: string): HashKey {
  return (request) => valueOfCookie(request.header('cookie') ?? '', name) || request.address;
}

/**
 * The key that a configuration names: `address`, `uri`, `header <name>` or `cookie <name>`.
 *
 * @throws RangeError for anything else
 */
export function parseHashKey(text: string): HashKey {
  // A name is a token of RFC 9110, section 5.6.2.
  const [, kind, name] = /^(address|uri|header|cookie)(?: ([\w!#$%&'*+.^`|~-]+))?$/.exec(text) ?? [];
  if (kind === 'address' && name === undefined) return addressKey;
  if (kind === 'uri' && name === undefined) return uriKey;
  if (kind === 'header' && name !== undefined) return headerKey(name);
  if (kind === 'cookie' && name !== undefined) return cookieKey(name);
  throw new RangeError(`"${text}" is no hash key: it must be address, uri, header <name> or cookie <name>`);
}

/** The first cookie of this name, as in RFC 6265, section 4.2. */
function valueOfCookie(cookies: string, name: string): string | undefined {
  for (const pair of cookies.split(';')) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

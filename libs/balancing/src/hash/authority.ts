const SCHEME = /^[a-z][a-z\d+.-]*:\/\//i;
const HOST_AND_PORT = /^(.*?)(?::(\d*))?$/;

/**
 * Host and port of a backend's URL as written, such as `127.0.0.1:5001`: what it is hashed by, so that hashes equal
 * others'.
 */
export function authorityOf(url: string): string {
  const [authority = ''] = url.replace(SCHEME, '').split('/', 1);
  return authority;
}

/** An authority in its two parts; the port is empty where there is none. */
export function hostAndPort(authority: string): { readonly host: string; readonly port: string } {
  const [, host = '', port = ''] = HOST_AND_PORT.exec(authority) ?? [];
  return { host, port };
}

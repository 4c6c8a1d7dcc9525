/** The field that makes what is passed on predictable to the last byte. */
const ID = 'X-Request-Id: r1\r\n';

/** A request of a client, such as `request('GET /')`. @param fields whole lines */
export function request(start: string, fields = '', body = ''): string {
  return `${start} HTTP/1.1\r\nHost: a\r\n${ID}${fields}\r\n${body}`;
}

/** What a backend gets of {@link request}: the same, with where it came from. */
export function forwarded(start: string, fields = '', body = ''): string {
  return (
    `${start} HTTP/1.1\r\nHost: a\r\n${fields}X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n` +
    `X-Forwarded-Host: a\r\nForwarded: for=127.0.0.1;host="a";proto=http\r\nVia: 1.1 balanza\r\n${ID}\r\n${body}`
  );
}

/** A backend's answer. @param fields whole lines */
export function ok(body: string, fields = ''): string {
  return `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** What the clock of a proxy under test always says. */
export const DATE = 'Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n';

/** What a client gets of a backend's answer to {@link request}. @param connection the `Connection` line, if there is one */
export function relayed(answer: string, connection = ''): string {
  const headEnd = answer.indexOf('\r\n\r\n') + 2;
  const head = answer.slice(0, headEnd);
  const date = /^HTTP\/1.1 1|^Date:/im.test(head) ? '' : DATE;
  const failure = /^HTTP\/1.1 ([5-9]\d\d)/.exec(answer)?.[1];
  const blame = failure === undefined ? '' : `Proxy-Status: balanza; received-status=${failure}\r\n`;
  return `${head}Via: 1.1 balanza\r\n${ID}${date}${blame}${connection}${answer.slice(headEnd)}`;
}

/** An error that the proxy answers {@link request} with. */
export function refused(status: string, error: string, fields = '', connection = ''): string {
  const body = JSON.stringify({ error, request_id: 'r1' });
  return (
    `HTTP/1.1 ${status}\r\n${DATE}Content-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}\r\n` +
    `${ID}${fields}${connection}\r\n${body}`
  );
}

export const CLOSE = 'Connection: close\r\n';
export const BAD_GATEWAY = refused(
  '502 Bad Gateway',
  'The backend could not be reached or broke off before it answered; try again',
  'Proxy-Status: balanza; error=http_response_incomplete\r\n',
);
export const UNAVAILABLE = refused(
  '503 Service Unavailable',
  'No backend is able to answer now; try again in a second',
  'Retry-After: 1\r\nProxy-Status: balanza; error=destination_unavailable\r\n',
);
export const OVERLOADED = refused(
  '503 Service Unavailable',
  'Every backend has all the requests it may have; try again in a second',
  'Retry-After: 1\r\nProxy-Status: balanza; error=connection_limit_reached\r\n',
);
export const GATEWAY_TIMEOUT = refused(
  '504 Gateway Timeout',
  'The backend did not answer in time; try again later',
  'Proxy-Status: balanza; error=http_response_timeout\r\n',
);
export const REQUEST_TIMEOUT = refused(
  '408 Request Timeout',
  'The request did not arrive in time; send it whole and without pauses',
  '',
  CLOSE,
);

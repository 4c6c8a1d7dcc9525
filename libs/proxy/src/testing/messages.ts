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
/** 502 for a type of RFC 9209. */
export const badGateway = (error: string, sentence: string) =>
  refused('502 Bad Gateway', sentence, `Proxy-Status: balanza; error=${error}\r\n`);
export const BAD_GATEWAY = badGateway(
  'connection_terminated',
  'The backend closed the connection before it responded; try again',
);
export const INCOMPLETE_RESPONSE = badGateway(
  'http_response_incomplete',
  'The backend broke off in the middle of its response; try again',
);
export const PROTOCOL_ERROR = badGateway(
  'http_protocol_error',
  "The backend's response is not valid HTTP/1.1; the balancer's log says what is wrong with it",
);
export const HEAD_TOO_LARGE = badGateway(
  'http_response_header_section_size',
  "The head of the backend's response is larger than the balancer takes; the balancer's log has the limit",
);
/** 503 for a type of RFC 9209. */
export const unavailableFor = (error: string) =>
  refused(
    '503 Service Unavailable',
    'No backend is able to answer now; try again in a second',
    `Retry-After: 1\r\nProxy-Status: balanza; error=${error}\r\n`,
  );
export const UNAVAILABLE = unavailableFor('destination_unavailable');
/** The one backend that was asked does not listen. */
export const REFUSED_CONNECTION = unavailableFor('connection_refused');
export const OVERLOADED = refused(
  '503 Service Unavailable',
  'Every backend has all the requests it may have; try again in a second',
  'Retry-After: 1\r\nProxy-Status: balanza; error=connection_limit_reached\r\n',
);
/** 504 for a type of RFC 9209. */
export const gatewayTimeout = (error: string) =>
  refused(
    '504 Gateway Timeout',
    'The backend did not answer in time; try again later',
    `Proxy-Status: balanza; error=${error}\r\n`,
  );
export const GATEWAY_TIMEOUT = gatewayTimeout('http_response_timeout');
export const REQUEST_TIMEOUT = refused(
  '408 Request Timeout',
  'The request did not arrive in time; send it whole and without pauses',
  '',
  CLOSE,
);

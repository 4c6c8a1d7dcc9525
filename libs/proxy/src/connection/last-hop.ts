import { latin1, type HeadScanner } from '../message/head-scanner.js';
import type { RequestHead } from '../message/request-head.js';
import { noOptions, traced, type ProxyAnswer } from '../proxy-answer.js';

/** Names of fields that hold a secret, or may. */
const SECRET = /auth|cookie|credential|key|password|secret|session|signature|token/i;

/**
 * What the proxy answers to a request that goes no further: an OPTIONS or a TRACE with `Max-Forwards: 0` (RFC 9110 §7.6.2), or
 * `OPTIONS *`, which has no address to which a client could be sent.
 *
 * @param redirects clients are sent to the backends
 * @returns undefined for any other
 */
export function answerAtLastHop(
  { maxForwards, method, target }: RequestHead,
  head: HeadScanner,
  redirects: boolean,
): ProxyAnswer | undefined {
  if (maxForwards === 0) return method.name === 'TRACE' ? traced(withoutSecrets(head)) : noOptions();
  return redirects && target === '*' ? noOptions() : undefined;
}

/** The head as it came, without fields that may hold secrets: a script that can have a TRACE sent could read them in the response (RFC 9110 §9.3.8). */
function withoutSecrets(head: HeadScanner): string {
  const lines = [latin1(head.bytes, head.start, head.startLineEnd)];
  for (let index = 0; index < head.count; index++) {
    const name = latin1(head.bytes, head.nameStart[index] ?? 0, head.nameEnd[index] ?? 0);
    if (!SECRET.test(name)) lines.push(`${name}: ${head.value(index)}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

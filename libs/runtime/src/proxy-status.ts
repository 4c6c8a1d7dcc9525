/** What this system calls itself to others, as in `Via`. */
const NAME = 'balanza';

/**
 * The field by which an error says that it comes from a process behind this one, so that a balancer in front does not take this one for
 * broken.
 *
 * @param what `error=…` with a type of RFC 9209 §2.3, or `received-status=…` for an answer that is handed on
 * @param before what the answer that is handed on had in this field
 * @see https://www.rfc-editor.org/rfc/rfc9209
 */
export function proxyStatus(what: string, before?: string | string[]): Readonly<Record<string, string>> {
  const earlier = before === undefined ? [] : [before].flat();
  return { 'proxy-status': [...earlier, `${NAME}; ${what}`].join(', ') };
}

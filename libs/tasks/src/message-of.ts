/** Longest text that is made of what was thrown, in UTF-16 units. */
const MAX_LENGTH = 10_000;

/**
 * What was thrown, in words. Handlers throw anything, so this never throws itself, whatever getters, `toJSON` or traps of a
 * Proxy do, and returns from 1 to {@link MAX_LENGTH} well-formed units. Never a stack trace: clients read it.
 */
export function messageOf(thrown: unknown): string {
  return readable(thrown, textOf);
}

function readable(thrown: unknown, read: (value: unknown) => string): string {
  try {
    const text = read(thrown).slice(0, MAX_LENGTH).toWellFormed();
    if (text !== '') return text;
  } catch {
    // Reading it throws.
  }
  return `A value without text was thrown (${thrown === '' ? 'an empty text' : typeof thrown})`;
}

function textOf(thrown: unknown): string {
  const own = ownTextOf(thrown);
  if (own !== '' || !(thrown instanceof Error)) return own;
  // Node gives an error without a message when it tried several addresses of one host. One level: errors may be circular.
  const causes = thrown instanceof AggregateError ? thrown.errors : [];
  if (causes.length === 0) return `${thrown.name} without a message`;
  return causes.map((cause) => readable(cause, ownTextOf)).join('; ');
}

/** Empty where there is nothing to read in it. */
function ownTextOf(thrown: unknown): string {
  if (Object(thrown) !== thrown) return String(thrown);
  const { message } = thrown as { readonly message?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  const json = JSON.stringify(thrown instanceof Error ? message : thrown) ?? '';
  return json === '{}' || json === '""' ? '' : json;
}

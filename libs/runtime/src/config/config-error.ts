/** The configuration cannot be used; the message names each variable, its value and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** What never goes through a proxy, as `NO_PROXY` names it. */
const LOOPBACK = ['localhost', '127.0.0.1', '::1', '[::1]'];

/** Both spellings are known to Node, curl and npm, and one that is set wins over the other. */
const NAMES = ['no_proxy', 'NO_PROXY'];

/**
 * The variables with which Node reaches loopback directly, also where `NODE_USE_ENV_PROXY` has it use the proxy that `http_proxy`
 * names: no proxy elsewhere can reach what runs here.
 *
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Record<string, string>}
 */
export function directLoopback(environment) {
  const own = NAMES.map((name) => environment[name]?.trim()).find((value) => value) ?? '';
  const listed = own.split(/[\s,]+/).filter((entry) => entry !== '');
  const value = [...new Set([...listed, ...LOOPBACK])].join(',');
  return Object.fromEntries(NAMES.map((name) => [name, value]));
}

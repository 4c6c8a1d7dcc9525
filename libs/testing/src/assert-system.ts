/** Names of systems as people know them. */
const NAMES: Partial<Record<NodeJS.Platform, string>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };

/**
 * Refuses to run a program of this repository on a system that lacks what it needs, before it does anything.
 *
 * @param program as it is called, such as `npx nx soak proxy`
 * @param needs what it needs, and the systems that have it
 * @param platform as in `process.platform`
 * @throws Error with a sentence that says what is missing, and where it runs
 */
export function assertSystem(
  program: string,
  needs: { readonly what: string; readonly systems: readonly NodeJS.Platform[] },
  platform: NodeJS.Platform = process.platform,
): void {
  if (needs.systems.includes(platform)) return;
  const name = (system: NodeJS.Platform) => NAMES[system] ?? system;
  throw new Error(
    `${program} does not run on ${name(platform)}, as it needs ${needs.what}: run it on ${needs.systems.map(name).join(' or ')}` +
      `${platform === 'win32' ? ', such as in WSL' : ''}.`,
  );
}

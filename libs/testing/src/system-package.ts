/**
 * Whether tests that need a program of the system can run: what `skipIf` negates. A user's machine need not have it, so that
 * they are skipped there; in CI (`CI=true`) a test that is skipped would be taken for one that passes.
 *
 * @param name of the Debian package, such as `nginx`
 * @returns `isInstalled`
 * @throws Error in CI, when it is not installed
 */
export function systemPackage(name: string, isInstalled: boolean): boolean {
  if (!isInstalled && process.env['CI'] === 'true')
    throw new Error(`${name} is not installed, and CI=true lets no test be skipped: apt-get install ${name}`);
  return isInstalled;
}

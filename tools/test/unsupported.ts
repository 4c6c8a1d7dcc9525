/** Steps whose tests send signals and run programs that Windows does not have. */
const POSIX_STEPS = new Set(['unit', 'e2e']);

/**
 * Why these steps of `npm test` do not run on a system; `undefined` where they do.
 *
 * @param platform as in `process.platform`
 * @param steps their names
 */
export function reasonNotRun(platform: NodeJS.Platform, steps: readonly string[]): string | undefined {
  if (platform !== 'win32' || !steps.some((step) => POSIX_STEPS.has(step))) return undefined;
  return (
    'Tests send signals and run programs that Windows does not have: run npm test in WSL. Here, npm start, npm run stop and ' +
    'npm run token work, and: npm test -- format build types lint'
  );
}

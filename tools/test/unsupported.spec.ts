import { expect, it } from 'vitest';
import { reasonNotRun } from './unsupported.ts';

it.each([
  ['linux', ['unit', 'e2e'], undefined],
  ['darwin', ['unit', 'e2e'], undefined],
  ['win32', ['format', 'build', 'types', 'lint'], undefined],
  ['win32', ['types', 'unit'], expect.stringContaining('run npm test in WSL')],
  ['win32', ['e2e'], expect.stringContaining('npm test -- format build types lint')],
] as const)('on %s, the steps %j', (platform, steps, reason) => {
  expect(reasonNotRun(platform, steps)).toEqual(reason);
});

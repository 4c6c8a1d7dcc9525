import { afterEach, expect, it, vi } from 'vitest';
import { systemPackage } from './system-package.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('a package that is missing skips tests on a machine of a user, and fails them in CI', () => {
  vi.stubEnv('CI', '');
  expect([systemPackage('nginx', true), systemPackage('nginx', false)]).toEqual([true, false]);
  vi.stubEnv('CI', 'true');
  expect(systemPackage('nginx', true)).toBe(true);
  expect(() => systemPackage('nginx', false)).toThrow(
    'nginx is not installed, and CI=true lets no test be skipped: apt-get install nginx',
  );
});

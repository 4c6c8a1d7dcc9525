import { expect, it } from 'vitest';
import { assertSystem } from './assert-system.js';

const PROC = { what: '/proc', systems: ['linux'] } as const;
const SIGNALS = { what: 'SIGSTOP', systems: ['linux', 'darwin'] } as const;

it('a program runs where the system has what it needs', () => {
  expect(assertSystem('npx nx soak proxy', PROC, 'linux')).toBeUndefined();
  expect(assertSystem('npx nx resilience', SIGNALS, 'darwin')).toBeUndefined();
});

it('elsewhere it says what is missing, and where it runs', () => {
  expect(() => assertSystem('npx nx soak proxy', PROC, 'darwin')).toThrow(
    'npx nx soak proxy does not run on macOS, as it needs /proc: run it on Linux.',
  );
  expect(() => assertSystem('npx nx resilience', SIGNALS, 'win32')).toThrow(
    'npx nx resilience does not run on Windows, as it needs SIGSTOP: run it on Linux or macOS, such as in WSL.',
  );
});

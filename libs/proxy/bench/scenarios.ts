import type { LoadRequest } from './load/load-request.ts';

/** What one table of the report measures. */
export interface Scenario {
  /** How `--scenario` calls it. */
  readonly name: string;
  readonly title: string;
  readonly request: LoadRequest;
  /** Keep-alive connections of the clients. */
  readonly connections: number;
  /** Threads, or worker processes, of the proxy. Whoever cannot have as many is left out. */
  readonly threads: number;
  /** `peak`: as fast as the proxy can. `steady`: at a constant rate that the best of them can bear. */
  readonly load: 'peak' | 'steady';
}

/** Body of the small answer: about 40 bytes. */
export const SMALL_ANSWER = '{"message":"hello","number":1234567890}';
export const LARGE_ANSWER_BYTES = 64 * 1024;
export const UPLOAD_BYTES = 16 * 1024;
/** Where the backend gives which answer. */
export const PATHS = { small: '/small', large: '/large', upload: '/upload' } as const;

const SMALL: LoadRequest = { method: 'GET', path: `${PATHS.small}?page=1`, bodyBytes: 0 };
const LARGE: LoadRequest = { method: 'GET', path: PATHS.large, bodyBytes: 0 };
const UPLOAD: LoadRequest = { method: 'POST', path: PATHS.upload, bodyBytes: UPLOAD_BYTES };

export const SMALL_SCENARIO: Scenario = {
  name: 'small',
  title: 'Small answer, 64 connections',
  request: SMALL,
  connections: 64,
  threads: 1,
  load: 'peak',
};
export const LARGE_SCENARIO: Scenario = {
  ...SMALL_SCENARIO,
  name: 'large',
  title: '64 KiB answer, 64 connections',
  request: LARGE,
};

/** In the order in which they run: the steady rate follows from the first. */
export const SCENARIOS: readonly Scenario[] = [
  SMALL_SCENARIO,
  { ...SMALL_SCENARIO, name: 'steady', title: 'Small answer at a constant rate', load: 'steady' },
  LARGE_SCENARIO,
  { ...SMALL_SCENARIO, name: 'upload', title: '16 KiB POST, 64 connections', request: UPLOAD },
  { ...SMALL_SCENARIO, name: 'connections', title: 'Small answer, 1,000 connections', connections: 1000 },
  {
    ...SMALL_SCENARIO,
    name: 'closing',
    title: 'Small answer, a connection for each request, 64 at a time',
    request: { ...SMALL, closes: true },
  },
  { ...SMALL_SCENARIO, name: 'threads', title: 'Small answer, 64 connections, two threads', threads: 2 },
];

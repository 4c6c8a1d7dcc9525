import { describe, expect, it } from 'vitest';
import { parseWrkOutput } from './wrk-output.ts';

const FINE = `Running 3s test @ http://127.0.0.1:44377/small?page=1
  1 threads and 1000 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   136.30ms  226.04ms   2.93s    95.77%
    Req/Sec     3.49k     1.52k    6.43k    78.57%
  Latency Distribution
     50%  870.00us
     75%  119.75ms
     90%  164.52ms
     99%    1.45s 
  9824 requests in 3.02s, 2.69MB read
`;
const END = `Requests/sec:   3248.83
Transfer/sec:      0.89MB
`;

describe('what wrk prints', () => {
  it('is read, whatever the units', () => {
    expect(parseWrkOutput(FINE + END)).toEqual({
      requests: 9824,
      requestsPerSecond: 3248.83,
      p50Micros: 870,
      p99Micros: 1_450_000,
      errors: [],
    });
  });

  it('gives each kind of error that happened', () => {
    const errors = `  Socket errors: connect 0, read 3, write 0, timeout 12
  Non-2xx or 3xx responses: 7
`;
    expect(parseWrkOutput(FINE + errors + END).errors).toEqual([
      '3 × socket read',
      '12 × socket timeout',
      '7 answers neither 2xx nor 3xx',
    ]);
  });

  it('without a figure is refused, and shown', () => {
    expect(() => parseWrkOutput('unable to connect to 127.0.0.1:1 Connection refused')).toThrow(
      'unable to connect to 127.0.0.1:1 Connection refused',
    );
  });
});

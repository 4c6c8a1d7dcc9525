import { describe, expect, it } from 'vitest';
import { ConfigError } from './errors.js';
import { explainStartFailure } from './start-failure.js';
import { startSample } from './testing/sample-app.js';

const failureOf = (environment: Record<string, string>) =>
  startSample(environment).then(
    () => 'it started',
    (error: unknown) => explainStartFailure(error),
  );

describe('an app that cannot start says', () => {
  it('which port is taken, and every way to have another', async () => {
    await using app = await startSample();
    const { port } = app.context;
    expect(await failureOf({ PORT: String(port) })).toBe(
      `port ${port} of 127.0.0.1 is taken; stop what holds it, set PORT, or name another in the file of BALANZA_CONFIG`,
    );
  });

  it('that the address is another machine’s', async () => {
    expect(await failureOf({ HOST: '192.0.2.1' })).toBe(
      '192.0.2.1 is not an address of this machine; set HOST',
    );
  });

  it('that the host has no address', async () => {
    expect(await failureOf({ HOST: '999.1.1.1' })).toBe(
      'HOST=999.1.1.1: must be an address of this machine, such as 127.0.0.1',
    );
  });

  it('what a message for people says, and nothing else', () => {
    expect(explainStartFailure(new ConfigError('PORT=x: must be a port'))).toBe('PORT=x: must be a port');
  });

  it('where in the program it went wrong, when that is what went wrong', () => {
    expect(explainStartFailure(new TypeError('x is undefined'))).toMatch(/^TypeError: x is undefined\n +at /);
    expect(explainStartFailure('thrown text')).toBe('thrown text');
  });
});

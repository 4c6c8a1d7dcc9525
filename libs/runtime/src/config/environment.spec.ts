import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError } from '../errors.js';
import { readEnvironment } from './environment.js';
import { flag, httpUrl, integer, port, seconds } from './fields.js';

const schema = z.object({
  PORT: port().default(80),
  DELAY: seconds({ max: 60 }).default(0.5),
  SIZE: integer({ min: 1, max: 10 }).optional(),
  ON: flag().default(false),
  TARGET: httpUrl().optional(),
  JWT_SECRET: z.string().min(32, 'is too short').optional(),
});

describe('readEnvironment', () => {
  it('gives typed values, and defaults for what is not set or empty', () => {
    const environment = {
      PORT: '8080',
      DELAY: '1.5',
      ON: 'true',
      TARGET: 'http://a:1/',
      SIZE: '',
      OTHER: 'x',
    };
    expect(readEnvironment(schema, environment)).toEqual({
      PORT: 8080,
      DELAY: 1.5,
      ON: true,
      TARGET: 'http://a:1',
    });
    expect(readEnvironment(schema, {})).toEqual({ PORT: 80, DELAY: 0.5, ON: false });
    expect(readEnvironment(schema, { PORT: ' ', DELAY: ' \t', ON: '  ', JWT_SECRET: ' ' })).toEqual({
      PORT: 80,
      DELAY: 0.5,
      ON: false,
    });
  });

  it('knows the first setting of a file that begins with a byte order mark', () => {
    expect(readEnvironment(schema, { '\uFEFFPORT': '8080' })).toEqual({ PORT: 8080, DELAY: 0.5, ON: false });
    expect(() => readEnvironment(schema, { '\uFEFFPORT': '0' })).toThrow('  PORT=0: must be from 1 to 65535');
  });

  it('names every variable that is wrong, its value and what is allowed', () => {
    const read = () =>
      readEnvironment(schema, { PORT: '0', DELAY: 'soon', SIZE: '1.5', ON: 'yes', TARGET: 'a' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(
      [
        'The configuration is not valid:',
        '  PORT=0: must be from 1 to 65535',
        '  DELAY=soon: must be a number of seconds from 0 to 60',
        '  SIZE=1.5: must be a whole number from 1 to 10',
        '  ON=yes: must be true or false',
        '  TARGET=a: must be an http:// or https:// URL',
      ].join('\n'),
    );
  });

  it('never shows a secret', () => {
    expect(() => readEnvironment(schema, { JWT_SECRET: 'short' })).toThrow(
      '  JWT_SECRET=********: is too short',
    );
  });

  it.each([
    ['nats://user:secret@host', 'nats://********@host'],
    ['nats://user:se/cr@et@host:1', 'nats://********@host:1'],
    ['user:secret@host', '********@host'],
    ['ftp://host', 'ftp://host'],
  ])('shows a URL without the name and the password in it: %s', (url, shown) => {
    const withUrl = z.object({ EVENTS_URL: z.literal('x', 'must be x').optional() });
    expect(() => readEnvironment(withUrl, { EVENTS_URL: url })).toThrow(`  EVENTS_URL=${shown}: must be x`);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { OutageLog } from './outage-log.js';

describe('the log of an outage', () => {
  let now: number;
  let lines: string[];
  let log: OutageLog;

  beforeEach(() => {
    now = 500;
    lines = [];
    const to = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
    log = new OutageLog({ debug: to('debug'), info: to('info'), warn: to('warn') }, () => now);
  });

  it('warns of nothing that is over 10 s after the start', () => {
    log.noticed('away');
    now += 9_999;
    log.noticed('away');
    log.ended('back');
    expect(lines).toEqual(['debug: away', 'debug: back']);
  });

  it('warns, once, of what goes on after 10 s', () => {
    log.noticed('away');
    now += 10_000;
    log.noticed('still away');
    log.noticed('still away');
    log.ended('back');
    expect(lines).toEqual(['debug: away', 'warn: still away', 'info: back']);
  });

  it('warns at once of each outage later', () => {
    now += 60_000;
    for (let round = 0; round < 2; round++) {
      log.noticed('away');
      log.noticed('away');
      log.ended('back');
      log.ended('back');
    }
    expect(lines).toEqual(['warn: away', 'info: back', 'warn: away', 'info: back']);
  });
});

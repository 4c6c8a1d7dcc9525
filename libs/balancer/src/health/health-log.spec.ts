import type { HealthReason, HealthState } from '@balanza/proxy';
import { expect, it } from 'vitest';
import { HealthLog } from './health-log.js';

it('says once who goes and why, and once who is back', () => {
  const lines: unknown[] = [];
  const logger = {
    info: (...line: unknown[]) => lines.push(['info', ...line]),
    warn: (...line: unknown[]) => lines.push(['warn', ...line]),
  };
  const log = new HealthLog(logger, { instanceOf: () => 'a9d10110', detailOf: () => '503' });
  const url = 'http://a';
  const look = (state: HealthState, reason?: HealthReason) => log.look([{ url, health: { state, reason } }]);
  look('up');
  look('down', 'refused');
  look('down', 'checks');
  look('up');
  look('up');
  look('ejected', 'error-share');
  look('down', 'checks');
  expect(lines).toEqual([
    ['warn', { backend: url, backend_instance: 'a9d10110', reason: 'refused' }, 'backend is down'],
    ['info', { backend: url, backend_instance: 'a9d10110' }, 'backend is up again'],
    ['warn', { backend: url, backend_instance: 'a9d10110', reason: 'error-share' }, 'backend is ejected'],
    [
      'warn',
      { backend: url, backend_instance: 'a9d10110', reason: 'checks', detail: '503' },
      'backend is down',
    ],
  ]);
});

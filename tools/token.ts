/** `npm run token -- --sub demo --expires 1h`: prints a token that the gateways accept, and nothing else. */
import { DEVELOPMENT_SECRET, mintToken } from '@balanza/auth';
import { parseArgs } from 'node:util';
import { readEnvironment } from './stack/environment.ts';

const USAGE = 'Usage: npm run -s token -- [--sub <subject>] [--expires <time, such as 30s, 15m, 1h or 7d>]';

try {
  const { jwtSecret = DEVELOPMENT_SECRET } = readEnvironment();
  const { values } = parseArgs({
    options: { sub: { type: 'string', default: 'demo' }, expires: { type: 'string', default: '1h' } },
  });
  const token = await mintToken({ secret: jwtSecret, subject: values.sub, expiresIn: values.expires });
  process.stdout.write(`${token}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
  process.exitCode = 1;
}

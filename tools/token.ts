/** `npm run token -- --sub demo --expires 1h --scope balancer:admin`: prints a token that the gateways and the balancers' control accept, and nothing else. Needs no build. */
import { parseArgs } from 'node:util';
import { DEVELOPMENT_SECRET } from '../libs/auth/src/development-secret.ts';
import { mintToken } from '../libs/auth/src/mint-token.ts';
import { readEnvironment } from './stack/environment.ts';

const USAGE =
  'Usage: npm run -s token -- [--sub <subject>] [--expires <time, such as 30s, 15m, 1h or 7d>] [--scope <scope>]';

try {
  const { values } = parseArgs({
    options: {
      sub: { type: 'string', default: 'demo' },
      expires: { type: 'string', default: '1h' },
      scope: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(`${USAGE}\n`);
    process.exit();
  }
  const { jwtSecret = DEVELOPMENT_SECRET } = readEnvironment();
  const token = await mintToken({
    secret: jwtSecret,
    subject: values.sub,
    expiresIn: values.expires,
    claims: values.scope === undefined ? {} : { scope: values.scope },
  });
  process.stdout.write(`${token}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
  process.exitCode = 1;
}

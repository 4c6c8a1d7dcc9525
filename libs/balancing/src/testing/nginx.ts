import { eventually, systemPackage, temporaryFolder } from '@balanza/testing';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import type { Backend } from '../strategy.js';

/** Whether nginx is installed here. @throws Error where CI lacks it */
export const hasNginx = (): boolean => systemPackage('nginx', spawnSync('nginx', ['-v']).status === 0);

/**
 * Which backend a real nginx chooses for each key by `hash … consistent`. Nobody has to listen there: nginx tells whom
 * it would have asked.
 *
 * @param port a free one, for nginx
 */
export async function choicesOfNginx(
  port: number,
  backends: readonly Backend[],
  keys: readonly string[],
): Promise<Map<string, string>> {
  using folder = temporaryFolder();
  const { path } = folder;
  const servers = backends.map(
    ({ url, weight }) => `server ${url.slice('http://'.length)} weight=${weight} max_fails=0;`,
  );
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const configuration = folder.write(
    'nginx.conf',
    `
daemon off;
master_process off;
pid ${path}/pid;
error_log stderr crit;
events {}
http {
  access_log off;
  ${kinds.map((kind) => `${kind}_temp_path ${path}/${kind};`).join('\n  ')}
  upstream backends { hash $arg_key consistent; ${servers.join(' ')} }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://backends;
      proxy_next_upstream off;
      add_header Chosen http://$upstream_addr always;
    }
  }
}
`,
  );
  const nginx = spawn('nginx', ['-e', 'stderr', '-p', path, '-c', configuration], { stdio: 'ignore' });
  const ended = once(nginx, 'exit');
  const agent = new Agent({ keepAlive: true });
  try {
    await eventually(() => chosenFor('', port, agent));
    const choices = new Map<string, string>();
    for (const key of keys) choices.set(key, await chosenFor(key, port, agent));
    return choices;
  } finally {
    agent.destroy();
    nginx.kill();
    await ended;
  }
}

async function chosenFor(key: string, port: number, agent: Agent): Promise<string> {
  const request = get({ host: '127.0.0.1', port, agent, path: `/?key=${key}` });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return String(answer.headers['chosen']);
}

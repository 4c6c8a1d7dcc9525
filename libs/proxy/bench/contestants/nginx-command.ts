import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../processes/command.ts';
import { findProgram } from '../processes/installed.ts';

/** nginx, where it is installed. */
export const nginxProgram = findProgram('nginx', '-v', /nginx\/(\S+)/);

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/**
 * An nginx in the foreground, with everything that it writes below `folder`.
 *
 * @param http the directives of its `http` block
 */
export function nginxCommand(file: string, folder: string, workers: number, http: string): Command {
  // Its workers would otherwise not be allowed into the folder.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const configuration = `
${user}
daemon off;
worker_processes ${workers};
worker_rlimit_nofile 16384;
pid ${folder}/pid;
error_log stderr crit;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  ${TEMPORARY.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  ${http}
}
`;
  const configurationFile = join(folder, 'nginx.conf');
  writeFileSync(configurationFile, configuration);
  return { file, args: ['-e', 'stderr', '-p', folder, '-c', configurationFile] };
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nginxCommand } from '../contestants/nginx-command.ts';
import type { Command } from '../processes/command.ts';
import { LARGE_ANSWER_BYTES, PATHS, SMALL_ANSWER } from '../scenarios.ts';

/** nginx as the backend: the cheapest one there is, so that the proxy is what limits. */
export function nginxBackend(file: string, port: number, folder: string): Command {
  writeFileSync(join(folder, 'large'), 'x'.repeat(LARGE_ANSWER_BYTES));
  return nginxCommand(
    file,
    folder,
    1,
    `
  default_type application/json;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=10 inactive=1h;
  open_file_cache_valid 1h;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    client_body_buffer_size 64k;
    location ${PATHS.small} { return 200 '${SMALL_ANSWER}'; }
    location = ${PATHS.large} { alias ${folder}/large; }
    # \`return\` alone would answer before the body has come; to mirror a request nginx has to read all of it.
    location = ${PATHS.upload} { mirror /nowhere; try_files /none @stored; }
    location = /nowhere { internal; return 204; }
    location @stored { return 200 '${SMALL_ANSWER}'; }
  }`,
  );
}

import { balanza } from './balanza.ts';
import type { Contestant } from './contestant.ts';
import { haproxy } from './haproxy.ts';
import { nginx } from './nginx.ts';
import { nodeContestant } from './node-contestant.ts';

/** Whom all others are compared with. */
export const REFERENCE = nginx;
export const BALANZA = balanza;

export const CONTESTANTS: readonly Contestant[] = [
  BALANZA,
  nginx,
  haproxy,
  nodeContestant({ name: 'undici', title: 'bare undici', packageName: 'undici' }),
  nodeContestant({ name: 'reply-from', title: '@fastify/reply-from', packageName: '@fastify/reply-from' }),
  nodeContestant({ name: 'http-proxy', title: 'http-proxy', packageName: 'http-proxy' }),
];

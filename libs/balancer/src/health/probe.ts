import { DRAINING_HEADER, INSTANCE_HEADER } from '@balanza/contracts';
import { endpointOf } from '@balanza/proxy';
import type { Resilience } from '@balanza/topology';
import { once } from 'node:events';
import { request, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';

/** What came of asking a backend whether it works. */
export interface ProbeResult {
  readonly ok: boolean;
  /** Nobody listens there: no other answer is to be waited for. */
  readonly refused: boolean;
  /** It is shutting down, and serves on only until its balancers have left it out. */
  readonly draining?: true;
  /** What was seen, such as `200` or `no answer within 1 s`. */
  readonly detail: string;
  /** Which process answered, where it says so. */
  readonly instance?: string;
}

/**
 * Asks one backend, by its URL; never rejects.
 *
 * @param mustReact the backend lets requests wait: it is not enough that it can be connected to
 */
export type Probe = (url: string, mustReact: boolean) => Promise<ProbeResult>;

type ProbeSettings = Pick<Resilience['health'], 'check' | 'path' | 'timeout'>;

const USER_AGENT = 'balanza-health-check';

/** The probe that the settings ask for. */
export function probeFor({ check, path, timeout }: ProbeSettings): Probe {
  return async (url, mustReact) => {
    const signal = AbortSignal.timeout(timeout * 1000);
    try {
      if (check !== 'tcp') return await answers(url + path, signal);
      return await (mustReact ? reacts(url, signal) : connects(url, signal));
    } catch (error) {
      if (signal.aborted) return failure(`no answer within ${timeout} s`);
      const { code, message } = error as NodeJS.ErrnoException;
      return { ok: false, refused: code === 'ECONNREFUSED', detail: code ?? message };
    }
  };
}

/** 200 to 399 is well, as for Kubernetes. On a connection of its own: accepting one is part of working. */
function answers(url: string, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, signal, headers: { 'user-agent': USER_AGENT } });
    sent.on('response', ({ statusCode = 0, headers }) => {
      sent.destroy();
      const ok = statusCode >= 200 && statusCode < 400;
      const seen = { ok, refused: false, ...instanceIn(headers) };
      if (ok || headers[DRAINING_HEADER] === undefined) resolve({ ...seen, detail: String(statusCode) });
      else resolve({ ...seen, draining: true, detail: `${statusCode}, shutting down` });
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** A name of up to 64 characters; what is none is not shown. */
function instanceIn(headers: IncomingHttpHeaders): Pick<ProbeResult, 'instance'> {
  const instance = headers[INSTANCE_HEADER];
  return typeof instance === 'string' && /^[\w.:-]{1,64}$/.test(instance) ? { instance } : {};
}

async function connects(url: string, signal: AbortSignal): Promise<ProbeResult> {
  const socket = await connected(url, signal);
  socket.destroy();
  return { ok: true, refused: false, detail: 'connected' };
}

/**
 * Whoever answers anything, or hangs up, is not paused. `OPTIONS *` is asked, which is about no resource (RFC 9110 §9.3.7): nobody
 * knows which ones a stranger has.
 */
async function reacts(url: string, signal: AbortSignal): Promise<ProbeResult> {
  const socket = await connected(url, signal);
  try {
    socket.write(
      `OPTIONS * HTTP/1.1\r\nHost: ${new URL(url).host}\r\nUser-Agent: ${USER_AGENT}\r\nConnection: close\r\n\r\n`,
    );
    const reaction = new Promise((resolve) => {
      for (const event of ['data', 'end', 'close', 'error']) socket.once(event, resolve);
    });
    await reaction;
    signal.throwIfAborted();
    return { ok: true, refused: false, detail: 'reacts' };
  } finally {
    socket.destroy();
  }
}

async function connected(url: string, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ ...endpointOf(url), signal });
  await once(socket, 'connect');
  return socket;
}

function failure(detail: string): ProbeResult {
  return { ok: false, refused: false, detail };
}

import type { Resilience } from '@balanza/topology';
import { request } from 'node:http';
import { connect } from 'node:net';

/** What came of asking a backend whether it works. */
export interface ProbeResult {
  readonly ok: boolean;
  /** Nobody listens there: no other answer is to be waited for. */
  readonly refused: boolean;
  /** What was seen, such as `200` or `no answer within 1 s`. */
  readonly detail: string;
}

/** Asks one backend, by its URL; never rejects. */
export type Probe = (url: string) => Promise<ProbeResult>;

type ProbeSettings = Pick<Resilience['health'], 'check' | 'path' | 'timeout'>;

/** The probe that the settings ask for. */
export function probeFor({ check, path, timeout }: ProbeSettings): Probe {
  const ask = check === 'tcp' ? connects : (url: string, signal: AbortSignal) => answers(url + path, signal);
  return async (url) => {
    const signal = AbortSignal.timeout(timeout * 1000);
    try {
      return await ask(url, signal);
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
    const sent = request(url, { agent: false, signal, headers: { 'user-agent': 'balanza-health-check' } });
    sent.on('response', ({ statusCode = 0 }) => {
      sent.destroy();
      const ok = statusCode >= 200 && statusCode < 400;
      resolve({ ok, refused: false, detail: String(statusCode) });
    });
    sent.on('error', reject);
    sent.end();
  });
}

function connects(url: string, signal: AbortSignal): Promise<ProbeResult> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const socket = connect({ host, port: Number(port || 80), signal });
    socket.once('connect', () => {
      socket.destroy();
      resolve({ ok: true, refused: false, detail: 'connected' });
    });
    socket.once('error', reject);
  });
}

function failure(detail: string): ProbeResult {
  return { ok: false, refused: false, detail };
}

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** What a proxy tells of itself. */
export interface ProxyReport {
  /** Resident bytes, and those that are held after a collection. */
  readonly rss: number;
  readonly held: number;
  /** Open connections, of clients and to backends. */
  readonly sockets: number;
  /** Who waits for something with a deadline. */
  readonly waiting: number;
  readonly inFlight: number;
}

/** A process of the soak, which ends with this one. */
export class Member implements Disposable {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Whether it still runs. */
  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resident bytes now, without asking it. */
  get rss(): number {
    const [, pages = '0'] = readFileSync(`/proc/${this.#child.pid}/statm`, 'latin1').split(' ');
    return Number(pages) * 4096;
  }

  /** Starts `file` and waits until it listens. @throws Error when it ends instead */
  static async start(file: string, ...args: readonly string[]): Promise<Member> {
    const child = fork(new URL(file, import.meta.url), args, { execArgv: ['--expose-gc'] });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${file} ended with ${code}`);
    });
    const [{ port }] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number }];
    ended.catch(() => undefined);
    return new Member(child, port);
  }

  /** Asks a proxy for its report. */
  async report(): Promise<ProxyReport> {
    this.#child.send('report');
    const [report] = (await once(this.#child, 'message')) as [ProxyReport];
    return report;
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}

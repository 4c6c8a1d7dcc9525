import { createServer } from 'node:net';
import { assertOwnFolder } from './data-folder.js';
import { EmbeddedServerError } from './errors.js';
import { findPostmaster, type Postmaster } from './postmaster.js';
import { runProgram, type Installation } from './program.js';
import { lastLines, logSize, LOG_FILE } from './server-log.js';
import { serverSettings } from './settings.js';

/** How long `launch` waits for the server to take connections, in seconds; recovery from a crash is part of it. */
const LAUNCH_TIMEOUT_S = 60;

/** How long `shutDown` waits for the server to end, in seconds; writing a checkpoint is part of it. */
const STOP_TIMEOUT_S = 10;

/** The server as a daemon of the machine: found, launched and shut down by way of `pg_ctl`. */
export class Daemon {
  readonly #installation: Installation;
  readonly #port: number;
  /** How long the server's log was before the last launch, in bytes. */
  #logBefore = 0;

  constructor(installation: Installation, port: number) {
    this.#installation = installation;
    this.#port = port;
  }

  /** The live server of the data folder, whoever launched it. */
  find(): Promise<Postmaster | undefined> {
    return findPostmaster(this.#installation.dataDirectory);
  }

  /**
   * Launches the server in a session of its own, and waits until it takes connections.
   *
   * @returns false when what is left of a server that was killed is still in the way for a moment
   * @throws EmbeddedServerError when the port is taken or the data folder is not the server's own, or with what `pg_ctl` said and the
   *   end of what the server logged
   */
  async launch(): Promise<boolean> {
    const { dataDirectory, runAs } = this.#installation;
    await assertOwnFolder(dataDirectory, runAs);
    await this.#assertPortFree();
    this.#logBefore = await logSize(dataDirectory);
    const settings = Object.entries(serverSettings(this.#port));
    const options = settings.map(([name, value]) => `-c ${name}=${value}`).join(' ');
    const wait = ['--wait', '--silent', '-t', String(LAUNCH_TIMEOUT_S)];
    const { code, output } = await runProgram(this.#installation, 'pg_ctl', [
      'start',
      ...wait,
      '-l',
      LOG_FILE,
      '-o',
      options,
    ]);
    if (code === 0) return true;
    const failure = await this.failure('does not start', output);
    if (/shared memory block .* in use/.test(failure.message)) return false;
    throw failure;
  }

  /** Ends the server if it runs; it cuts its clients off. Nothing committed is lost. */
  async shutDown(): Promise<void> {
    if ((await this.find()) === undefined) return;
    const wait = ['--wait', '--silent', '-t', String(STOP_TIMEOUT_S)];
    await runProgram(this.#installation, 'pg_ctl', ['stop', ...wait, '-m', 'fast']);
  }

  /**
   * An error that says what is wrong, why, and what the server has logged since it was launched.
   *
   * @param reason as the program said that noticed
   */
  async failure(what: string, reason: string): Promise<EmbeddedServerError> {
    const { dataDirectory } = this.#installation;
    const log = await lastLines(dataDirectory, this.#logBefore);
    const logged = log === '' ? 'it logged nothing' : `the end of its log:\n${log}`;
    return new EmbeddedServerError(
      `The embedded PostgreSQL on ${dataDirectory} ${what} (${reason || 'no reason was given'}); ${logged}`,
    );
  }

  async #assertPortFree(): Promise<void> {
    const probe = createServer();
    await new Promise<void>((free, taken) => {
      probe.once('error', taken);
      probe.listen(this.#port, '127.0.0.1', () => probe.close(() => free()));
    }).catch(({ code }: NodeJS.ErrnoException) => {
      throw new EmbeddedServerError(
        `port ${this.#port} of 127.0.0.1, meant for the embedded PostgreSQL, ` +
          `${code === 'EADDRINUSE' ? 'is taken; stop what holds it,' : `cannot be listened on (${code});`} ` +
          'set postgres.port in the file named by BALANZA_CONFIG, or set DATABASE_URL to a server of your own',
      );
    });
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { temporaryFolder } from '@balanza/testing';
import { Connection } from './devtools-connection.js';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A Chromium on this machine, if there is one. */
export const chromium = CANDIDATES.find((path) => existsSync(path));

/** One page of a headless browser, driven over the Chrome DevTools Protocol. */
export interface Page extends AsyncDisposable {
  /** The URLs that the page has asked for. */
  readonly requested: readonly string[];
  open(url: string): Promise<void>;
  /** The value of an expression in the page; a promise is awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** A PNG of what is shown, in base64. */
  screenshot(): Promise<string>;
}

/** Starts `executable` with an empty profile. */
export async function openBrowser(executable: string): Promise<Page> {
  const profile = temporaryFolder();
  const browser = spawn(
    executable,
    [
      '--headless=new',
      // Its sandbox needs rights that a container does not give.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--window-size=1200,1600',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile.path}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exited = once(browser, 'exit');
  const connection = await Connection.open(await debuggerUrl(browser.stderr));
  const { targetId } = await connection.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await connection.send('Target.attachToTarget', { targetId, flatten: true });
  const send = (method: string, params: object = {}) => connection.send(method, params, String(sessionId));
  await send('Network.enable');
  await send('Page.enable');
  return {
    requested: connection.requested,
    async open(url) {
      await send('Page.navigate', { url });
    },
    async evaluate<T>(expression: string): Promise<T> {
      const { result, exceptionDetails } = await send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value: T }).value;
    },
    async screenshot() {
      return String((await send('Page.captureScreenshot'))['data']);
    },
    async [Symbol.asyncDispose]() {
      connection.close();
      browser.kill('SIGKILL');
      await exited;
      profile[Symbol.dispose]();
    },
  };
}

async function debuggerUrl(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const url = /^DevTools listening on (?<url>ws:.+)$/.exec(line)?.groups?.['url'];
    if (url !== undefined) {
      output.resume();
      return url;
    }
  }
  throw new Error('The browser ended before it was ready');
}

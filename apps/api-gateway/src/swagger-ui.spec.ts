import { mintToken } from '@balanza/auth';
import { eventually, systemPackage } from '@balanza/testing';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromium, openBrowser, type Page } from './testing/browser.js';
import { startGateway, type Gateway } from './testing/gateway.js';
import { json, StandIn } from './testing/stand-in.js';

const ACCEPTED = {
  status: 'Started',
  worker_instance: '0a1b2c3d',
  task_id: '0d2f6f1a-5a53-4b9e-9a8e-3f1d1f7a2c10',
};

let database: StandIn;
let workers: StandIn;
let gateway: Gateway;
/** In the place of the main balancer. */
let proxy: StandIn;

beforeAll(async () => {
  database = await StandIn.start(json(200, { message: 'Fetched fresh data from DB at 12:34:56' }));
  workers = await StandIn.start(json(202, ACCEPTED));
  gateway = await startGateway({ DATABASE_SERVICE_URL: database.url, WORKERS_URL: workers.url });
  proxy = await StandIn.start((response, { method, path, headers, body }) => {
    const options = { ...(method === undefined ? {} : { method }), headers };
    request(gateway.url + path, options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }).end(body);
  });
});
afterAll(async () => {
  await Promise.all([gateway.app.stop(), database.stop(), workers.stop(), proxy.stop()]);
});

/** Clicks what the selector finds, once it is there. */
async function click(page: Page, selector: string): Promise<void> {
  await eventually(async () => {
    const found = await page.evaluate<boolean>(
      `(() => { const e = document.querySelector(${JSON.stringify(selector)}); e?.click(); return e !== null; })()`,
    );
    expect(found, `${selector} is on the page`).toBe(true);
  });
}

/** Types into a field that React controls. */
async function type(page: Page, selector: string, text: string): Promise<void> {
  await eventually(async () => {
    const found = await page.evaluate<boolean>(`(() => {
      const field = document.querySelector(${JSON.stringify(selector)});
      if (field === null) return false;
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, ${JSON.stringify(text)});
      field.dispatchEvent(new Event('input', { bubbles: true }));
      return true;
    })()`);
    expect(found, `${selector} is on the page`).toBe(true);
  });
}

/**
 * Waits until Swagger UI has resolved the references of an operation. It begins when the operation is opened, and
 * pressing *Execute* before is lost: a person is not that quick.
 */
async function resolved(page: Page, path: readonly string[]): Promise<void> {
  await eventually(async () => {
    const known = `ui.specSelectors.specResolvedSubtree(${JSON.stringify(['paths', ...path])}) !== undefined`;
    expect(await page.evaluate<boolean>(known)).toBe(true);
  });
}

/** Opens an operation, executes it, and gives the status and the body that the page then shows. */
async function tryOut(
  page: Page,
  operation: string,
  path: readonly [path: string, method: string],
): Promise<{ status: string; body: unknown }> {
  await click(page, `#operations-gateway-${operation} .opblock-summary-control`);
  await resolved(page, path);
  await click(page, `#operations-gateway-${operation} .execute`);
  return eventually(async () => {
    const [status, body] = await page.evaluate<[string, string]>(`(() => {
      const table = document.querySelector('#operations-gateway-${operation} .live-responses-table');
      const text = (selector) => table?.querySelector(selector)?.innerText ?? '';
      return [text('tbody .response-col_status'), text('.response-col_description .highlight-code code')];
    })()`);
    return { status: status.trim(), body: JSON.parse(body) as unknown };
  });
}

describe.skipIf(!systemPackage('chromium', chromium !== undefined))(
  'Swagger UI in a browser (needs Chromium)',
  { timeout: 180_000 },
  () => {
    it.each([
      ['directly', () => gateway.url],
      ['through a proxy', () => proxy.url],
    ])('takes a token and tries routes out, %s', async (_name, urlOf) => {
      const url = urlOf();
      await using page = await openBrowser(chromium ?? '');
      await page.open(`${url}/docs`);

      await click(page, '.auth-wrapper .authorize');
      await type(page, '.auth-container input', await mintToken({ secret: 'secret', expiresIn: 60 }));
      await click(page, '.auth-btn-wrapper .authorize');
      await click(page, '.auth-btn-wrapper .btn-done');

      expect(await tryOut(page, 'DataController_read', ['/data', 'get'])).toEqual({
        status: '200',
        body: { cached: expect.any(Boolean), data: expect.any(String), from_instance: gateway.instance },
      });
      expect(await tryOut(page, 'LongtaskController_start', ['/longtask', 'post'])).toEqual({
        status: '202',
        body: { ...ACCEPTED, api_gateway_instance: gateway.instance },
      });
      expect(
        page.requested.filter(
          (requested) => !requested.startsWith(`${url}/`) && !requested.startsWith('data:'),
        ),
      ).toEqual([]);
      expect((await page.screenshot()).length).toBeGreaterThan(10_000);
    });

    it('shows that a token is missing', async () => {
      await using page = await openBrowser(chromium ?? '');
      await page.open(`${gateway.url}/docs/`);
      expect(await tryOut(page, 'DataController_read', ['/data', 'get'])).toEqual({
        status: '403',
        body: { error: 'Missing token' },
      });
    });
  },
);

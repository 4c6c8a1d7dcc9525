import { describe, expect, it } from 'vitest';
import { control, modesOf, namedBackend, startBalancer } from '../testing/balancer.js';

describe('the control API', () => {
  it.each([
    [
      'a backend that is there already',
      (url: string) => ({ strategy: { name: 'random' }, backends: { add: [{ url }] } }),
      (url: string) => [
        {
          field: 'backends.add.0',
          message: `${url} is there already; to change it, send its url with a weight or a mode in backends.update, or PATCH /-/api/backends/${url.slice('http://'.length)}`,
        },
      ],
    ],
    [
      'an unknown backend and the removal of all',
      (url: string) => ({ backends: { update: [{ url: 'http://10.0.0.1' }], remove: [url] } }),
      () => [
        {
          field: 'backends.update.0',
          message: 'http://10.0.0.1 is not a backend; GET /-/api/backends lists them',
        },
        { field: 'backends', message: 'must not become empty; drain the last one instead' },
      ],
    ],
    [
      'a setting out of range beside a good change',
      (url: string) => ({
        strategy: { name: 'peak-ewma', settings: { decayMs: -1 } },
        backends: { update: [{ url, weight: 9 }] },
      }),
      () => [{ field: 'strategy.settings.decayMs', message: 'must be a number from 1 to 3600000 ms' }],
    ],
    [
      'a name that has no address',
      () => ({ strategy: { name: 'random' }, backends: { add: [{ url: 'http://nowhere.invalid' }] } }),
      () => [{ field: 'backends.add.0.url', message: 'nowhere.invalid has no address that could be found' }],
    ],
    [
      'a URL with a path, an unknown mode and an unknown member',
      (url: string) => ({
        backends: { add: [{ url: 'http://a/path' }], update: [{ url, mode: 'off', color: 'red' }] },
      }),
      () => [
        {
          field: 'backends.add.0.url',
          message: 'must name only scheme, host and port, such as http://127.0.0.1:5000',
        },
        { field: 'backends.update.0.mode', message: 'must be ready, drain or maintenance' },
        { field: 'backends.update.0', message: 'must not have "color": it may have weight, mode and url' },
      ],
    ],
  ])('refuses %s, and changes nothing', async (_name, change, details) => {
    await using a = await namedBackend('a');
    await using balancer = await startBalancer('load-balancer', [a]);
    const before = await control(balancer, 'GET', '');
    const expected = details(a.url);
    expect(await control(balancer, 'PATCH', '', { body: change(a.url) })).toEqual({
      status: 400,
      body: {
        error: `The request is not valid: ${expected[0]?.field} ${expected[0]?.message}`,
        details: expected,
      },
    });
    const after = await control(balancer, 'GET', '');
    const facts = ({ body }: { body: unknown }) => {
      const { version, strategy } = body as { version: number; strategy: unknown };
      return [version, strategy, modesOf(body)];
    };
    expect(facts(after)).toEqual(facts(before));
  });

  it.each([
    [[], '', 'must be an object'],
    [{ mode: 'redirect' }, '', 'must not have "mode": it may have version, strategy and backends'],
    [{ strategy: 'random' }, 'strategy', 'must be an object'],
    [
      { strategy: { name: 'random', settings: [] } },
      'strategy.settings',
      'must be an object of settings and their values',
    ],
    [{ backends: [] }, 'backends', 'must be an object'],
    [{ backends: { add: { url: 'http://a' } } }, 'backends.add', 'must be a list'],
    [{ backends: { add: ['http://a'] } }, 'backends.add.0', 'must be an object'],
    [{ backends: { remove: 'http://a' } }, 'backends.remove', 'must be a list'],
  ])('says what of %j has not the form of a change', async (change, field, message) => {
    await using a = await namedBackend('a');
    await using balancer = await startBalancer('load-balancer', [a]);
    const where = field === '' ? '' : `${field} `;
    expect(await control(balancer, 'PATCH', '', { body: change })).toEqual({
      status: 400,
      body: { error: `The request is not valid: ${where}${message}`, details: [{ field, message }] },
    });
  });

  it('says of a backend that is there already how it is changed, and that works', async () => {
    await using a = await namedBackend('a');
    await using balancer = await startBalancer('load-balancer', [a]);
    const { status, body } = await control(balancer, 'POST', '/backends', { body: { url: a.url } });
    const { error } = body as { error: string };
    expect(status).toBe(400);
    const [, path = ''] = /PATCH \/-\/api(\S+)$/.exec(error) ?? [];
    expect(await control(balancer, 'PATCH', path, { body: { weight: 2 } })).toMatchObject({
      status: 200,
      body: { url: a.url, weight: 2 },
    });
  });
});

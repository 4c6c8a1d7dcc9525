import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { AsyncLocalStorage } from 'node:async_hooks';
import { NameResolver } from './name-resolver.js';

function setUp(answers: Record<string, readonly string[] | Error>) {
  const failures: unknown[] = [];
  let changes = 0;
  const asked: string[] = [];
  const resolver = new NameResolver({
    onChange: () => changes++,
    onFailure: (name, { message }) => failures.push([name, message]),
    lookup: (name) => {
      asked.push(name);
      const answer = answers[name] ?? new Error('ENOTFOUND');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });
  return { resolver, failures, asked, changes: () => changes, answers };
}

describe('NameResolver', () => {
  it('asks again in the context of no request, though one has had it begin', async () => {
    const context = new AsyncLocalStorage<string>();
    const asked: unknown[] = [];
    const resolver = new NameResolver({
      onChange: () => undefined,
      onFailure: () => undefined,
      lookup: () => {
        asked.push(context.getStore());
        return Promise.resolve(['10.0.0.1']);
      },
    });
    await context.run('request', async () => {
      await resolver.watch(['app']);
      resolver.start(0.01);
    });
    await eventually(() => expect(asked.length).toBeGreaterThanOrEqual(2));
    resolver.stop();
    expect(asked.slice(0, 2)).toEqual(['request', undefined]);
  });

  it('knows the addresses of a name once it is watched, in an order of its own', async () => {
    const { resolver } = setUp({ app: ['10.0.0.2', 'fd00::1', '10.0.0.1', '10.0.0.2'] });
    await resolver.watch(['app']);
    expect(resolver.addressesOf('app')).toEqual(['10.0.0.1', '10.0.0.2', 'fd00::1']);
  });

  it('tells of other addresses, and not of the same in another order', async () => {
    const { resolver, answers, changes } = setUp({ app: ['10.0.0.1', '10.0.0.2'] });
    await resolver.watch(['app']);
    answers['app'] = ['10.0.0.2', '10.0.0.1'];
    await resolver.refresh();
    expect(changes()).toBe(0);
    answers['app'] = ['10.0.0.2', '10.0.0.3'];
    await resolver.refresh();
    expect([changes(), resolver.addressesOf('app')]).toEqual([1, ['10.0.0.2', '10.0.0.3']]);
  });

  it.each([
    ['fails', new Error('ESERVFAIL'), 'ESERVFAIL'],
    ['is empty', [], 'app has no address'],
  ])('keeps the last good answer when one %s', async (_name, answer, message) => {
    const { resolver, answers, failures, changes } = setUp({ app: ['10.0.0.1'] });
    await resolver.watch(['app']);
    answers['app'] = answer;
    await resolver.refresh();
    expect([resolver.addressesOf('app'), changes(), failures]).toEqual([['10.0.0.1'], 0, [['app', message]]]);
  });

  it('goes on without an answer at first, and tells when it comes', async () => {
    const { resolver, answers, failures, changes } = setUp({});
    await resolver.watch(['app']);
    expect([resolver.addressesOf('app'), failures]).toEqual([[], [['app', 'ENOTFOUND']]]);
    answers['app'] = ['10.0.0.1'];
    await resolver.refresh();
    expect([resolver.addressesOf('app'), changes()]).toEqual([['10.0.0.1'], 1]);
  });

  it('waits only so long for the first answer, and tells when one comes late', async () => {
    const answered = Promise.withResolvers<readonly string[]>();
    let changes = 0;
    const resolver = new NameResolver({
      onChange: () => changes++,
      onFailure: (name, error) => expect.fail(`${name}: ${error.message}`),
      lookup: (name) => (name === 'late' ? answered.promise : Promise.resolve(['10.0.0.1'])),
      patienceMs: 20,
    });
    await resolver.watch(['late', 'app']);
    expect([resolver.addressesOf('app'), resolver.addressesOf('late'), changes]).toEqual([
      ['10.0.0.1'],
      [],
      0,
    ]);
    answered.resolve(['10.0.0.2']);
    await eventually(() => expect([resolver.addressesOf('late'), changes]).toEqual([['10.0.0.2'], 1]));
  });

  it('asks for what is watched, once at a time, and forgets the rest', async () => {
    const { resolver, asked } = setUp({ app: ['10.0.0.1'], other: ['10.0.0.9'] });
    await resolver.watch(['app']);
    await resolver.watch(['app', 'other']);
    expect(asked).toEqual(['app', 'other']);
    await Promise.all([resolver.refresh(), resolver.refresh()]);
    expect(asked).toEqual(['app', 'other', 'app', 'other']);
    await resolver.watch(['other']);
    expect(resolver.addressesOf('app')).toEqual([]);
  });

  it('asks by itself once it has started, until it is stopped', async () => {
    const { resolver, asked } = setUp({ app: ['10.0.0.1'] });
    await resolver.watch(['app']);
    resolver.start(0.02);
    await eventually(() => expect(asked.length).toBeGreaterThan(2));
    resolver.start(0);
    await resolver.refresh();
    const { length } = asked;
    await resolver.refresh();
    expect(asked).toHaveLength(length + 1);
  });

  it('asks the system unless told otherwise', async () => {
    const fail = (name: string, error: Error) => expect.fail(`${name}: ${error.message}`);
    const resolver = new NameResolver({ onChange: () => undefined, onFailure: fail });
    await resolver.watch(['localhost']);
    expect(resolver.addressesOf('localhost')).toContain('127.0.0.1');
  });
});

import { CacheKey, CacheTTL } from '@nestjs/cache-manager';
import {
  Controller,
  Get,
  Module,
  NotFoundException,
  Param,
  Post,
  ServiceUnavailableException,
  StreamableFile,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Keyv } from 'keyv';
import { map, type Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheOutcome } from './cache-outcome.js';
import { CacheRules } from './cache-rules.decorator.js';
import { TtlCacheInterceptor } from './ttl-cache.interceptor.js';
import { TtlCacheModule } from './ttl-cache.module.js';

let calls: string[] = [];
let failure: Error | undefined;

/** What a handler does: notes that it ran, and fails while it is told to. */
function work(name: string): { name: string; call: number } {
  calls.push(name);
  if (failure !== undefined) throw failure;
  return { name, call: calls.length };
}

class OutcomeInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value: unknown) => ({ value, outcome: cacheOutcome(context) ?? 'none' })));
  }
}

@Controller()
@UseInterceptors(TtlCacheInterceptor)
class TestController {
  @Get('plain')
  plain() {
    return work('plain');
  }

  @Post('plain')
  write() {
    return work('write');
  }

  @Get('short')
  @CacheTTL(5_000)
  short() {
    return work('short');
  }

  @Get('named/:id')
  @CacheKey((context) => `named:${context.switchToHttp().getRequest<{ params: { id: string } }>().params.id}`)
  named(@Param('id') id: string) {
    return work(id);
  }

  @Get('mine')
  @CacheRules({ perUser: true })
  mine() {
    return work('mine');
  }

  @Get('file')
  file() {
    work('file');
    return new StreamableFile(Buffer.from('bytes'));
  }

  @Get('circular')
  circular() {
    work('circular');
    const value: { self?: unknown; toJSON?: () => string } = {};
    value.self = value;
    Object.defineProperty(value, 'toJSON', { value: () => 'ok', enumerable: false });
    return value;
  }
}

@Controller('outcome')
@UseInterceptors(OutcomeInterceptor, TtlCacheInterceptor)
class OutcomeController {
  @Get()
  inside() {
    return work('inside');
  }
}

let app: NestFastifyApplication;
let store: Map<string, unknown>;
let base: string;

beforeEach(async () => {
  calls = [];
  failure = undefined;
  store = new Map();
  @Module({
    imports: [TtlCacheModule.forRoot({ stores: new Keyv({ store, useKeyPrefix: false }), ttl: 60_000 })],
    controllers: [TestController, OutcomeController],
  })
  class TestModule {}
  app = await NestFactory.create<NestFastifyApplication>(TestModule, new FastifyAdapter(), { logger: false });
  // Stands for a guard.
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, _reply, done) => {
      const { user } = request.headers;
      if (user !== undefined) Object.assign(request, { user: { sub: user } });
      done();
    });
  await app.listen(0, '127.0.0.1');
  base = await app.getUrl();
});
afterEach(() => app.close());

async function ask(path: string, init: RequestInit = {}) {
  const response = await fetch(base + path, init);
  const text = await response.text();
  return { status: response.status, cache: response.headers.get('x-cache'), text };
}

describe('keys', () => {
  it('are the URL unless named, and only GET is cached', async () => {
    expect(await ask('/plain')).toEqual({ status: 200, cache: 'MISS', text: '{"name":"plain","call":1}' });
    expect(await ask('/plain')).toEqual({ status: 200, cache: 'HIT', text: '{"name":"plain","call":1}' });
    expect(await ask('/plain?page=2')).toMatchObject({ cache: 'MISS' });
    expect(await ask('/plain', { method: 'POST' })).toMatchObject({
      cache: null,
      text: expect.stringContaining('write'),
    });
    expect(await ask('/plain', { method: 'HEAD' })).toMatchObject({ cache: null });
    expect([...store.keys()]).toEqual(['/plain', '/plain?page=2']);
  });

  it('can be made from the request', async () => {
    await ask('/named/7?ignored=1');
    expect([...store.keys()]).toEqual(['named:7']);
  });

  it('keep users apart where told to, and cache nothing for nobody', async () => {
    const as = (user: string) => ask('/mine', { headers: { user } });
    expect([(await as('ana')).cache, (await as('bob')).cache, (await as('ana')).cache]).toEqual([
      'MISS',
      'MISS',
      'HIT',
    ]);
    expect([(await ask('/mine')).cache, (await ask('/mine')).cache]).toEqual([null, null]);
    await as('a|b /c');
    expect([...store.keys()]).toEqual(['user:ana|/mine', 'user:bob|/mine', 'user:a%7Cb%20%2Fc|/mine']);
  });
});

describe('time to live', () => {
  it('comes from @CacheTTL(), else from the module, in milliseconds', async () => {
    const start = Date.now();
    await ask('/short');
    await ask('/plain');
    const expires = [...store.values()].map(
      (entry) => (JSON.parse(String(entry)) as { expires: number }).expires - start,
    );
    expect(expires.map((ms) => Math.floor(ms / 5_000))).toEqual([1, 12]);
  });
});

describe('concurrent requests', () => {
  it('share one call', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask('/plain')));
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['{"name":"plain","call":1}']));
    expect(calls).toEqual(['plain']);
  });

  it('do not share a stream, which could be read only once, and it is not cached', async () => {
    const answers = await Promise.all([ask('/file'), ask('/file'), ask('/file')]);
    expect(answers.map(({ text }) => text)).toEqual(['bytes', 'bytes', 'bytes']);
    expect(calls).toHaveLength(3);
    expect(store.size).toBe(0);
  });
});

describe('when the handler fails', () => {
  it('answers the last value known, and says so', async () => {
    await ask('/outcome');
    store.clear();
    failure = new ServiceUnavailableException();
    expect(await ask('/outcome')).toEqual({
      status: 200,
      cache: 'STALE',
      text: '{"value":{"name":"inside","call":1},"outcome":"stale"}',
    });
  });

  it('fails as the handler did where nothing is known', async () => {
    failure = new ServiceUnavailableException('no');
    expect(await ask('/plain')).toMatchObject({ status: 503, cache: null });
  });

  it('does not hide a refusal behind an old value', async () => {
    await ask('/plain');
    store.clear();
    failure = new NotFoundException();
    expect((await ask('/plain')).status).toBe(404);
  });
});

it('lets an answer through that cannot be stored', async () => {
  expect(await ask('/circular')).toMatchObject({ status: 200, cache: 'MISS' });
});

it('tells an interceptor outside it where the answer came from', async () => {
  const outcome = async () => (JSON.parse((await ask('/outcome')).text) as { outcome: string }).outcome;
  expect([await outcome(), await outcome()]).toEqual(['miss', 'hit']);
});

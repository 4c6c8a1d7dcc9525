import { freePorts } from '@balanza/testing';
import { Body, Controller, Delete, Get, Module, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { startApp, type AppDefinition, type RunningApp } from '../application.js';

/** Lets a test hold a request in flight. */
export const gate = { entered: 0, open: Promise.withResolvers<void>() };

@Controller()
class SampleController {
  @Post('items/:id')
  create(
    @Param('id') id: string,
    @Body({ schema: z.object({ size: z.number(), tags: z.array(z.string()) }) }) body: object,
  ) {
    return { id, ...body };
  }

  @Get('items/:id')
  read(@Param('id') id: string) {
    return { id };
  }

  @Delete('drafts/:id')
  remove(@Param('id') id: string) {
    return { removed: id };
  }

  @Get('broken')
  broken() {
    throw new Error('secret detail');
  }

  @Get('slow')
  async slow() {
    gate.entered++;
    await gate.open.promise;
    return { slow: 'done' };
  }
}

@Module({ controllers: [SampleController] })
class SampleModule {}

const sample: AppDefinition = {
  name: 'microservice',
  internal: true,
  create: () => ({ module: SampleModule }),
};

/** An app on a free port, for the tests of what all apps share. */
export async function startSample(
  environment: Record<string, string> = {},
): Promise<RunningApp & AsyncDisposable & { readonly url: string }> {
  const [port] = await freePorts(1);
  const app = await startApp(sample, {
    PORT: String(port),
    LOG_LEVEL: 'silent',
    LOG_FORMAT: 'json',
    ...environment,
  });
  return { ...app, url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => app.stop() };
}

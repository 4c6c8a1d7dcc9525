import { CurrentUser, type Claims } from '@balanza/auth';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiOperation, ApiParam } from '@nestjs/swagger';
import {
  backendUpdate,
  newBackend,
  type BackendUpdate,
  type NewBackend,
} from '../control/balancing-state.js';
import { AdminOnly } from './admin-only.decorator.js';
import { Answers } from './api-docs.decorator.js';
import { ControlService } from './control.service.js';
import { BACKEND } from './examples.js';

const BackendParam = () =>
  ApiParam({
    name: 'backend',
    description: 'Host and port, as in its URL',
    schema: { type: 'string' },
  });

/** One backend at a time. */
@AdminOnly()
@Controller('-/api/backends')
export class BackendsController {
  constructor(private readonly service: ControlService) {}

  @Get()
  @ApiOperation({ summary: 'Every backend, with how it is doing' })
  @Answers(200, 'In the order of the list', { backends: [BACKEND] })
  list() {
    return { backends: this.service.backends() };
  }

  @Post()
  @HttpCode(201)
  @ApiOperation({ summary: 'Adds a backend', description: 'It gets its share gradually (slow start).' })
  @Answers(201, 'It is there', BACKEND)
  async add(@Body({ schema: newBackend }) backend: NewBackend, @CurrentUser() user: Claims) {
    await this.service.change({ backends: { add: [backend] } }, user);
    return this.service.backend(hostOf(backend.url));
  }

  @Get(':backend')
  @BackendParam()
  @ApiOperation({ summary: 'One backend, with how it is doing' })
  @Answers(200, 'The backend', BACKEND)
  read(@Param('backend') id: string) {
    return this.service.backend(id);
  }

  @Patch(':backend')
  @BackendParam()
  @ApiOperation({
    summary: 'Gives a backend another weight or mode',
    description:
      '`drain` sends it no new requests, and those in flight finish. `maintenance` does the same and stops its checks. ' +
      '`ready` brings it back, gradually.',
  })
  @Answers(200, 'As it is now', BACKEND)
  async update(
    @Param('backend') id: string,
    @Body({ schema: backendUpdate }) update: BackendUpdate,
    @CurrentUser() user: Claims,
  ) {
    await this.service.changeBackend(id, (url) => ({ update: [{ url, ...update }] }), user);
    return this.service.backend(id);
  }

  @Delete(':backend')
  @HttpCode(204)
  @BackendParam()
  @ApiOperation({ summary: 'Takes a backend out', description: 'Requests in flight finish.' })
  @Answers(204, 'It is gone')
  async remove(@Param('backend') id: string, @CurrentUser() user: Claims): Promise<void> {
    await this.service.changeBackend(id, (url) => ({ remove: [url] }), user);
  }
}

function hostOf(url: string): string {
  return url.slice('http://'.length);
}

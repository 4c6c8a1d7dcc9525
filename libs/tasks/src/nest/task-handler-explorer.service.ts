import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import { TaskDefinitions, type TaskDefinition } from '../task-definition.js';
import {
  TASK_HANDLER_METADATA,
  type TaskHandlerMetadata,
  type TaskHandlerProvider,
} from './task-handler.decorator.js';

/**
 * Finds every provider that is a `@TaskHandler`, wherever in the application, and adds it to the {@link TaskDefinitions}. A
 * provider of the module that has those; the module imports `DiscoveryModule`.
 */
@Injectable()
export class TaskHandlerExplorer implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
    private readonly definitions: TaskDefinitions,
  ) {}

  /** @throws Error when two handlers have one name */
  onModuleInit(): void {
    for (const { instance, metatype } of this.discovery.getProviders()) {
      if (typeof metatype !== 'function') continue;
      const metadata = this.reflector.get<TaskHandlerMetadata | undefined>(TASK_HANDLER_METADATA, metatype);
      if (metadata === undefined) continue;
      const { name, options } = metadata;
      const provider = instance as TaskHandlerProvider;
      const definition = {
        ...options,
        handle: (payload, context) => provider.handle(payload, context),
      } as TaskDefinition;
      this.definitions.add(name, definition);
    }
  }
}

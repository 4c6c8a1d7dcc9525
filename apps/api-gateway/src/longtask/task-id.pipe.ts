import { taskId } from '@balanza/contracts';
import { ResourceNotFoundException } from '@balanza/runtime';
import { Injectable, type PipeTransform } from '@nestjs/common';

/** What cannot be an id is answered as the worker answers one that it does not know. */
@Injectable()
export class TaskIdPipe implements PipeTransform<string, string> {
  /** @throws ResourceNotFoundException */
  transform(id: string): string {
    if (taskId.safeParse(id).success) return id;
    throw new ResourceNotFoundException(`There is no task ${id.slice(0, 100)}`);
  }
}

/** A process to be killed: accepts as many tasks as it is told, and never ends one. `node doomed-worker.ts <url> <count>` */
import { DatabasePool } from '@balanza/postgres';
import { LeaseStore, OrphanStore, TaskDefinitions, TaskRunner, WorkStore } from '@balanza/tasks';

const [url = '', count = '0'] = process.argv.slice(2);
const pool = new DatabasePool({
  url,
  applicationName: 'doomed',
  size: 4,
  queueLimit: 1_000,
  queueTimeoutMs: 5_000,
  statementTimeoutMs: 5_000,
});
const instance = 'd00d0000';
const runner = new TaskRunner({
  work: new WorkStore(pool, instance),
  leases: new LeaseStore(pool, { instance, name: instance }),
  orphans: new OrphanStore(pool, { instance, name: instance }),
  instance,
  concurrency: Number(count),
  definitions: new TaskDefinitions({ handle: () => new Promise(() => undefined) }),
});
await runner.start();
await Promise.all(Array.from({ length: Number(count) }, () => runner.accept({})));
process.stdout.write('ready\n');

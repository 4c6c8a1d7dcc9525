import { eventually, temporaryFolder } from '@balanza/testing';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigFile } from './config-file.js';

function watched() {
  const folder = temporaryFolder();
  const path = folder.write('balanza.yaml', 'a');
  let changes = 0;
  const file = new ConfigFile(path, () => changes++);
  file.start();
  return {
    folder,
    path,
    file,
    changes: () => changes,
    [Symbol.dispose]: () => {
      file.stop();
      folder[Symbol.dispose]();
    },
  };
}

describe('ConfigFile', () => {
  it('tells once of a change that is written in several steps', async () => {
    using system = watched();
    for (const content of ['b', 'bc', 'bcd']) system.folder.write('balanza.yaml', content);
    await eventually(() => expect(system.changes()).toBe(1));
  });

  it('tells when another file is put in its place', async () => {
    using system = watched();
    renameSync(system.folder.write('new.yaml', 'b'), system.path);
    await eventually(() => expect(system.changes()).toBe(1));
    system.folder.write('balanza.yaml', 'c');
    await eventually(() => expect(system.changes()).toBe(2));
  });

  it('tells at once when SIGHUP comes, and no more once it has stopped', () => {
    using system = watched();
    process.emit('SIGHUP', 'SIGHUP');
    expect(system.changes()).toBe(1);
    system.file.stop();
    expect(process.listeners('SIGHUP')).toEqual([]);
  });

  it('does not mind other files', async () => {
    using system = watched();
    system.folder.write('other.yaml', 'b');
    renameSync(join(system.folder.path, 'other.yaml'), join(system.folder.path, 'another.yaml'));
    system.folder.write('balanza.yaml', 'c');
    await eventually(() => expect(system.changes()).toBe(1));
  });
});

import { eventually, temporaryFolder, type TemporaryFolder } from '@balanza/testing';
import { linkSync, mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigFile } from './config-file.js';

function watched(pathIn = (folder: TemporaryFolder) => folder.write('balanza.yaml', 'a')) {
  const folder = temporaryFolder();
  const path = pathIn(folder);
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

  it('tells when a file behind a symbolic link into another folder changes', async () => {
    using system = watched((folder) => {
      mkdirSync(join(folder.path, 'elsewhere'));
      mkdirSync(join(folder.path, 'here'));
      folder.write('elsewhere/balanza.yaml', 'a');
      symlinkSync('../elsewhere/balanza.yaml', join(folder.path, 'here/balanza.yaml'));
      return join(folder.path, 'here/balanza.yaml');
    });
    system.folder.write('elsewhere/balanza.yaml', 'b');
    await eventually(() => expect(system.changes()).toBe(1));
  });

  it('tells when the folder that a link in the path leads to is another, as with a ConfigMap', async () => {
    using system = watched((folder) => {
      for (const version of ['1', '2']) {
        mkdirSync(join(folder.path, version));
        folder.write(`${version}/balanza.yaml`, version);
      }
      symlinkSync('1', join(folder.path, 'data'));
      mkdirSync(join(folder.path, 'mounted'));
      symlinkSync('../data/balanza.yaml', join(folder.path, 'mounted/balanza.yaml'));
      return join(folder.path, 'mounted/balanza.yaml');
    });
    symlinkSync('2', join(system.folder.path, 'next'));
    renameSync(join(system.folder.path, 'next'), join(system.folder.path, 'data'));
    await eventually(() => expect(system.changes()).toBe(1));
  });

  // What a bind mount of a single file does: the same file is written to by another path, and nothing happens in the folder.
  it('tells when the same file is changed by another path', async () => {
    using system = watched((folder) => {
      mkdirSync(join(folder.path, 'host'));
      mkdirSync(join(folder.path, 'container'));
      const path = join(folder.path, 'container/balanza.yaml');
      linkSync(folder.write('host/balanza.yaml', 'a'), path);
      return path;
    });
    system.folder.write('host/balanza.yaml', 'b');
    await eventually(() => expect(system.changes()).toBe(1));
  });

  it('tells of a change that keeps size and time of the file', async () => {
    using system = watched();
    const time = new Date('2026-01-01T00:00:00Z');
    utimesSync(system.path, time, time);
    await eventually(() => expect(system.changes()).toBe(1));
    writeFileSync(system.path, 'b');
    utimesSync(system.path, time, time);
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

import { temporaryFolder } from '@balanza/testing';
import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { locateBinaries } from './binaries.js';
import { prepareCluster } from './cluster.js';
import { chooseUser } from './run-as.js';

it('programs in a folder whose name a shell would change make a cluster all the same', async () => {
  using folder = temporaryFolder();
  const dataDirectory = join(folder.path, 'data');
  const runAs = await chooseUser(dataDirectory);
  const native = join(folder.path, 'price $HOME');
  await cp(join(await locateBinaries(runAs), '..'), native, { recursive: true, verbatimSymlinks: true });
  const bin = await locateBinaries(runAs, { native, version: 'spec', platform: process.platform });
  try {
    await prepareCluster({ bin, runAs, dataDirectory });
    expect(existsSync(join(dataDirectory, 'PG_VERSION'))).toBe(true);
  } finally {
    await rm(join(bin, '..'), { recursive: true });
  }
});

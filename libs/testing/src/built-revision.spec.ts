import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { builtRevision } from './built-revision.js';
import { temporaryFolder } from './temporary-folder.js';

const WORKSPACE = fileURLToPath(new URL('../../..', import.meta.url));

it.each(['no-such-branch', '--all', 'HEAD:package.json'])('%s is no commit', (revision) => {
  using folder = temporaryFolder();
  expect(() => builtRevision(WORKSPACE, revision, { project: 'apps/cache', folder: folder.path })).toThrow(
    `${revision}: not a commit of this repository; expected a branch, a tag or a hash`,
  );
});

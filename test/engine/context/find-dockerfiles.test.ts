/** Dockerfiles below a folder. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findDockerfiles } from '../../../src/engine/context/find-dockerfiles.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';

const folder = scratchFolder();
afterAll(() => removeScratch(folder));

test('the nearest first, without what others keep', async () => {
  const files = [
    'b/Dockerfile',
    'a/deep/er/Dockerfile',
    'a/api.Dockerfile',
    'a/Dockerfile.dockerignore',
    'a/Dockerfile~',
    'Dockerfile.dev',
    'Dockerfile',
    'Containerfile',
    'MyDockerfile',
    '.git/Dockerfile',
    'b/node_modules/x/Dockerfile',
    '.hidden/Dockerfile',
  ];
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), 'FROM scratch\n');
  }
  await symlink('..', join(folder, 'a', 'loop'));
  await symlink('Dockerfile', join(folder, 'b', 'Dockerfile.link'));
  await mkdir(join(folder, 'c', 'Dockerfile'), { recursive: true });
  expect(await findDockerfiles(folder)).toEqual([
    'Containerfile',
    'Dockerfile',
    'Dockerfile.dev',
    '.hidden/Dockerfile',
    'a/api.Dockerfile',
    'b/Dockerfile',
    'b/Dockerfile.link',
    'a/deep/er/Dockerfile',
  ]);
  expect(await findDockerfiles(folder, { limit: 2 })).toEqual(['Containerfile', 'Dockerfile']);
  expect(await findDockerfiles(join(folder, 'nothing'))).toEqual([]);
});

test('ends when it is no longer wanted', async () => {
  const search = findDockerfiles('/', { signal: AbortSignal.abort() });
  await expect(search).rejects.toMatchObject({ code: 'cancelled' });
});

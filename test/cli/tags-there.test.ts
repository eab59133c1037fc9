/** A name without a tag means `latest`: who forgets that is told which tags there are. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OciMaker } from '../support/oci-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { nacreHere } from './in-process.ts';

const folder = scratchFolder();
const maker = new OciMaker(join(folder, 'store'));
const env = {
  NACRE_STORE: maker.folder,
  XDG_STATE_HOME: join(folder, 'state'),
  XDG_CONFIG_HOME: join(folder, 'config'),
  XDG_CACHE_HOME: join(folder, 'cache'),
};

beforeAll(async () => {
  await maker.init();
  for (const name of ['multi:1', 'multi:2', 'one:5', 'many:1', 'many:2', 'many:3', 'many:4', 'multiple:1'])
    await maker.tiny(name);
});
afterAll(() => removeScratch(folder));

const refused = async (...args: string[]): Promise<string> => {
  const { code, stderr } = await nacreHere(args, env);
  expect({ args, code }).toEqual({ args, code: 1 });
  return stderr;
};

test.each([
  ['files', 'multi'],
  ['cp', 'multi:/etc', folder],
  ['check', 'multi'],
  ['diff', 'multi:1', 'multi'],
  ['find', 'passwd', 'multi'],
  ['inspect', 'multi'],
  ['history', 'multi'],
])('%s says that a name without a tag means latest, and which tags there are', async (...args) => {
  expect(await refused(...args)).toMatch(
    /^nacre: .*multi.*\. Without a tag, multi means multi:latest\. There are multi:1 and multi:2\.\n/,
  );
});

test('names three at most, and says nothing of tags where there are none', async () => {
  expect(await refused('files', 'many')).toContain('There are many:1, many:2, many:3 and 1 more.\n');
  expect(await refused('files', 'one')).toContain('There is one:5.\n');
  expect(await refused('files', 'one:7')).toMatch(/one:7\. There is one:5\.\n$/);
  expect(await refused('files', 'nothing')).not.toContain('tag');
});

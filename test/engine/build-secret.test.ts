import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSecret, parseSecret } from '../../src/engine/build-secret.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';

let cwd: string;
beforeAll(() => {
  cwd = scratchFolder();
  writeFileSync(join(cwd, 'a,b'), 'of a file');
  writeFileSync(join(cwd, 'large'), Buffer.alloc(500 * 1024 + 1));
  mkdirSync(join(cwd, 'folder'));
});
afterAll(() => removeScratch(cwd));

it.each([
  ['id=a,src=/x', { id: 'a', file: '/x', env: undefined }],
  ['ID=a,source=x,type=file', { id: 'a', file: 'x', env: undefined }],
  ['id=a,env=B', { id: 'a', file: undefined, env: 'B' }],
  ['type=env,id=a,src=B', { id: 'a', file: undefined, env: 'B' }],
  ['type=env,id=a', { id: 'a', file: undefined, env: 'a' }],
  ['id=a,"src=x,""y"', { id: 'a', file: 'x,"y', env: undefined }],
  ['id=a,src=k=v', { id: 'a', file: 'k=v', env: undefined }],
  ['id=a', { id: 'a', file: undefined, env: undefined }],
])('%s is what docker makes of it', (text, source) => {
  expect(parseSecret(text)).toEqual(source);
});

it.each([
  ['id=a,env=B', 'of the environment'],
  ['id=B', 'of the environment'],
  ['id=x,"src=a,b"', 'of a file'],
])('%s is read when it is asked for', async (text, value) => {
  const secret = await openSecret(text, { env: { B: 'of the environment' }, cwd });
  expect(Buffer.from(await secret.read()).toString()).toBe(value);
});

it.each([
  ['', 'id'],
  ['src=x', 'id'],
  ['id=a,type=ssh', 'type'],
  ['id=a,src=x,env=y', 'both'],
  ['id=a,src=none', 'no file'],
  ['id=a,src=folder', 'no file'],
  ['id=a,src=large', '500 KiB'],
  ['id=a,env=NONE', 'NONE'],
  ['id=a', 'no file'],
])('%s cannot be used', async (text, said) => {
  const failed = openSecret(text, { env: {}, cwd });
  await expect(failed).rejects.toThrow(EngineError);
  await expect(failed).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining(said) });
});

it('a secret given in place of its description is not repeated', () => {
  expect(() => parseSecret('id=a,hunter2')).toThrow(/^(?!.*hunter2)/);
  expect(() => parseSecret('id=a,value=hunter2')).toThrow(/^(?!.*hunter2)/);
});

it('a file that is gone when it is asked for is told by its secret', async () => {
  const file = join(cwd, 'short-lived');
  writeFileSync(file, 'x');
  const secret = await openSecret('id=a,src=short-lived', { env: {}, cwd });
  rmSync(file);
  await expect(secret.read()).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('the secret a cannot be used'),
  });
});

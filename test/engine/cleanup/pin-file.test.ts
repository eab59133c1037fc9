import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  changePinFile,
  checkPin,
  joinPins,
  pinFilePath,
  pinTexts,
  readPinFile,
} from '../../../src/engine/cleanup/pin-file.ts';
import { EngineError } from '../../../src/engine/errors.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = scratchFolder();
  path = pinFilePath(join(folder, 'state'));
});
afterEach(() => removeScratch(folder));

const codeOf = (body: () => unknown): string => {
  try {
    body();
  } catch (thrown) {
    return thrown instanceof EngineError ? thrown.code : String(thrown);
  }
  return '';
};

test('pins come and go, names and labels, and a missing file holds none', async () => {
  expect(readPinFile(path)).toEqual({ names: [], labels: [] });
  await changePinFile(path, { add: ['app:1', 'acme/*', 'label=team=core'] });
  expect(readPinFile(path)).toEqual({ names: ['app:1', 'acme/*'], labels: ['team=core'] });
  await changePinFile(path, { add: ['label=keep'], remove: ['acme/*', 'never:there'] });
  expect(pinTexts(readPinFile(path))).toEqual(['app:1', 'label=team=core', 'label=keep']);
  expect(readdirSync(join(folder, 'state'))).toEqual(['pins.json']);
});

test('one image in two spellings is one pin', async () => {
  await changePinFile(path, { add: ['docker.io/library/app:1', 'app:1'] });
  expect(readPinFile(path).names).toHaveLength(1);
  await changePinFile(path, { remove: ['app:1'] });
  expect(readPinFile(path).names).toEqual([]);
  expect(
    joinPins({ names: ['app'], labels: ['a'] }, { names: ['docker.io/library/app', 'b'], labels: ['a'] }),
  ).toEqual({
    names: ['docker.io/library/app', 'b'],
    labels: ['a'],
  });
});

test.each([
  '',
  'two words',
  'label=',
  'label==x',
  'team=core',
  'app[',
  'app\\',
  'sha256:abc',
  '0123456789ab',
])('"%s" is nothing to pin', async (pin) => {
  expect(codeOf(() => checkPin(pin))).toBe('bad-input');
  await expect(changePinFile(path, { add: [pin] })).rejects.toMatchObject({ code: 'bad-input' });
  expect(existsSync(path)).toBe(false);
});

describe('a file that is not understood', () => {
  test.each([
    ['cut off', '{"format":1,"names":["app"'],
    ['of a later format', '{"format":2,"names":[],"labels":[]}'],
    ['without labels', '{"format":1,"names":["app"]}'],
    ['with a broken pattern', '{"format":1,"names":["app["],"labels":[]}'],
    ['that is a list', '[]'],
    ['that is empty', ''],
  ])('%s is told, and is not written over', async (_what, text) => {
    mkdirSync(join(folder, 'state'));
    writeFileSync(path, text);
    expect(codeOf(() => readPinFile(path))).toBe('corrupt');
    await expect(changePinFile(path, { add: ['app'] })).rejects.toMatchObject({ code: 'corrupt' });
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('that is a folder cannot be read', () => {
    mkdirSync(path, { recursive: true });
    expect(codeOf(() => readPinFile(path))).toBe('permission');
  });
});

test('a file that cannot be written is told, with what to do', async () => {
  writeFileSync(join(folder, 'state'), 'no folder');
  await expect(changePinFile(path, { add: ['app'] })).rejects.toMatchObject({
    message: expect.stringMatching(/^cannot write the pins in \S+pins\.json: EEXIST/),
    hint: expect.stringContaining('No pin was changed'),
  });
});

test('two processes that pin at the same time lose nothing', async () => {
  const module = fileURLToPath(new URL('../../../src/engine/cleanup/pin-file.ts', import.meta.url));
  const script = `
    const { changePinFile } = await import(${JSON.stringify(module)});
    const [path, who] = process.argv.slice(-2);
    for (let turn = 0; turn < 25; turn++) {
      await changePinFile(path, { add: [who + ':' + turn, who + ':gone'] });
      await changePinFile(path, { remove: [who + ':gone'] });
    }`;
  const run = (who: string): Promise<number | null> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, path, who], {
        stdio: 'inherit',
      });
      child.on('error', reject);
      child.on('close', resolve);
    });
  expect(await Promise.all([run('one'), run('two')])).toEqual([0, 0]);
  const expected = ['one', 'two'].flatMap((who) => Array.from({ length: 25 }, (_, turn) => `${who}:${turn}`));
  expect([...readPinFile(path).names].sort()).toEqual(expected.sort());
});

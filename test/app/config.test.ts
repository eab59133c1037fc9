import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/app/config.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = scratchFolder();
  mkdirSync(join(folder, 'nacre'));
  file = join(folder, 'nacre', 'config.toml');
});
afterEach(() => removeScratch(folder));

const read = (text: string): unknown => {
  writeFileSync(file, text);
  return readConfig(undefined, { XDG_CONFIG_HOME: folder });
};

test('keys are read from the usual place', () => {
  expect(read('[keys]\n"images.delete" = ["D", "ctrl+x"]\n')).toEqual({
    keys: { 'images.delete': ['D', 'ctrl+x'] },
  });
  expect(read('')).toEqual({ keys: {} });
});

test('no file is no settings, unless it was asked for', () => {
  expect(readConfig(undefined, { XDG_CONFIG_HOME: folder })).toEqual({ keys: {} });
  expect(readConfig(undefined, { HOME: folder, XDG_CONFIG_HOME: '/nonexistent' })).toEqual({ keys: {} });
  expect(() => readConfig(file, {})).toThrow(`${file} cannot be read`);
});

test('a file that was named is read instead', () => {
  const other = join(folder, 'other.toml');
  writeFileSync(other, '[keys]\n"app.quit" = ["Q"]');
  writeFileSync(file, '[keys]\n"app.quit" = ["X"]');
  expect(readConfig(other, { XDG_CONFIG_HOME: folder })).toEqual({ keys: { 'app.quit': ['Q'] } });
});

describe('what is wrong is said, with the place, in one line', () => {
  test.each([
    ['[keys\n', /is not valid TOML/],
    ['keys = "D"', /\[keys\] must be a table/],
    ['keys = ["D"]', /\[keys\] must be a table/],
    ['[keys]\n"images.delete" = "D"', /"images.delete" needs a list of keys/],
    ['[keys]\n"images.delete" = [1]', /"images.delete" needs a list of keys/],
    ['\u0000', /is not valid TOML/],
  ])('%j', (text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(file);
    try {
      read(text);
    } catch (thrown) {
      expect((thrown as Error).message).not.toContain('\n');
    }
  });
});

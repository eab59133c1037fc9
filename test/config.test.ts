import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Config, readConfig } from '../src/config.ts';
import { removeScratch, scratchFolder } from './support/scratch.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = scratchFolder();
  mkdirSync(join(folder, 'nacre'));
  file = join(folder, 'nacre', 'config.toml');
});
afterEach(() => removeScratch(folder));

const read = (text: string): Promise<Config> => {
  writeFileSync(file, text);
  return readConfig(undefined, { XDG_CONFIG_HOME: folder });
};

const NOTHING: Config = {
  keys: {},
  engine: {},
  registries: { insecure: [] },
  jobs: { transfers: 3, notify: false, title: false },
  pins: { names: [], labels: [] },
  trash: undefined,
  journal: { keep: true },
};

test('settings are read from the usual place', async () => {
  expect(
    await read(`[keys]
"images.delete" = ["D", "ctrl+x"]
[engine]
default = "embedded"
store = "~/images"
[registries]
insecure = ["box:5000"]
[jobs]
transfers = 5
notify = "bell"
title = true
`),
  ).toEqual({
    keys: { 'images.delete': ['D', 'ctrl+x'] },
    engine: { default: 'embedded', store: '~/images' },
    registries: { insecure: ['box:5000'] },
    jobs: { transfers: 5, notify: 'bell', title: true },
    pins: { names: [], labels: [] },
    journal: { keep: true },
  });
  expect(await read('')).toEqual(NOTHING);
});

test('no file is no settings, unless it was asked for', async () => {
  expect(await readConfig(undefined, { XDG_CONFIG_HOME: folder })).toEqual(NOTHING);
  expect(await readConfig(undefined, { HOME: folder, XDG_CONFIG_HOME: '/nonexistent' })).toEqual(NOTHING);
  await expect(readConfig(file, {})).rejects.toThrow(`${file} cannot be read`);
});

test('a file that was named is read instead', async () => {
  const other = join(folder, 'other.toml');
  writeFileSync(other, '[keys]\n"app.quit" = ["Q"]');
  writeFileSync(file, '[keys]\n"app.quit" = ["X"]');
  expect(await readConfig(other, { XDG_CONFIG_HOME: folder })).toMatchObject({ keys: { 'app.quit': ['Q'] } });
});

test('one of its two limits turns the trash on', async () => {
  expect((await read('')).trash).toBeUndefined();
  expect((await read('[trash]\nkeep = "2w"')).trash).toEqual({ keep: 14 * 86_400, size: 20e9 });
  expect((await read('[trash]\nsize = "1.5GB"')).trash).toEqual({ keep: 7 * 86_400, size: 1.5e9 });
});

describe('what is wrong is said, with the place, in one line', () => {
  test.each([
    ['[keys\n', /is not valid TOML/],
    ['keys = "D"', /\[keys\] must be a table/],
    ['keys = ["D"]', /\[keys\] must be a table/],
    ['[jobs]\ntransfers = 0', /\[jobs\] transfers needs a number from 1 to 20/],
    ['[jobs]\ntransfers = 2.5', /\[jobs\] transfers needs a number/],
    ['[jobs]\nnotify = "loud"', /\[jobs\] notify can be true, false or "bell"/],
    ['[jobs]\ntitle = "on"', /\[jobs\] title can be true or false/],
    ['[keys]\n"images.delete" = "D"', /"images.delete" needs a list of keys/],
    ['[keys]\n"images.delete" = [1]', /"images.delete" needs a list of keys/],
    ['engine = "embedded"', /\[engine\] must be a table/],
    ['[engine]\ndefault = "docker"', /default can only be "embedded"/],
    ['[engine]\nstore = "images"', /store needs a full path/],
    ['[engine]\nstore = 1', /store needs a full path/],
    ['[registries]\ninsecure = "box:5000"', /insecure needs a list of hosts/],
    ['[registries]\ninsecure = ["http://box:5000"]', /insecure needs a list of hosts/],
    ['[pins]\nname = ["app:1"]', /\[pins\] has no "name", only names and labels/],
    ['[pins]\nnames = "app:1"', /\[pins\] names needs a list/],
    ['[pins]\nnames = ["app[1"]', /"app\[1" is not a pattern/],
    ['[pins]\nnames = ["0123456789ab"]', /"0123456789ab" is an image id, and pins hold names/],
    ['[pins]\nlabels = ["=x"]', /\[pins\] labels needs a list/],
    ['[trash]\ndays = 7', /\[trash\] has no "days", only keep and size/],
    ['[trash]\nkeep = 7', /\[trash\] keep needs an age, such as "7d"/],
    ['[trash]\nkeep = "0d"', /\[trash\] keep needs an age/],
    ['[trash]\nsize = "much"', /\[trash\] size needs a size, such as "20GB"/],
    ['\u0000', /is not valid TOML/],
  ])('%j', async (text, message) => {
    const error = await read(text).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringMatching(message) });
    expect((error as Error).message).toContain(file);
    expect((error as Error).message).not.toContain('\n');
  });
});

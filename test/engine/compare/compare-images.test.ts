/** Two images beside each other, made up and random: the latter beside the same layers unpacked into plain maps. */
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { describe, expect, it, test } from 'vitest';
import { type Comparison, compareImages, isSame } from '../../../src/engine/compare/compare-images.ts';
import type { TarEntry } from '../../support/tar.ts';
import { random } from '../stock-maker.ts';
import { type MakeOptions, makeImage } from './made-images.ts';

const file = (name: string, content: string, mode = 0o644): TarEntry => ({ name, content, mode });
const folder = (name: string): TarEntry => ({ name: `${name}/` });
const gone = (name: string): TarEntry => file(name.replace(/([^/]+)$/, '.wh.$1'), '');

async function compared(
  a: readonly (readonly TarEntry[] | Buffer)[],
  b: readonly (readonly TarEntry[] | Buffer)[],
  options: MakeOptions = {},
): Promise<Comparison> {
  const [one, other] = await Promise.all([makeImage(a, options), makeImage(b, options)]);
  return await compareImages(one.contents, other.contents);
}

/** `kind path bytes aspects`, one a change. */
function told({ files }: Comparison): string[] {
  return files.list.map(({ kind, path, bytes, aspects, unsure }) =>
    [kind, path, bytes, ...aspects, ...(unsure ? ['unsure'] : [])].join(' '),
  );
}

const BASE = [folder('etc'), file('etc/a', 'aaaa'), file('etc/b', 'bb'), folder('usr'), file('usr/x', 'x')];

describe('files of two images', () => {
  it('are told with their bytes, those that move most first', async () => {
    const comparison = await compared(
      [BASE, [file('etc/a', 'a'), gone('usr')]],
      [BASE, [file('new', '12345678'), folder('srv')], [gone('etc/b'), file('etc/a', 'AAAA')]],
    );
    expect(told(comparison)).toEqual([
      'added new 8',
      'changed etc/a 3 content',
      'removed etc/b -2',
      'added usr/x 1',
      'added srv 0',
      'added usr 0',
    ]);
    expect(comparison.files.sums).toEqual({
      added: { files: 2, folders: 2, bytes: 9, moved: 9 },
      removed: { files: 1, folders: 0, bytes: -2, moved: 2 },
      changed: { files: 1, folders: 0, bytes: 3, moved: 4 },
    });
    expect(comparison.layers.map(({ kind, before, after, bytes }) => [kind, before, after, bytes])).toEqual([
      ['shared', 0, 0, 7],
      ['removed', 1, undefined, 1],
      ['added', undefined, 1, 8],
      ['added', undefined, 2, 4],
    ]);
  });

  it('differ by type, mode, and where a link leads; times alone are no difference', async () => {
    const older = await timed(1_000_000);
    const newer = await timed(2_000_000);
    expect(told(await compared([older], [newer]))).toEqual([]);
    const comparison = await compared(
      [
        [
          file('run', '#!', 0o644),
          { name: 'link', link: 'run' },
          folder('d'),
          file('d/in', 'abc'),
          file('s', '12'),
        ],
      ],
      [[file('run', '#!', 0o755), { name: 'link', link: 'elsewhere' }, file('d', 'abc'), file('s', '21')]],
    );
    expect(told(comparison)).toEqual([
      'changed d 3 type',
      'removed d/in -3',
      'changed s 0 content',
      'changed link 0 link',
      'changed run 0 mode',
    ]);
    expect(isSame(comparison)).toBe(false);
  });

  it('move another content as a whole, what shrinks by what is gone, and other permissions nothing', async () => {
    const comparison = await compared(
      [[file('same', 'aaaaaaaa'), file('cut', 'x'.repeat(20)), file('run', '#!'), file('gone', '1234')]],
      [[file('same', 'bbbbbbbb'), file('cut', ''), file('run', '#!', 0o755), file('come', '12345678')]],
    );
    expect(comparison.files.list.map(({ path, bytes, moved }) => [path, bytes, moved])).toEqual([
      ['cut', -20, 20],
      // Of equal ones what changed.
      ['same', 0, 8],
      ['come', 8, 8],
      ['gone', -4, 4],
      ['run', 0, 0],
    ]);
    expect(comparison.files.sums.changed).toEqual({ files: 3, folders: 0, bytes: -20, moved: 28 });
  });

  it('that nobody read differ perhaps where only their time does, and for sure where their size does', async () => {
    const [older, newer] = [await timed(1_000_000), await timed(2_000_000)];
    const unread = await compared([older], [newer], { digests: false });
    expect(told(unread)).toEqual(['changed same 0 content unsure']);
    expect(unread.files).toMatchObject({ unsure: 1, assumed: 0 });
    const again = await compared([older], [older, [file('other', '')]], { digests: false });
    // The very entry of the same layer needs no reading.
    expect([told(again), again.files.assumed]).toEqual([['added other 0'], 0]);
    const assumed = await compared([[file('same', 'one')]], [[file('same', 'two'), file('x', 'xx')]], {
      digests: false,
    });
    expect([told(assumed), assumed.files.assumed]).toEqual([['added x 2'], 1]);
  });

  it('are the same with one more name for a file, or as a copy of it', async () => {
    const linked = await withLink('etc/a');
    expect(told(await compared([[file('etc/a', 'aaaa'), file('b', 'aaaa')]], [linked]))).toEqual([]);
    expect(told(await compared([[file('etc/a', 'aaaa'), file('b', 'bbbb')]], [linked]))).toEqual([
      'changed b -4 content',
    ]);
    // One that leads nowhere is no crash, but a thing of another type.
    expect(told(await compared([linked], [await withLink('nowhere')]))).toEqual(['changed b 0 type']);
  });

  it('share a hard link only where what it stands for is the same', async () => {
    const upper = [{ name: 'name', hard: 'etc/a' }];
    const comparison = await compared([[file('etc/a', 'old')], upper], [[file('etc/a', 'new')], upper]);
    expect(told(comparison)).toEqual(['changed etc/a 0 content', 'changed name 0 content']);
  });

  it('are what unpacking both leaves, whatever their layers hold', async () => {
    for (let seed = 0; seed < 60; seed++) {
      const pick = random(seed);
      const shared = Array.from({ length: pick(3) }, () => randomLayer(pick));
      const ownLayers = () => Array.from({ length: 1 + pick(3) }, () => randomLayer(pick));
      const [a, b] = [
        [...shared, ...ownLayers()],
        [...shared, ...ownLayers()],
      ];
      const comparison = await compared(a, b);
      const [mapA, mapB] = [unpacked(a), unpacked(b)];
      const expected = [...new Set([...mapA.keys(), ...mapB.keys()])].flatMap((path) => {
        const [before, after] = [mapA.get(path), mapB.get(path)];
        if (before === after) return [];
        return [`${before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'} ${path}`];
      });
      const seen = comparison.files.list.map(({ kind, path }) => `${kind} ${path}`);
      expect(seen.sort(), `seed ${seed}`).toEqual(expected.sort());
      const sizeOf = (map: ReadonlyMap<string, string>): number =>
        [...map.values()].reduce((sum, text) => sum + (text === FOLDER ? 0 : text.length), 0);
      const { added, removed, changed } = comparison.files.sums;
      expect(added.bytes + removed.bytes + changed.bytes, `seed ${seed}`).toBe(sizeOf(mapB) - sizeOf(mapA));
    }
  });
});

test('a layer that an image has twice is shared as often as the other has it', async () => {
  const again = [file('again', 'x')];
  const once = await compared([BASE, again, [file('z', 'z')], again], [BASE, again]);
  expect(once.layers.map(({ kind, before, after }) => [kind, before, after])).toEqual([
    ['shared', 0, 0],
    ['shared', 1, 1],
    ['removed', 2, undefined],
    ['removed', 3, undefined],
  ]);
  const twice = await compared([BASE, again], [BASE, again, [file('z', 'z')], again]);
  expect(twice.layers.map(({ kind, before, after }) => [kind, before, after])).toEqual([
    ['shared', 0, 0],
    ['shared', 1, 1],
    ['added', undefined, 2],
    ['added', undefined, 3],
  ]);
});

test('what an archive only claims to be a layer is not taken for that layer', async () => {
  const real = await makeImage([BASE], { digests: false });
  const other = await makeImage([[file('etc/a', 'EVIL')]], { digests: false });
  const [layer] = real.contents.image.layers;
  const claimed = {
    indexes: other.contents.indexes,
    image: { ...other.contents.image, layers: [{ ...layer!, keptBy: `sha256:${'e'.repeat(64)}` }] },
  };
  const { files } = await compareImages(real.contents, claimed);
  expect(files.list.some(({ kind, path }) => kind === 'removed' && path === 'etc/b')).toBe(true);
});

test('configs differ by variable, label, port and command', async () => {
  const a = await makeImage([BASE], {
    config: {
      env: ['PATH=/bin', 'A=1', 'EMPTY='],
      cmd: ['sh'],
      labels: { v: '1' },
      exposedPorts: ['80/tcp'],
    },
  });
  const b = await makeImage([BASE], {
    config: { env: ['A=1=2', 'PATH=/bin'], cmd: ['sh', '-c', 'x y'], labels: { v: '2' }, user: 'node' },
  });
  const { config, files, layers } = await compareImages(a.contents, b.contents);
  expect(config.map(({ field, key, before, after }) => [field, key, before, after])).toEqual([
    ['cmd', '', '["sh"]', '["sh","-c","x y"]'],
    ['user', '', undefined, 'node'],
    ['env', 'A', '1', '1=2'],
    ['env', 'EMPTY', '', undefined],
    ['label', 'v', '1', '2'],
    ['port', '80/tcp', '80/tcp', undefined],
  ]);
  expect([files.list, layers.map(({ kind }) => kind)]).toEqual([[], ['shared']]);
});

async function timed(seconds: number): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: 'same', mtime: new Date(seconds * 1000) }, 'same bytes');
  tar.finalize();
  return await buffer(tar);
}

async function withLink(target: string): Promise<Buffer> {
  const tar = pack();
  const mtime = new Date(1_600_000_000_000);
  tar.entry({ name: 'etc/a', mtime, mode: 0o644 }, 'aaaa');
  tar.entry({ name: 'b', type: 'link', linkname: target, mtime, mode: 0o644 });
  tar.finalize();
  return await buffer(tar);
}

function randomLayer(pick: (below: number) => number): TarEntry[] {
  const entries = new Map<string, TarEntry>();
  const folders = new Set<string>();
  for (let count = 1 + pick(8); count > 0; count--) {
    const parts = Array.from({ length: 1 + pick(3) }, () => 'abc'[pick(3)]!);
    const path = parts.join('/');
    const above = parts.slice(0, -1).map((_, at) => parts.slice(0, at + 1).join('/'));
    if (entries.has(path) || folders.has(path) || above.some((one) => entries.has(one))) continue;
    if (pick(5) === 0) entries.set(`${above.at(-1) ?? ''}/.wh.${parts.at(-1)}`, gone(path));
    else entries.set(path, file(path, 'xy'.repeat(1 + pick(3)).slice(pick(2))));
    for (const one of above) folders.add(one);
  }
  return [...entries.values()];
}

const FOLDER = '/';

/** What each layer takes away goes first, since that is about lower layers; then comes what it has. */
function unpacked(layers: readonly (readonly TarEntry[])[]): Map<string, string> {
  const there = new Map<string, string>();
  const clear = (path: string): void => {
    for (const other of [...there.keys()])
      if (other === path || other.startsWith(`${path}/`)) there.delete(other);
  };
  const makeFolders = (path: string): void => {
    const parts = path.split('/').slice(0, -1);
    for (const [at] of parts.entries()) {
      const above = parts.slice(0, at + 1).join('/');
      if (there.get(above) !== FOLDER) there.set(above, FOLDER);
    }
  };
  for (const entries of layers) {
    const hidden = entries.filter(({ name }) => name.includes('.wh.'));
    for (const { name } of hidden) clear(name.replace('.wh.', ''));
    for (const { name } of hidden) makeFolders(name);
    for (const { name, content } of entries) {
      if (name.includes('.wh.')) continue;
      makeFolders(name);
      clear(name);
      there.set(name, String(content));
    }
  }
  return there;
}

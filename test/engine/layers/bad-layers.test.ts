/** Layers that nobody writes in good faith: they are refused or read as what they are, and never take long. */
import { describe, expect, it } from 'vitest';
import { tarHeader } from '../../../src/engine/archive/tar-block.ts';
import { EngineError } from '../../../src/engine/errors.ts';
import { ROOT } from '../../../src/engine/layers/breadth-tree.ts';
import { indexStream } from '../../../src/engine/layers/index-layer.ts';
import type { LayerIndex } from '../../../src/engine/layers/layer-index.ts';
import { decodeIndex, encodeIndex } from '../../../src/engine/layers/layer-index-file.ts';
import { linkedFile } from '../../../src/engine/layers/linked-file.ts';
import { shownPath } from '../../../src/engine/layers/shown-path.ts';
import { stackLayers } from '../../../src/engine/layers/stack-layers.ts';
import { passing, tarOf } from '../../support/tar.ts';
import { random } from '../stock-maker.ts';

const BLOCK = 512;
const END = Buffer.alloc(2 * BLOCK);

async function indexOf(tar: Buffer, digests = false): Promise<LayerIndex> {
  return indexStream(passing(tar), { digests });
}

/** A member with a name of any bytes; `patch` changes its header before it is summed. */
function member(name: string | Buffer, patch: (header: Buffer) => void = () => {}): Buffer {
  const header = tarHeader('x', 0);
  header.fill(0, 0, 100);
  Buffer.from(name).copy(header, 0, 0, 100);
  patch(header);
  return summed(header);
}

function summed(header: Buffer): Buffer {
  header.fill(' ', 148, 156);
  const sum = header.subarray(0, BLOCK).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

const hardLink = (name: string, target: string) =>
  member(name, (header) => {
    header.write('1', 156);
    header.write(target, 157);
  });
const tarWith = (...parts: readonly Buffer[]) => Buffer.concat([...parts, END]);

const symbolicLink = (name: string, target: string) =>
  member(name, (header) => {
    header.write('2', 156);
    header.write(target, 157);
  });
const folder = (name: string) => member(name, (header) => header.write('5', 156));
const pathsOf = (index: LayerIndex) =>
  Array.from({ length: index.count - 1 }, (_, at) => `${index.type(at + 1)} ${index.path(at + 1)}`).sort();

describe('a layer', () => {
  it('with members behind its own symbolic links has them where an unpacker puts them', async () => {
    const index = await indexOf(
      tarWith(
        symbolicLink('a', 'b'),
        member('a/x'),
        folder('a/deep'),
        symbolicLink('b/up', '../c/./d'),
        member('a/up/y'),
        member('b/deep/z'),
        symbolicLink('far', '/b/up'),
        member('far/w'),
        symbolicLink('out', '../../../c'),
        member('out/v'),
      ),
    );
    expect(pathsOf(index)).toEqual([
      'directory b',
      'directory b/deep',
      'directory c',
      'directory c/d',
      'file b/deep/z',
      'file b/x',
      'file c/d/w',
      'file c/d/y',
      'file c/v',
      'symlink a',
      'symlink b/up',
      'symlink far',
      'symlink out',
    ]);
  });

  it('with symbolic links that go round, and members behind them, is read', async () => {
    const index = await indexOf(
      tarWith(
        symbolicLink('self', 'self'),
        member('self/x'),
        symbolicLink('a', 'b'),
        symbolicLink('b', 'a'),
        member('a/y'),
      ),
    );
    expect(pathsOf(index).filter((path) => path.startsWith('file'))).toHaveLength(2);
  });

  it('with hard links that go round is read, and its links lead nowhere', async () => {
    const index = await indexOf(
      tarWith(
        hardLink('a', 'b'),
        hardLink('b', './c'),
        hardLink('c', 'a'),
        hardLink('self', 'self'),
        hardLink('out', '../../x'),
      ),
    );
    const tree = stackLayers([index, index]);
    expect(tree.count).toBe(6);
    for (let entry = 1; entry < index.count; entry++) {
      expect(index.type(entry)).toBe('hardlink');
      expect(() => linkedFile([index, index], { layer: 1, entry })).toThrow(EngineError);
    }
  });

  it('with 100,000 files in one folder is read, and each is found', async () => {
    const files = 100_000;
    const parts = Array.from({ length: files }, (_, at) => tarHeader(`d/${(at * 7919) % files}`, 0));
    const index = await indexOf(tarWith(...parts));
    const folder = index.child(ROOT, Buffer.from('d'))!;
    const { from, to } = index.children(folder);
    expect(to - from).toBe(files);
    for (const at of [0, 1, 4711, files - 1]) {
      const entry = index.child(folder, Buffer.from(`${at}`))!;
      expect(index.path(entry).toString()).toBe(`d/${at}`);
    }
    const tree = stackLayers([index, await indexOf(tarWith(member('d/.wh.4711')))]);
    expect(tree.change(tree.find(Buffer.from('d/4711'))!)).toBe('removed');
    expect(tree.change(tree.find(Buffer.from('d/4712'))!)).toBe('added');
  });

  it('with a path of 4,096 bytes has it, deep or in one name', async () => {
    const deep = `${'d/'.repeat(2047)}ff`;
    const wide = 'w'.repeat(4096);
    const index = await indexOf(
      await tarOf([
        { name: deep, content: 'deep' },
        { name: wide, content: 'wide' },
      ]),
    );
    const tree = stackLayers([index]);
    for (const path of [deep, wide]) {
      expect(path).toHaveLength(4096);
      const entry = tree.find(Buffer.from(path))!;
      expect(tree.type(entry)).toBe('file');
      expect(tree.path(entry).toString()).toBe(path);
    }
    expect(decodeIndex(encodeIndex(index)).count).toBe(index.count);
  });

  it('with control characters in its names keeps them, and shows none', async () => {
    const names = [
      'new\nline',
      'bell\u0007',
      '\u001b]0;title\u0007',
      'back\bspace',
      'tab\t',
      '\u009b31m',
      'r\u202ertl',
    ];
    const raw = Buffer.of(0x66, 0xff, 0x80, 0x0a);
    const index = await indexOf(tarWith(...[...names, raw].map((name) => member(name))));
    expect(index.count).toBe(names.length + 2);
    for (const name of [...names.map((one) => Buffer.from(one)), raw]) {
      const entry = index.child(ROOT, name)!;
      expect(Buffer.from(index.path(entry)).equals(name)).toBe(true);
      expect(shownPath(index.path(entry))).toMatch(/^[\x20-\x7e]+$/);
    }
  });

  it.each<[string, (header: Buffer) => void]>([
    ['below nothing', (header) => header.fill(0xff, 124, 136)],
    ['beyond all numbers', (header) => header.fill(0x80, 124, 125).fill(0xff, 125, 136)],
    ['beyond its end', (header) => header.write('77777777777\0', 124)],
  ])('with a file whose size is %s is corrupt', async (_, patch) => {
    await expect(indexOf(tarWith(member('file', patch)))).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('with names without end is corrupt, however they are written', async () => {
    const longName = (type: string, size: number) =>
      member('././@LongLink', (header) => {
        header.write(type, 156);
        header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
      });
    for (const type of ['L', 'K', 'x', 'g']) {
      await expect(indexOf(tarWith(longName(type, 2 ** 31)))).rejects.toMatchObject({ code: 'corrupt' });
      await expect(indexOf(tarWith(longName(type, 3000)))).rejects.toMatchObject({ code: 'corrupt' });
    }
    const name = Buffer.alloc(9216, 'n');
    await expect(indexOf(tarWith(longName('L', 9000), name, member('x')))).rejects.toThrow('too long');
  });

  it('that is changed anywhere is read as what it then is, or is corrupt', async () => {
    const good = await tarOf([
      { name: 'a/' },
      { name: 'a/file', content: 'x'.repeat(700) },
      { name: 'a/.wh.gone', content: '' },
      { name: 'a/.wh..wh..opq', content: '' },
      { name: 'link', link: 'a/file' },
      { name: `${'long/'.repeat(40)}leaf`, content: 'y' },
      { name: 'a', content: 'no folder any more' },
      { name: 'a/file/below', content: 'a file' },
    ]);
    const base = await indexOf(good);
    const pick = random(11);
    let refused = 0;
    for (let round = 0; round < 600; round++) {
      const tar = Buffer.from(good);
      const block = pick(tar.length / BLOCK) * BLOCK;
      for (let change = 1 + pick(3); change > 0; change--) tar[block + pick(BLOCK)] = pick(256);
      // Half of them as somebody does it who knows of sums.
      if (pick(2) === 0) summed(tar.subarray(block, block + BLOCK));
      try {
        const index = await indexOf(tar, pick(2) === 0);
        expect(stackLayers([base, index, base]).count).toBeGreaterThan(0);
        expect(decodeIndex(encodeIndex(index)).count).toBe(index.count);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'corrupt' });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(40);
    expect(refused).toBeLessThan(560);
  });
});

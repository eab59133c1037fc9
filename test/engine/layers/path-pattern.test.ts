import { describe, expect, test } from 'vitest';
import { matchingEntries } from '../../../src/engine/layers/find-in-layer.ts';
import { indexStream } from '../../../src/engine/layers/index-layer.ts';
import { FLAG, type LayerIndex } from '../../../src/engine/layers/layer-index.ts';
import { matchesPath, type PathPattern, parsePathPattern } from '../../../src/engine/layers/path-pattern.ts';
import { folder, whiteout } from '../../support/made-contents.ts';
import { passing, type TarEntry, tarOf } from '../../support/tar.ts';
import { random } from '../stock-maker.ts';
import { digestOf, file } from './many-images.ts';

async function index(entries: readonly TarEntry[], digests = false): Promise<LayerIndex> {
  const tar = await tarOf(entries);
  return indexStream(passing(tar), { digests });
}

function found(layer: LayerIndex, text: string): string[] {
  const paths: string[] = [];
  for (const entry of matchingEntries(layer, parsePathPattern(text)))
    if (entry !== undefined) paths.push(`${layer.path(entry)}`);
  return paths.sort();
}

const TREE = [
  folder('etc'),
  file('etc/passwd', 'root'),
  file('usr/lib/libssl.so.3', 'ssl'),
  file('usr/lib/x86/libssl.so.3', 'ssl'),
  file('usr/lib/x86/libssl.so.1.1', 'old'),
  file('srv/node_modules/a/node_modules/b/index.js', 'b'),
  file('srv/[id].tsx', 'page'),
  file('srv/日本.txt', 'ja'),
  whiteout('usr/lib/gone.so'),
];

describe('a pattern', () => {
  test.each([
    ['libssl.so.3', ['usr/lib/libssl.so.3', 'usr/lib/x86/libssl.so.3']],
    ['libssl.so*', ['usr/lib/libssl.so.3', 'usr/lib/x86/libssl.so.1.1', 'usr/lib/x86/libssl.so.3']],
    ['/etc/passwd', ['etc/passwd']],
    ['etc/passwd', ['etc/passwd']],
    ['./etc//passwd/', ['etc/passwd']],
    ['/passwd', []],
    ['**/passwd', ['etc/passwd']],
    ['/etc', ['etc']],
    ['usr/lib/*', ['usr/lib/libssl.so.3']],
    ['usr/**', ['usr/lib/libssl.so.3', 'usr/lib/x86/libssl.so.1.1', 'usr/lib/x86/libssl.so.3']],
    ['usr/**/libssl.so.3', ['usr/lib/libssl.so.3', 'usr/lib/x86/libssl.so.3']],
    ['**/node_modules/**/*.js', ['srv/node_modules/a/node_modules/b/index.js']],
    ['**/**/index.js', ['srv/node_modules/a/node_modules/b/index.js']],
    ['\\[id\\].tsx', ['srv/[id].tsx']],
    ['??.txt', ['srv/日本.txt']],
    ['日*', ['srv/日本.txt']],
    // Neither what a layer removes nor folders on the way are brought by it.
    ['gone.so', []],
    ['usr', []],
  ])('%s finds %j', async (text, paths) => {
    expect(found(await index(TREE), text)).toEqual([...paths].sort());
  });

  test('of a digest finds the content, by its first digits too', async () => {
    const layer = await index(TREE, true);
    const digest = digestOf('ssl');
    const paths = ['usr/lib/libssl.so.3', 'usr/lib/x86/libssl.so.3'];
    for (const text of [
      digest,
      digest.slice(7),
      digest.slice(0, 7 + 12),
      digest.slice(0, 7 + 11).toUpperCase(),
    ])
      expect(found(layer, text.replace('SHA256', 'sha256')), text).toEqual(paths);
    expect(found(layer, digestOf('nobody has this'))).toEqual([]);
    expect(found(await index(TREE), digest)).toEqual([]);
  });

  test('can hold bytes that are no text', async () => {
    const layer = await index([]);
    const pattern = parsePathPattern('caf\\xe9');
    expect(pattern).toEqual({
      kind: 'name',
      name: { kind: 'plain', bytes: Buffer.from('caf\xe9', 'latin1') },
    });
    expect(layer.count).toBe(1);
  });

  test.each(['', '  ', '/', '../x', 'a/../b', 'sha256:12', 'sha256:xyz', '[a', 'a\\'])(
    'cannot be %j',
    (text) => {
      expect(() => parsePathPattern(text)).toThrow(expect.objectContaining({ code: 'bad-input' }));
    },
  );

  test('goes down a tree as it is matched path by path', async () => {
    const parts = ['a', 'b', 'a*', '?', '**', '[ab]', '*'];
    for (let seed = 0; seed < 40; seed++) {
      const pick = random(seed);
      const paths = new Set<string>();
      for (let count = 12; count > 0; count--)
        paths.add(Array.from({ length: 1 + pick(5) }, () => ['a', 'b', 'ab'][pick(3)]!).join('/'));
      const leaves = [...paths].filter((path) => ![...paths].some((other) => other.startsWith(`${path}/`)));
      const layer = await index(leaves.map((path) => file(path, 1)));
      const text = Array.from({ length: 1 + pick(5) }, () => parts[pick(parts.length)]!).join('/');
      const pattern = parsePathPattern(text) as Exclude<PathPattern, { kind: 'digest' }>;
      const expected: string[] = [];
      for (let entry = 1; entry < layer.count; entry++)
        if (!layer.has(entry, FLAG.implied) && matchesPath(pattern, layer.path(entry)))
          expected.push(`${layer.path(entry)}`);
      expect(found(layer, text), `${text} in ${leaves}`).toEqual(expected.sort());
    }
  });
});

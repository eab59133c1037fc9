/** How one file of two images differs: what is read for it, and how far that is. */
import { expect, test } from 'vitest';
import { compareImages } from '../../../src/engine/compare/compare-images.ts';
import { fileDiff, type Sources } from '../../../src/engine/compare/file-diff.ts';
import type { TarEntry } from '../../support/tar.ts';
import { type MadeImage, makeImage } from './made-images.ts';

const BASE: readonly TarEntry[] = [{ name: 'motd', content: 'one\ntwo\n' }];
const later = (content: string): readonly TarEntry[] => [{ name: 'motd', content }];

async function diffOf(
  before: MadeImage,
  after: MadeImage,
  sources: Sources = { before: before.source, after: after.source },
): Promise<readonly string[]> {
  const comparison = await compareImages(before.contents, after.contents);
  const diff = await fileDiff(comparison, sources, comparison.files.list[0]!);
  return diff.kind === 'text' ? diff.hunks.flatMap(({ lines }) => lines) : [diff.why];
}

test('both sides are read at once where one image has the layers of both', async () => {
  const old = await makeImage([BASE]);
  const now = await makeImage([BASE, later('one\n2\n')]);
  expect(await diffOf(old, now)).toEqual([' one', '-two', '+2']);
  expect([old.reads(), now.reads()]).toEqual([0, 1]);
  expect(await diffOf(now, old)).toEqual([' one', '-2', '+two']);
  expect([old.reads(), now.reads()]).toEqual([0, 2]);

  const [one, other] = [await makeImage([BASE, later('1\n')]), await makeImage([BASE, later('2\n')])];
  expect(await diffOf(one, other)).toEqual(['-1', '+2']);
  expect([one.reads(), other.reads()]).toEqual([1, 1]);
});

test('what lies in another place is read there', async () => {
  const old = await makeImage([BASE]);
  const now = await makeImage([BASE, later('one\n2\n')]);
  const sources = { before: old.source, after: { ...now.source, where: 'the registry far.away' } };
  expect(await diffOf(old, now, sources)).toEqual([' one', '-two', '+2']);
  expect([old.reads(), now.reads()]).toEqual([1, 1]);
});

test('how far it is goes on from the first side to the second', async () => {
  const telling = async (content: string): Promise<MadeImage> => {
    const made = await makeImage([later(content)]);
    const { source } = made;
    return {
      ...made,
      source: {
        ...source,
        tars(wanted, options = {}) {
          options.onRead?.(100, 200);
          options.onRead?.(200, 200);
          return source.tars(wanted, options);
        },
      },
    };
  };
  const [before, after] = [await telling('1\n'), await telling('2\n')];
  const comparison = await compareImages(before.contents, after.contents);
  const told: (readonly [number, number | undefined])[] = [];
  await fileDiff(comparison, { before: before.source, after: after.source }, comparison.files.list[0]!, {
    onRead: (bytes, total) => told.push([bytes, total]),
  });
  expect(told).toEqual([
    [100, undefined],
    [200, undefined],
    [300, undefined],
    [400, undefined],
  ]);
});

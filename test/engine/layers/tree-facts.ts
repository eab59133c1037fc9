/** A tree of files as plain facts, to hold one against another: of a folder on disk, and of layers laid over each other. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ImageContents } from '../../../src/engine/layers/contents.ts';
import { linkedFile } from '../../../src/engine/layers/linked-file.ts';
import { stackLayers } from '../../../src/engine/layers/stack-layers.ts';
import type { StackedTree } from '../../../src/engine/layers/stacked-tree.ts';

/** One line that says all: type, mode, owner, size, time, where a link leads, what is in a file. By path, as Latin-1. */
export type TreeFacts = ReadonlyMap<string, string>;

/** What the kernel says of a folder. */
export async function factsOnDisk(folder: string): Promise<TreeFacts> {
  const facts = new Map<string, string>();
  const look = async (path: Buffer, shown: string): Promise<void> => {
    const stats = await lstat(path);
    const own = [(stats.mode & 0o7777).toString(8), `${stats.uid}:${stats.gid}`];
    const time = Math.floor(stats.mtimeMs / 1000);
    if (stats.isFile()) facts.set(shown, ['file', ...own, stats.size, time, await digestOf(path)].join(' '));
    else if (stats.isSymbolicLink()) {
      const target = (await readlink(path, { encoding: 'buffer' })).toString('latin1');
      facts.set(shown, `symlink ${own[1]} ${target}`);
    } else if (stats.isDirectory()) {
      facts.set(shown, ['directory', ...own].join(' '));
      const names = await readdir(path, { encoding: 'buffer' });
      for (const name of names) {
        const below = shown === '' ? '' : `${shown}/`;
        await look(Buffer.concat([path, Buffer.from('/'), name]), below + name.toString('latin1'));
      }
    } else facts.set(shown, [specialOf(stats), ...own].join(' '));
  };
  await look(Buffer.from(folder), '');
  facts.delete('');
  return facts;
}

function specialOf(stats: Awaited<ReturnType<typeof lstat>>): string {
  if (stats.isFIFO()) return 'fifo';
  return stats.isCharacterDevice() ? 'character-device' : 'block-device';
}

async function digestOf(path: Buffer): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** What the code under test makes of an image that was read with digests. */
export function factsOfContents({ indexes }: ImageContents): TreeFacts {
  const tree = stackLayers(indexes);
  const facts = new Map<string, string>();
  for (let entry = 1; entry < tree.count; entry++) {
    if (tree.change(entry) === 'removed') continue;
    facts.set(tree.path(entry).toString('latin1'), factOf(tree, entry));
  }
  return facts;
}

function factOf(tree: StackedTree, at: number): string {
  const { indexes } = tree;
  const place = linkedFile(indexes, tree.source(at));
  const index = indexes[place.layer]!;
  const { entry } = place;
  const type = index.type(entry);
  const { uid, gid } = index.owner(entry);
  const own = [index.mode(entry).toString(8), `${uid}:${gid}`];
  if (type === 'symlink') return `symlink ${own[1]} ${Buffer.from(index.target(entry)).toString('latin1')}`;
  if (type !== 'file') return [type, ...own].join(' ');
  const digest = Buffer.from(index.digest(entry) ?? []).toString('hex');
  return ['file', ...own, index.size(entry), index.mtime(entry), digest].join(' ');
}

/** Packages that two images have in different versions, or only one of them: read from the files that differ. */
import { asEngineError } from '../errors.ts';
import type { ContentSource, ImageContents, TarOptions } from '../layers/contents.ts';
import { fileBodies } from '../layers/file-bodies.ts';
import { type EntryPlace, keyOf } from '../layers/linked-file.ts';
import type { StackedTree } from '../layers/stacked-tree.ts';
import { Turns } from '../layers/turns.ts';
import type { Package, PackageKind } from '../packages/package.ts';
import { isDatabase, LOG, type PackageFile, packageFileOf } from '../packages/package-files.ts';
import { readPackages } from '../packages/read-packages.ts';
import { line } from '../text.ts';
import type { Comparison } from './compare-images.ts';
import { sideOf } from './file-side.ts';
import { movedPlace } from './moved-place.ts';

export interface PackageChange {
  readonly kind: PackageKind;
  readonly name: string;
  /** Versions that only the first image has; empty for what was added. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface PackageChanges {
  /** By kind, then by name. */
  readonly list: readonly PackageChange[];
  /** What could not be read, and why. */
  readonly problems: readonly { readonly path: string; readonly why: string }[];
}

export interface PackageOptions extends TarOptions {
  /** Called with how many files have been read, of how many. */
  readonly onFile?: (done: number, total: number) => void;
}

type Side = 'before' | 'after';

/** A file to be read, and the log beside it. */
interface Wanted {
  readonly file: PackageFile;
  readonly side: Side;
  readonly main: EntryPlace;
  /** Of the largest of its files. */
  readonly size: number;
  readonly log: EntryPlace | undefined;
}

/** Bytes beyond which a database, one that is text, or the file of one package is not read. */
const MOST_DATABASE = 256 * 1024 * 1024;
const MOST_TEXT = 32 * 1024 * 1024;
const MOST_FILE = 4 * 1024 * 1024;

/** Whether anything has to be read for it. */
export function hasPackageChanges({ files }: Comparison): boolean {
  return files.list.some(({ path }) => packageFileOf(path) !== undefined);
}

/** Each layer is gone through once at most, and each file is let go of as soon as it is read. Errors: those of the sources, `cancelled`. */
export async function packageChanges(
  comparison: Comparison,
  sources: Readonly<Record<Side, ContentSource>>,
  options: PackageOptions = {},
): Promise<PackageChanges> {
  const changed = changedFiles(comparison);
  const wanted = {
    before: wantedIn(changed, 'before', comparison.treeA),
    after: wantedIn(changed, 'after', comparison.treeB),
  };
  const total = wanted.before.length + wanted.after.length;
  /** Why, by path: what is bad in both images is said once. */
  const problems = new Map<string, string>();
  const found: Record<Side, Map<PackageFile, readonly Package[]>> = { before: new Map(), after: new Map() };
  const turns = new Turns(options.signal);
  let done = 0;
  const take = async (wish: Wanted, bytes: Buffer, log: Buffer | undefined): Promise<void> => {
    try {
      found[wish.side].set(wish.file, await readPackages(wish.file, bytes, log, options));
    } catch (thrown) {
      const error = asEngineError(thrown);
      if (error.code === 'cancelled') throw error;
      problems.set(wish.file.path, line(error.message));
    }
    options.onFile?.(++done, total);
    if (turns.due) await turns.take();
  };
  const reads = fewestReads(wanted, comparison);
  for (const [side, contents] of [
    ['before', comparison.a],
    ['after', comparison.b],
  ] as const)
    await readAll(reads[side], sources[side], contents, take, problems, options);
  return {
    list: changesOf(found, changed, new Set(problems.keys())),
    problems: Array.from(problems, ([path, why]) => ({ path, why })),
  };
}

function changedFiles({ files }: Comparison): PackageFile[] {
  const changed = new Map<string, PackageFile>();
  for (const { path } of files.list) {
    const file = packageFileOf(path);
    if (file !== undefined) changed.set(file.path, file);
  }
  return [...changed.values()];
}

function wantedIn(changed: readonly PackageFile[], side: Side, tree: StackedTree): Wanted[] {
  return changed.flatMap((file) => {
    const main = fileAt(tree, file.path);
    if (main === undefined) return [];
    const log = file.format === 'rpm-sqlite' ? fileAt(tree, file.path + LOG) : undefined;
    const size = Math.max(main.size, log?.size ?? 0);
    return [{ file, side, main: main.place, size, log: log?.size ? log.place : undefined }];
  });
}

function fileAt(tree: StackedTree, path: string): { place: EntryPlace; size: number } | undefined {
  const at = tree.find(Buffer.from(path));
  if (at === undefined || tree.change(at) === 'removed') return undefined;
  const { type, content, size } = sideOf(tree, at);
  return type === 'file' ? { place: content, size } : undefined;
}

/** An engine gives only whole images: where one of the two has all that is wanted of both, the other is left alone. */
function fewestReads(
  { before, after }: Readonly<Record<Side, readonly Wanted[]>>,
  { a, b }: Comparison,
): Readonly<Record<Side, readonly Wanted[]>> {
  const fromAfter = before.map((wish) => movedTo(wish, a, b));
  if (fromAfter.every((wish) => wish !== undefined)) return { before: [], after: [...fromAfter, ...after] };
  const fromBefore = after.map((wish) => movedTo(wish, b, a));
  if (fromBefore.every((wish) => wish !== undefined))
    return { before: [...before, ...fromBefore], after: [] };
  return { before, after };
}

/** The same files of the same layers in the other image; undefined where that has not all of them. */
function movedTo(wish: Wanted, from: ImageContents, to: ImageContents): Wanted | undefined {
  const main = movedPlace(wish.main, from, to);
  const log = wish.log && movedPlace(wish.log, from, to);
  if (main === undefined || (wish.log !== undefined && log === undefined)) return undefined;
  return { ...wish, main, log };
}

async function readAll(
  wishes: readonly Wanted[],
  source: ContentSource,
  { indexes }: ImageContents,
  take: (wish: Wanted, bytes: Buffer, log: Buffer | undefined) => Promise<void>,
  problems: Map<string, string>,
  options: PackageOptions,
): Promise<void> {
  const fitting = wishes.filter(({ file, size }) => size <= mostOf(file));
  for (const { file, size } of wishes) if (size > mostOf(file)) problems.set(file.path, 'it is too large');
  // Several names can mean one file.
  const wishesOf = new Map<string, Wanted[]>();
  for (const wish of fitting)
    for (const place of [wish.main, ...(wish.log === undefined ? [] : [wish.log])])
      wishesOf.set(keyOf(place), [...(wishesOf.get(keyOf(place)) ?? []), wish]);
  /** Of databases in two files, the one that came first. */
  const halves = new Map<string, Buffer>();
  const places = fitting.flatMap((wish) => (wish.log === undefined ? [wish.main] : [wish.main, wish.log]));
  if (places.length === 0) return;
  let place: EntryPlace | undefined;
  let bytes = Buffer.alloc(0);
  for await (const event of fileBodies(source, indexes, places, options)) {
    if (event.type === 'begin') {
      place = event.place;
      bytes = Buffer.alloc(event.size);
    } else if (event.type === 'bytes') event.bytes.copy(bytes, event.position);
    else {
      const key = keyOf(place!);
      for (const wish of wishesOf.get(key) ?? []) {
        if (wish.log === undefined) {
          await take(wish, bytes, undefined);
          continue;
        }
        halves.set(key, bytes);
        const main = halves.get(keyOf(wish.main));
        const log = halves.get(keyOf(wish.log));
        if (main !== undefined && log !== undefined) await take(wish, main, log);
      }
    }
  }
}

function mostOf(file: PackageFile): number {
  if (!isDatabase(file)) return MOST_FILE;
  return file.kind === 'rpm' ? MOST_DATABASE : MOST_TEXT;
}

/** What cannot be read of one image is left out of the other, too: its packages would pass for added or removed. */
function changesOf(
  found: Readonly<Record<Side, ReadonlyMap<PackageFile, readonly Package[]>>>,
  changed: readonly PackageFile[],
  bad: ReadonlySet<string>,
): PackageChange[] {
  const lost = new Set(
    changed.filter((file) => isDatabase(file) && bad.has(file.path)).map(({ kind }) => kind),
  );
  const versions = new Map<string, { kind: PackageKind; name: string; before: string[]; after: string[] }>();
  for (const side of ['before', 'after'] as const) {
    for (const [file, packages] of found[side]) {
      if (bad.has(file.path) || lost.has(file.kind)) continue;
      for (const { kind, name, version } of packages) {
        const key = `${kind} ${name}`;
        const row = versions.get(key) ?? { kind, name, before: [], after: [] };
        versions.set(key, row);
        row[side].push(version);
      }
    }
  }
  return [...versions.values()]
    .map((row) => ({ ...row, before: without(row.before, row.after), after: without(row.after, row.before) }))
    .filter(({ before, after }) => before.length > 0 || after.length > 0)
    .sort((a, b) => compare(a.kind, b.kind) || compare(a.name, b.name));
}

/** Those of `all` that are not among `others`, each as often as it is there more often; then each once, sorted. */
function without(all: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const version of others) left.set(version, (left.get(version) ?? 0) + 1);
  const rest = new Set<string>();
  for (const version of all) {
    const times = left.get(version) ?? 0;
    if (times > 0) left.set(version, times - 1);
    else rest.add(version);
  }
  return [...rest].sort();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

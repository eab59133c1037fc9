/**
 * The place on disk that files are extracted to. Nothing is ever written through a symbolic link, nothing half-written
 * has its final name, and what is there stays unless it may be replaced. Calls for single files are made at once, since
 * each way through a thread takes ten times as long as they do: whoever makes many lets others have their turn.
 */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { cannotWrite, extractFault } from './extract-fault.ts';
import type { ExtractItem } from './extract-items.ts';
import { besideOf, checkFolder, found, joined } from './target-path.ts';

const SLASH = 0x2f;
/** What a folder may be until all is in it. */
const PRIVATE = 0o700;

export class ExtractTarget {
  /** What is extracted stands here under its final name. */
  readonly root: Buffer;
  /** Nothing was there: all of it comes into a folder of its own, which gets its name at the end. */
  readonly isFresh: boolean;
  /** Where it is written: the root itself, or beside it until it is whole. */
  readonly #base: Buffer;
  readonly #replace: boolean;
  /** Folders made here, which nobody else knows of yet, and the item of each. */
  readonly #made: { readonly path: Buffer; readonly item: ExtractItem }[] = [];

  constructor(root: string, { fresh, replace }: { readonly fresh: boolean; readonly replace: boolean }) {
    this.root = Buffer.from(root);
    this.isFresh = fresh;
    this.#replace = replace;
    this.#base = fresh ? besideOf(this.root) : this.root;
  }

  makeFolder(item: ExtractItem): void {
    const path = joined(this.#base, item.path);
    this.#guarded(item, () => {
      this.#checkParents(path);
      try {
        mkdirSync(path, { mode: PRIVATE });
        this.#made.push({ path, item });
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST' || this.isFresh) throw thrown;
        checkFolder(path);
      }
    });
  }

  /** `fill` writes it, and tells how far; it gets its name when that is done. */
  async makeFile(item: ExtractItem, fill: (file: number) => Promise<number>): Promise<void> {
    const { path, final } = this.#begin(item);
    let isMade = false;
    try {
      const file = openSync(path, FLAGS, 0o600);
      isMade = true;
      try {
        // A file may end with a hole.
        if ((await fill(file)) < item.size) ftruncateSync(file, item.size);
        fchmodSync(file, item.mode);
        futimesSync(file, ...timesOf(item));
      } finally {
        closeSync(file);
      }
      this.#end(path, final);
    } catch (thrown) {
      if (isMade) drop(path);
      throw extractFault(thrown, this.#shown(item));
    }
  }

  makeSymlink(item: ExtractItem): void {
    if (item.target.length === 0 || item.target.includes(0))
      throw cannotWrite(
        this.#shown(item),
        'no link can lead where it leads',
        'Extract it as a tar: - is stdout.',
      );
    this.#make(item, (path) => {
      symlinkSync(Buffer.from(item.target), path);
      lutimesSync(path, ...timesOf(item));
    });
  }

  /** A further name of a file that was made here. */
  makeLink(item: ExtractItem, first: ExtractItem): void {
    const from = joined(this.#base, first.path);
    this.#make(item, (path) => {
      try {
        linkSync(from, path);
      } catch (thrown) {
        if (!NO_LINKS.has((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
        copyFileSync(from, path, constants.COPYFILE_EXCL);
        chmodSync(path, item.mode);
        utimesSync(path, ...timesOf(item));
      }
    });
  }

  /** Gives folders their modes and times, and all of it its name. */
  finish(): void {
    for (const { path, item } of this.#made.toReversed()) {
      this.#guarded(item, () => {
        onFolder(path, (folder) => {
          fchmodSync(folder, item.mode);
          if (item.mtime !== undefined) futimesSync(folder, ...timesOf(item));
        });
      });
    }
    const [top] = this.#made;
    if (this.isFresh && top !== undefined) this.#guarded(top.item, () => this.#nameFresh());
    this.#made.length = 0;
  }

  /** Where it was not finished, nothing is left of what is fresh, and other folders get the modes they are to have. */
  async close(): Promise<void> {
    for (const { path, item } of this.#made.toReversed()) {
      try {
        onFolder(path, (folder) => fchmodSync(folder, this.isFresh ? PRIVATE : item.mode));
      } catch {
        // Whatever it is, more cannot be done about it.
      }
    }
    if (this.isFresh && this.#made.length > 0) await rm(this.#base, { recursive: true, force: true });
    this.#made.length = 0;
  }

  #nameFresh(): void {
    if (found(this.root) !== undefined)
      throw cannotWrite(this.root, 'something has come there meanwhile', 'Look what it is, then try again.');
    renameSync(this.#base, this.root);
  }

  #make(item: ExtractItem, make: (path: Buffer) => void): void {
    const { path, final } = this.#begin(item);
    this.#guarded(item, () => {
      make(path);
      try {
        this.#end(path, final);
      } catch (thrown) {
        drop(path);
        throw thrown;
      }
    });
  }

  /** Where to make it, and what it is to be called. In a folder that nobody knows of it has its name at once. */
  #begin(item: ExtractItem): { readonly path: Buffer; readonly final: Buffer } {
    const final = joined(this.#base, item.path);
    if (this.isFresh) return { path: final, final };
    this.#guarded(item, () => this.#checkParents(final));
    return { path: besideOf(final), final };
  }

  #end(path: Buffer, final: Buffer): void {
    if (path === final) return;
    const there = found(final);
    if (there?.isDirectory()) throw cannotWrite(final, 'it is a folder', 'Choose another place.');
    if (there !== undefined && !this.#replace) throw Object.assign(new Error(), { code: 'EEXIST' });
    if (there === undefined) {
      try {
        // Unlike a rename, this never takes the place of what comes right now.
        linkSync(path, final);
        drop(path);
        return;
      } catch (thrown) {
        if (!NO_LINKS.has((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
      }
    }
    renameSync(path, final);
    // Where both were names of one file, a rename has left both.
    drop(path);
  }

  /** What was there before may have become a link since it was looked at. */
  #checkParents(path: Buffer): void {
    if (this.isFresh || path.equals(this.#base)) return;
    for (let end = path.lastIndexOf(SLASH); end >= this.#base.length; end = path.lastIndexOf(SLASH, end - 1))
      checkFolder(path.subarray(0, end));
  }

  #shown(item: ExtractItem): Buffer {
    return joined(this.root, item.path);
  }

  #guarded(item: ExtractItem, act: () => void): void {
    try {
      act();
    } catch (thrown) {
      throw extractFault(thrown, this.#shown(item));
    }
  }
}

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** What file systems without hard links answer, and those that allow none between these two. */
const NO_LINKS: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EXDEV',
  'EMLINK',
  'ENOSYS',
]);

/** A folder may have become a link to another since it was made: whose mode and times are set is looked at and held first. */
function onFolder(path: Buffer, act: (folder: number) => void): void {
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    act(folder);
  } finally {
    closeSync(folder);
  }
}

/** Of the last access and of the last change. */
function timesOf({ mtime = Date.now() / 1000 }: ExtractItem): [number, number] {
  // As engines do it; Node would take what is before the beginning of time for now.
  const time = mtime >= 0 && mtime <= LATEST ? mtime : 0;
  return [time, time];
}

/** Seconds that are told as nanoseconds in 64 bits. */
const LATEST = 9_223_372_036;

function drop(path: Buffer): void {
  try {
    unlinkSync(path);
  } catch {
    // It has gone already.
  }
}

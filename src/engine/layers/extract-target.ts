/**
 * The place on disk that files are extracted to. Nothing is ever written through a symbolic link, nothing half-written
 * has its final name, and what is there stays unless it may be replaced.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  type FileHandle,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  rename,
  rm,
  symlink,
  unlink,
  utimes,
} from 'node:fs/promises';
import { cannotWrite, extractFault } from './extract-fault.ts';
import type { ExtractItem } from './extract-items.ts';

const SLASH = 0x2f;
/** Bytes of a name that leave room for what a temporary one has more. */
const NAME_ROOM = 200;
/** What a folder may be until all is in it. */
const PRIVATE = 0o700;

export class ExtractTarget {
  /** What is extracted stands here under its final name. */
  readonly root: Buffer;
  /** Where it is written: the root itself, or beside it until it is whole. */
  readonly #base: Buffer;
  readonly #isFresh: boolean;
  readonly #replace: boolean;
  /** Folders made here, which nobody else knows of yet, and the item of each. */
  readonly #made: { readonly path: Buffer; readonly item: ExtractItem }[] = [];

  /** `fresh`: nothing is there, and all of it comes into a folder of its own that gets its name at the end. */
  constructor(root: string, { fresh, replace }: { readonly fresh: boolean; readonly replace: boolean }) {
    this.root = Buffer.from(root);
    this.#isFresh = fresh;
    this.#replace = replace;
    this.#base = fresh ? besideOf(this.root) : this.root;
  }

  get isFresh(): boolean {
    return this.#isFresh;
  }

  shown(item: ExtractItem): Buffer {
    return joined(this.root, item.path);
  }

  async makeFolder(item: ExtractItem): Promise<void> {
    const path = joined(this.#base, item.path);
    await this.#guarded(item, async () => {
      await this.#checkParent(path);
      try {
        await mkdir(path, { mode: PRIVATE });
        this.#made.push({ path, item });
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST' || this.#isFresh) throw thrown;
        await checkFolder(path);
      }
    });
  }

  /** `fill` writes it; it gets its name when that is done. */
  async makeFile(item: ExtractItem, fill: (file: FileHandle) => Promise<void>): Promise<void> {
    await this.#place(item, async (path) => {
      const file = await open(path, FLAGS, 0o600);
      try {
        await fill(file);
        await file.truncate(item.size);
        await file.chmod(item.mode);
        await file.utimes(...timesOf(item));
      } finally {
        await file.close();
      }
    });
  }

  async makeSymlink(item: ExtractItem): Promise<void> {
    if (item.target.length === 0 || item.target.includes(0))
      throw cannotWrite(
        this.shown(item),
        'its target is none that can be',
        'Extract it as a tar: use - for stdout.',
      );
    await this.#place(item, async (path) => {
      await symlink(Buffer.from(item.target), path);
      await lutimes(path, ...timesOf(item));
    });
  }

  /** A further name of a file that was made here. */
  async makeLink(item: ExtractItem, first: ExtractItem): Promise<void> {
    const from = joined(this.#base, first.path);
    await this.#place(item, async (path) => {
      try {
        await link(from, path);
      } catch (thrown) {
        if (!NO_LINKS.has((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
        await copyFile(from, path, constants.COPYFILE_EXCL);
        await chmod(path, item.mode);
        if (item.mtime !== undefined) await utimes(path, ...timesOf(item));
      }
    });
  }

  /** Gives folders their modes and times, and all of it its name. */
  async finish(): Promise<void> {
    for (const { path, item } of this.#made.toReversed()) {
      await this.#guarded(item, async () => {
        await chmod(path, item.mode);
        if (item.mtime !== undefined) await utimes(path, ...timesOf(item));
      });
    }
    const [top] = this.#made;
    if (this.#isFresh && top !== undefined) await this.#guarded(top.item, () => this.#nameFresh());
    this.#made.length = 0;
  }

  async #nameFresh(): Promise<void> {
    if ((await found(this.root)) !== undefined)
      throw cannotWrite(this.root, 'something has come there meanwhile', 'Look what it is, then try again.');
    await rename(this.#base, this.root);
  }

  /** Where it was not finished, nothing is left of what is fresh, and other folders get the modes they are to have. */
  async close(): Promise<void> {
    for (const { path, item } of this.#made.toReversed())
      await chmod(path, this.#isFresh ? PRIVATE : item.mode).catch(() => {});
    if (this.#isFresh && this.#made.length > 0)
      await rm(this.#base.toString(), { recursive: true, force: true });
    this.#made.length = 0;
  }

  /** Makes something under a temporary name, and gives it its own. In a folder that nobody knows of, any name will do. */
  async #place(item: ExtractItem, make: (path: Buffer) => Promise<void>): Promise<void> {
    const final = joined(this.#base, item.path);
    await this.#guarded(item, async () => {
      if (this.#isFresh && item.path.length > 0) {
        await make(final);
        return;
      }
      await this.#checkParent(final);
      const temporary = besideOf(final);
      try {
        await make(temporary);
        await this.#name(temporary, final);
      } finally {
        // Where two names are the same file, a rename leaves both.
        await unlink(temporary).catch(() => {});
      }
    });
  }

  async #name(temporary: Buffer, final: Buffer): Promise<void> {
    const there = await found(final);
    if (there?.isDirectory()) throw cannotWrite(final, 'it is a folder', 'Choose another place.');
    if (there !== undefined && !this.#replace) throw Object.assign(new Error(), { code: 'EEXIST' });
    if (this.#replace) {
      await rename(temporary, final);
      return;
    }
    try {
      // Unlike a rename, this never takes the place of what has come meanwhile.
      await link(temporary, final);
    } catch (thrown) {
      if (!NO_LINKS.has((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
      await rename(temporary, final);
    }
  }

  /** What is there already may have become a link since it was looked at. */
  async #checkParent(path: Buffer): Promise<void> {
    if (this.#isFresh || path.equals(this.#base)) return;
    for (let end = path.lastIndexOf(SLASH); end > this.#base.length; end = path.lastIndexOf(SLASH, end - 1))
      await checkFolder(path.subarray(0, end));
  }

  async #guarded(item: ExtractItem, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (thrown) {
      throw extractFault(thrown, this.shown(item));
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

export async function checkFolder(path: Buffer): Promise<void> {
  const there = await found(path);
  if (there?.isDirectory() === true) return;
  const why = there?.isSymbolicLink()
    ? 'it is a symbolic link, and nothing is written through one'
    : 'it is no folder';
  throw cannotWrite(path, why, 'Choose another place, or move it away.');
}

export async function found(path: Buffer) {
  try {
    return await lstat(path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw extractFault(thrown, path);
  }
}

export function joined(root: Buffer, path: Buffer): Buffer {
  if (path.length === 0) return root;
  return Buffer.concat(root.at(-1) === SLASH ? [root, path] : [root, Buffer.of(SLASH), path]);
}

/** Of the last access and of the last change. */
function timesOf({ mtime = Date.now() / 1000 }: ExtractItem): [number, number] {
  return [mtime, mtime];
}

/** `.NAME.1a2b3c4d.part` in the same folder. */
function besideOf(path: Buffer): Buffer {
  const slash = path.lastIndexOf(SLASH);
  const name = path.subarray(slash + 1, slash + 1 + NAME_ROOM);
  return Buffer.concat([
    path.subarray(0, slash + 1),
    Buffer.from('.'),
    name,
    Buffer.from(`.${randomBytes(4).toString('hex')}.part`),
  ]);
}

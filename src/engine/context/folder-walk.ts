/** Goes through a context's folder in the order of names, a folder before what lies in it. */
import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { codeOf, isGone, shown, unreadable } from './context-fault.ts';
import type { IgnoreRules, Verdict } from './ignore-rules.ts';

export interface FoundEntry {
  /** Within the context, with slashes; what is no UTF-8 in it as `�`. */
  readonly path: string;
  /** The same, exactly: bytes where they are no UTF-8. */
  readonly name: string | Buffer;
  readonly kind: 'file' | 'folder' | 'symlink' | 'fifo' | 'char' | 'block';
}

export interface WalkOptions {
  readonly rules: IgnoreRules;
  /** Paths that are sent whatever the rules say: the Dockerfile, `.dockerignore`. */
  readonly always: ReadonlySet<string>;
  /** Paths that are left to somebody else. */
  readonly never: ReadonlySet<string>;
  /** True for a git checkout: what is called `.git` is left out, at any depth. */
  readonly isCheckout: boolean;
  onIgnored(): void;
  onWarning(text: string): void;
}

interface Folder {
  readonly entry: FoundEntry;
  readonly verdict: Verdict;
  readonly parent: Folder | undefined;
  readonly isIgnored: boolean;
  isSent: boolean;
}

/**
 * Yields entries in runs, so that thousands of files cost no thousands of waits. A folder that is ignored is
 * gone into only where an exception may lie in it, and is sent only with something from it.
 */
export async function* walkFolder(
  root: string,
  options: WalkOptions,
): AsyncGenerator<FoundEntry[], void, void> {
  yield* walk(root, undefined, options);
}

async function* walk(
  root: string,
  folder: Folder | undefined,
  options: WalkOptions,
): AsyncGenerator<FoundEntry[], void, void> {
  const { rules, always } = options;
  let run: FoundEntry[] = [];
  for (const { entry, isSocket } of await list(root, folder, options)) {
    const verdict = rules.judge(entry.path, folder?.verdict);
    const isIgnored = verdict.isIgnored && !always.has(entry.path);
    const isFolder = entry.kind === 'folder';
    if (isIgnored && !(isFolder && mayHoldSent(entry.path, options))) {
      options.onIgnored();
      continue;
    }
    if (isSocket) {
      options.onWarning(`passed over ${shown(entry.path)}: it is a socket`);
      continue;
    }
    if (!isIgnored) run.push(...unsent(folder), entry);
    if (!isFolder) continue;
    if (run.length > 0) yield run;
    run = [];
    yield* walk(root, { entry, verdict, parent: folder, isIgnored, isSent: !isIgnored }, options);
  }
  if (run.length > 0) yield run;
}

function mayHoldSent(path: string, { rules, always }: WalkOptions): boolean {
  if (rules.mayHoldExceptions(path)) return true;
  for (const other of always) if (other.startsWith(`${path}/`)) return true;
  return false;
}

/** The folders above that are yet to be sent, outermost first. */
function unsent(folder: Folder | undefined): FoundEntry[] {
  if (folder === undefined || folder.isSent) return [];
  folder.isSent = true;
  return [...unsent(folder.parent), folder.entry];
}

interface Listed {
  readonly entry: FoundEntry;
  readonly isSocket: boolean;
}

async function list(root: string, folder: Folder | undefined, options: WalkOptions): Promise<Listed[]> {
  const { never, isCheckout } = options;
  const path = folder?.entry.path ?? '';
  const place = folder === undefined ? root : onDisk(root, folder.entry.name);
  try {
    const named = await readNames(place);
    const found: Listed[] = [];
    for (const item of named) {
      const text = item.name.toString();
      const exact = typeof item.name === 'string' || isUtf8(item.name) ? text : item.name;
      const entry = {
        path: path === '' ? text : `${path}/${text}`,
        name: joined(folder?.entry.name, exact),
        kind: kindOf(item),
      };
      if (never.has(entry.path) || (isCheckout && text === '.git')) continue;
      found.push({ entry, isSocket: item.isSocket() });
    }
    return found.sort((a, b) => (a.entry.path < b.entry.path ? -1 : 1));
  } catch (thrown) {
    // Nothing of a folder that is ignored is needed; exceptions in there cannot be found.
    if (folder?.isIgnored && codeOf(thrown) === 'EACCES') {
      options.onIgnored();
      return [];
    }
    if (folder !== undefined && isGone(thrown)) {
      options.onWarning(`passed over what was in ${shown(path)}: it was removed meanwhile`);
      return [];
    }
    throw unreadable(thrown, path === '' ? place : path);
  }
}

type Named = Dirent<string> | Dirent<Buffer>;

/** Names as text; as bytes in a folder where some are no UTF-8. */
async function readNames(place: string | Buffer): Promise<Named[]> {
  const named = await readdir(place, { withFileTypes: true });
  if (!named.some(({ name }) => name.includes('\ufffd'))) return named;
  return await readdir(place, { withFileTypes: true, encoding: 'buffer' });
}

function kindOf(item: Named): FoundEntry['kind'] {
  if (item.isDirectory()) return 'folder';
  if (item.isSymbolicLink()) return 'symlink';
  if (item.isFIFO()) return 'fifo';
  if (item.isCharacterDevice()) return 'char';
  return item.isBlockDevice() ? 'block' : 'file';
}

function joined(folder: string | Buffer | undefined, name: string | Buffer): string | Buffer {
  if (folder === undefined) return name;
  if (typeof folder === 'string' && typeof name === 'string') return `${folder}/${name}`;
  return Buffer.concat([Buffer.from(folder as string), Buffer.from('/'), Buffer.from(name as string)]);
}

/** Where an entry is. */
export function onDisk(root: string, name: string | Buffer): string | Buffer {
  return typeof name === 'string' ? `${root}/${name}` : Buffer.concat([Buffer.from(`${root}/`), name]);
}

/** A folder of this machine as a build's context. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildContext } from './build-context.ts';
import { ChunkPool } from './chunk-pool.ts';
import { codeOf } from './context-fault.ts';
import { contextStream } from './context-stream.ts';
import { type DockerfilePlace, type DockerfileWanted, placeDockerfile } from './dockerfile-place.ts';
import { tarOfFolder } from './folder-tar.ts';
import { IgnoreRules } from './ignore-rules.ts';

export interface FolderFacts extends DockerfileWanted {
  /** For people. */
  readonly name: string;
  readonly isCheckout: boolean;
  /** Removes the folder where it is not the person's. */
  release?(): Promise<void>;
}

/** Warnings kept; more of them help nobody. */
const WARNINGS = 50;

/** `root` is absolute, without links. Errors: `bad-input`, `permission`. */
export async function openFolder(root: string, facts: FolderFacts): Promise<BuildContext> {
  const place = await placeDockerfile(root, facts);
  const { ignore, bytes } = place;
  const rules = new IgnoreRules(ignore?.text ?? '', ignore?.name ?? '');
  const dockerfile = place.path ?? (await freeName(root));
  const extra = await extraFiles(root, place, dockerfile);
  const warnings: string[] = [];
  let files = 0;
  let ignored = 0;
  const pool = new ChunkPool();
  const chunks = tarOfFolder(root, pool, {
    rules,
    always: new Set(['.dockerignore', dockerfile]),
    never: new Set(extra.keys()),
    isCheckout: facts.isCheckout,
    extra,
    onFile: () => files++,
    onIgnored: () => ignored++,
    onWarning: (text) => warnings.length < WARNINGS && warnings.push(text),
  });
  const { stream, bytes: sent, close } = contextStream(chunks, facts.signal, facts);
  return {
    stream: Object.assign(stream, { recycle: (chunk: Uint8Array) => pool.giveBack(chunk) }),
    dockerfile,
    text: bytes.toString('utf8'),
    file: facts.isCheckout ? undefined : place.file,
    name: facts.name,
    warnings,
    sent: () => ({ bytes: sent(), files, ignored }),
    close,
  };
}

/** A name for a Dockerfile from outside; always the same, so that the engine's cache knows the context again. */
async function freeName(root: string): Promise<string> {
  for (let count = 0; ; count++) {
    const name = count === 0 ? '.nacre.Dockerfile' : `.nacre-${count}.Dockerfile`;
    if (!(await isThere(join(root, name)))) return name;
  }
}

/**
 * Engines that apply a `.dockerignore` themselves must find the rules that hold in it; and those that take the
 * Dockerfile out of what is copied look there whether it is wanted.
 */
async function extraFiles(
  root: string,
  { path, bytes, ignore }: DockerfilePlace,
  dockerfile: string,
): Promise<Map<string, Buffer>> {
  const extra = new Map<string, Buffer>();
  const isIgnoreThere = await isThere(join(root, '.dockerignore'));
  const rules = ignore?.text.replace(/\n?$/, '\n') ?? '';
  if (path === undefined) {
    const own = isIgnoreThere ? '' : '.dockerignore\n';
    extra.set('.dockerignore', Buffer.from(`${rules}${own}${dockerfile}\n`));
    extra.set(dockerfile, bytes);
  } else if (isIgnoreThere && ignore?.isCommon === false) extra.set('.dockerignore', Buffer.from(rules));
  return extra;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}

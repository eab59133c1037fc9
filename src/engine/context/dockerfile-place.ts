/** Finds the Dockerfile of a folder, and which ignore file goes with it. */
import { readFile, realpath } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { EngineError } from '../errors.ts';
import { codeOf, shown, unreadable } from './context-fault.ts';
import { findDockerfiles } from './find-dockerfiles.ts';
import { readDockerfile } from './lone-dockerfile.ts';

export interface DockerfilePlace {
  /** Within the context, with slashes; undefined for one from outside. */
  readonly path: string | undefined;
  readonly bytes: Buffer;
  /** Absolute; undefined where it came through standard input. */
  readonly file: string | undefined;
  /** What keeps files back; undefined where there is none. */
  readonly ignore: IgnoreFile | undefined;
}

export interface IgnoreFile {
  readonly text: string;
  /** For people. */
  readonly name: string;
  /** False for the one that belongs to this Dockerfile alone. */
  readonly isCommon: boolean;
}

export interface DockerfileWanted {
  /** As `ContextOptions.dockerfile`. */
  readonly dockerfile: string | undefined;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** What a path is relative to. */
  readonly cwd: string;
  /** False where nothing outside may be read, because the folder is somebody else's. */
  readonly mayLeave: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Tried in turn where none is named. */
const USUAL = ['Dockerfile', 'dockerfile', 'Containerfile'];

/** `root` is absolute, without links. Errors: `bad-input`, `permission`. */
export async function placeDockerfile(root: string, wanted: DockerfileWanted): Promise<DockerfilePlace> {
  if (wanted.dockerfile === '-') {
    const bytes = await readDockerfile(wanted.stdin, 'standard input', wanted.signal);
    return { path: undefined, bytes, file: undefined, ignore: await commonIgnore(root, wanted) };
  }
  const { given, real } = await locate(root, wanted);
  const path = within(root, real);
  if (path === undefined && !wanted.mayLeave) throw outside(wanted.dockerfile ?? given, root);
  const bytes = await read(real, given);
  const own = await ignoreFile(`${given}.dockerignore`, root, wanted, false);
  const ignore = own ?? (await commonIgnore(root, wanted));
  return { path, bytes, file: real, ignore };
}

/** With slashes; undefined where it lies outside. */
export function within(root: string, path: string): string | undefined {
  const rest = relative(root, path);
  return rest === '..' || rest.startsWith(`..${sep}`) ? undefined : rest.split(sep).join('/');
}

async function locate(root: string, { dockerfile, cwd, mayLeave }: DockerfileWanted) {
  const places =
    dockerfile === undefined
      ? USUAL.map((name) => join(root, name))
      : [resolve(mayLeave ? cwd : root, dockerfile), resolve(root, dockerfile)];
  for (const given of places) {
    try {
      return { given, real: await realpath(given) };
    } catch (thrown) {
      if (codeOf(thrown) !== 'ENOENT') throw badPath(thrown, given);
    }
  }
  throw await missing(root, dockerfile);
}

async function read(real: string, given: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(real);
  } catch (thrown) {
    throw badPath(thrown, given);
  }
  if (bytes.toString('latin1').trim() !== '') return bytes;
  throw new EngineError({
    code: 'bad-input',
    message: `the Dockerfile ${shown(given)} is empty`,
    hint: 'It needs at least a line FROM IMAGE.',
  });
}

function badPath(thrown: unknown, path: string): unknown {
  const why = {
    EISDIR: 'it is a folder',
    ELOOP: 'its links lead in a circle',
    ENOTDIR: 'there is no such file',
  }[codeOf(thrown)];
  if (why === undefined) return unreadable(thrown, path);
  return new EngineError({
    code: 'bad-input',
    message: `cannot read the Dockerfile ${shown(path)}: ${why}`,
    hint: 'Name another one with --file PATH.',
    cause: thrown,
  });
}

async function missing(root: string, dockerfile: string | undefined): Promise<EngineError> {
  const nearby = await findDockerfiles(root, { limit: 3, signal: AbortSignal.timeout(500) }).catch(() => []);
  const others = nearby.map((path) => shown(path)).join(', ');
  return new EngineError({
    code: 'bad-input',
    message:
      dockerfile === undefined
        ? `there is no Dockerfile in ${shown(root)}`
        : `there is no Dockerfile ${shown(dockerfile)}`,
    hint: nearby.length > 0 ? `Nearby: ${others}. Name one with --file PATH.` : 'Name one with --file PATH.',
  });
}

function outside(path: string, root: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `the Dockerfile ${shown(within(root, path) ?? path)} leads out of the repository`,
    hint: 'Name one that lies in it with --file PATH.',
  });
}

const commonIgnore = (root: string, wanted: DockerfileWanted): Promise<IgnoreFile | undefined> =>
  ignoreFile(join(root, '.dockerignore'), root, wanted, true);

async function ignoreFile(
  path: string,
  root: string,
  { mayLeave }: DockerfileWanted,
  isCommon: boolean,
): Promise<IgnoreFile | undefined> {
  const name = within(root, path) ?? path;
  try {
    if (!mayLeave && within(root, await realpath(path)) === undefined) return undefined;
    return { text: await readFile(path, 'utf8'), name, isCommon };
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'EISDIR' || code === 'ELOOP') {
      throw new EngineError({
        code: 'bad-input',
        message: `cannot read ${shown(name)}: it is no file`,
        hint: 'It is to be a file with a pattern in each line.',
        cause: thrown,
      });
    }
    throw unreadable(thrown, name);
  }
}

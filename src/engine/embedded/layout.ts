/** Makes or recognises the folder of a store. Source: OCI image layout, "oci-layout file". */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { EngineError } from '../errors.ts';
import { isRecord } from '../oci/descriptor.ts';
import { errnoOf, storeFault } from './fault.ts';
import { EMPTY_INDEX, indexVersion, writeIndexFile } from './index-file.ts';
import { OWN_FOLDER, type Paths } from './paths.ts';

const VERSION = '1.0.0';

/** What a layout that is only half made may hold; anything else is somebody's folder. */
const PARTS = new Set(['blobs', 'index.json', 'oci-layout', OWN_FOLDER, 'lost+found']);

/**
 * Opens an existing layout, or makes one of a folder that is empty or, with `create`, not there.
 * Errors: `unreachable` where there is none, `bad-input` for a folder with other things in it,
 * `unsupported` for another version, `corrupt`, `permission`, `read-only`.
 */
export async function openLayout(paths: Paths, create: boolean): Promise<void> {
  const { folder } = paths;
  try {
    const names = await readdir(folder).catch((thrown: unknown) => {
      if (errnoOf(thrown) === 'ENOENT') return undefined;
      throw thrown;
    });
    if (names === undefined && !create) throw gone(folder);
    if (names?.includes('oci-layout')) {
      const text = await readFile(paths.layout, 'utf8');
      // Empty only where the machine went down while it was made.
      if (text !== '') return checkVersion(folder, text);
    }
    const foreign = names?.find((name) => !PARTS.has(name));
    if (foreign !== undefined) throw notLayout(folder, foreign);
    await mkdir(paths.blobs, { recursive: true });
    await writeFile(paths.layout, `${JSON.stringify({ imageLayoutVersion: VERSION })}\n`);
    await makeOwnFolder(paths);
    if ((await indexVersion(paths)) === undefined) await writeIndexFile(paths, EMPTY_INDEX);
  } catch (thrown) {
    throw storeFault(thrown, `open the store ${folder}`);
  }
}

/** Whether there is anything at the store's path. */
export async function isThere(paths: Paths): Promise<boolean> {
  try {
    await stat(paths.folder);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw storeFault(thrown, `open the store ${paths.folder}`);
  }
}

/**
 * What is needed to write; an existing layout of another tool lacks it, and a read-only one may. A store that
 * went away is not made again: the folder may be the place where its disk is mounted.
 */
export async function makeOwnFolder(paths: Paths): Promise<void> {
  await expectLayout(paths);
  for (const folder of [paths.own, paths.partials, paths.holds]) {
    try {
      await mkdir(folder);
    } catch (thrown) {
      if (errnoOf(thrown) === 'ENOENT') throw gone(paths.folder);
      if (errnoOf(thrown) !== 'EEXIST') throw thrown;
    }
  }
}

/** Errors: `unreachable` where the folder is no store any more. */
export async function expectLayout(paths: Paths): Promise<void> {
  try {
    await stat(paths.layout);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') throw gone(paths.folder);
    throw storeFault(thrown, `read the store ${paths.folder}`);
  }
}

export function gone(folder: string): EngineError {
  return new EngineError({
    code: 'unreachable',
    message: `the store ${folder} is not there`,
    hint: 'Mount its disk or check the path; nacre --store DIR opens another.',
    retryable: true,
  });
}

function checkVersion(folder: string, text: string): void {
  let version: unknown;
  try {
    const value: unknown = JSON.parse(text);
    version = isRecord(value) ? value['imageLayoutVersion'] : undefined;
  } catch {
    version = undefined;
  }
  if (typeof version !== 'string') {
    throw new EngineError({
      code: 'corrupt',
      message: `the store ${folder} cannot be read: its file oci-layout is damaged`,
      hint: `Nothing was changed. The file should say {"imageLayoutVersion":"${VERSION}"}.`,
    });
  }
  if (version.split('.')[0] !== VERSION.split('.')[0]) {
    throw new EngineError({
      code: 'unsupported',
      message: `the store ${folder} is an OCI image layout of version ${version}`,
      hint: `This nacre reads version ${VERSION}: use a newer one, or another store.`,
    });
  }
}

function notLayout(folder: string, foreign: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `${folder} is no image store: it holds ${foreign} and no oci-layout`,
    hint: 'Give an OCI image layout, or a folder that is empty or not there yet.',
  });
}

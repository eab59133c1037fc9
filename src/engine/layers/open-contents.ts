/** Finds where the inside of what a person named is to be read. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Engine } from '../engine.ts';
import { asEngineError, EngineError } from '../errors.ts';
import { line } from '../text.ts';
import type { ContentSource } from './contents.ts';

export interface OpenContentsOptions {
  /** What relative paths start from. Default: the process's own folder. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Registries, as `host:port`, that may be spoken to without TLS or with certificates nobody vouches for. */
  readonly insecureRegistries?: readonly string[];
}

/** What a name is about: an archive on disk, an image in a registry, or one of the engine's. */
export type ContentPlace =
  | { readonly kind: 'archive'; readonly path: string; readonly image: string | undefined }
  | { readonly kind: 'registry'; readonly reference: string }
  | { readonly kind: 'engine'; readonly image: string };

const REGISTRY = 'registry:';
const IS_PATH = /^(?:\/|\.\.?(?:\/|$))/;
const IS_ARCHIVE_NAME = /\.(?:tar|tar\.(?:gz|zst|bz2|xz)|tgz|tzst|tbz2?|txz)$/i;

/**
 * A path that begins with `/`, `./` or `../`, or a file that is called like an archive and is there, is an archive; `#NAME`
 * behind it tells which of its images, unless a file is called so as a whole. `registry:REFERENCE`, the reference with its host or its tag, is an image in a
 * registry. All else is the engine's.
 */
export function contentPlace(name: string, folder: string = process.cwd()): ContentPlace {
  if (name.startsWith(REGISTRY) && !isOwnName(name.slice(REGISTRY.length)))
    return { kind: 'registry', reference: name.slice(REGISTRY.length) };
  // No reference has this character, and paths seldom do.
  const hash = isFile(resolve(folder, name)) ? -1 : name.lastIndexOf('#');
  const path = hash === -1 ? name : name.slice(0, hash);
  const isArchive =
    IS_PATH.test(path) || (IS_ARCHIVE_NAME.test(path) && (hash !== -1 || isFile(resolve(folder, path))));
  if (!isArchive) return { kind: 'engine', image: name };
  return {
    kind: 'archive',
    path: resolve(folder, path),
    image: hash === -1 ? undefined : name.slice(hash + 1) || undefined,
  };
}

/**
 * `engine`: asked for only where it is needed. Nothing is read yet but whether a file is there.
 * Errors: those of connecting, `bad-input`.
 */
export async function openContents(
  engine: Engine | (() => Promise<Engine>),
  name: string,
  { folder, env = process.env, insecureRegistries = [] }: OpenContentsOptions = {},
): Promise<ContentSource> {
  if (name === '') {
    throw new EngineError({
      code: 'bad-input',
      message: 'the name of an image is empty',
      hint: 'Name an image, an archive on disk (./image.tar), or registry:REFERENCE.',
    });
  }
  const place = contentPlace(name, folder);
  if (place.kind === 'archive') {
    const { archiveContents } = await import('../archive/contents.ts');
    return archiveContents(place.path, place.image);
  }
  if (place.kind === 'registry') {
    const { registryContents } = await import('../registry/contents.ts');
    return registryContents(place.reference, { env, insecureRegistries });
  }
  if (IS_ARCHIVE_NAME.test(name)) return orNoFile(name, engine);
  return (typeof engine === 'function' ? await engine() : engine).contents(place.image);
}

/** An image may be called like an archive. More often a path is misspelt, and the engine's word about it would mislead. */
async function orNoFile(name: string, engine: Engine | (() => Promise<Engine>)): Promise<ContentSource> {
  const explained = (thrown: unknown): EngineError => {
    const error = asEngineError(thrown);
    if (error.code === 'cancelled') return error;
    const { code, message } = error;
    const hint = 'Check the path: an archive on disk is named as it lies there.';
    return new EngineError({
      code,
      message: `there is no file ${line(name)}, and ${message}`,
      hint,
      cause: error,
    });
  };
  try {
    const source = (typeof engine === 'function' ? await engine() : engine).contents(name);
    return {
      where: source.where,
      tars: (wanted, options) => source.tars(wanted, options),
      describe: (options) => source.describe(options).catch((thrown) => Promise.reject(explained(thrown))),
    };
  } catch (thrown) {
    throw explained(thrown);
  }
}

/** `registry:2` is a tag of the image `registry`, and `registry:5000/app` an image from a host of that name. */
function isOwnName(rest: string): boolean {
  return !/[/:@]/.test(rest) || /^\d+\//.test(rest);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

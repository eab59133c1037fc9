/**
 * Remembers the layers of images on disk: asking for those of thousands of images takes a while, and an
 * id never changes its layers where it is the digest of a config.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { EngineInfo } from './engine.ts';
import type { ImageLayers, Layer } from './image.ts';

export interface LayerCache {
  get(id: string): ImageLayers | undefined;
  /** Layers that are not exact are left out: a later answer may be better. */
  set(layers: ImageLayers): void;
  readonly size: number;
  /** Writes what is new, replacing the file in one step; what cannot be written is only not remembered. */
  save(): Promise<void>;
}

/** Engines measure layers differently, so each kind and storage has a file of its own. */
export type LayerCachePlace = Pick<EngineInfo, 'kind' | 'storage'>;

export interface LayerCacheOptions {
  /** Default `$XDG_CACHE_HOME/nacre`, else `~/.cache/nacre`. */
  readonly folder?: string;
  /** Images to remember; the ones longest unused go first. */
  readonly limit?: number;
}

const FORMAT = 1;
const LIMIT = 20_000;

/**
 * The file: a table of layers, each pointing to the one below it, and for each image its topmost.
 * Images that share layers share entries, and flat arrays are what JSON.parse is fastest at.
 */
interface LayerFile {
  readonly format: number;
  /** Of each layer: hex of its chain ID and diff ID, its bytes, index of its text, index of the one below or -1. */
  readonly chains: string[];
  readonly diffs: string[];
  readonly sizes: number[];
  readonly texts: number[];
  readonly below: number[];
  /** The instructions that made layers. */
  readonly words: string[];
  /** Hex of image ids, the longest unused first, and the index of each one's topmost layer or -1. */
  readonly images: string[];
  readonly tops: number[];
}

/**
 * Never rejects: an unreadable or damaged file is an empty cache. Nothing is kept on disk for Docker's
 * containerd store and for our own: there an id may be that of an index, whose layers follow from the
 * platforms pulled.
 */
export async function openLayerCache(
  place: LayerCachePlace,
  options: LayerCacheOptions = {},
): Promise<LayerCache> {
  const folder = options.folder ?? defaultFolder();
  const name = `layers-${place.kind}-${place.storage}`.replace(/[^\w.-]/g, '_');
  const path = join(folder, `${name}.json`);
  const limit = options.limit ?? LIMIT;
  if (place.kind === 'docker-containerd' || place.kind === 'embedded')
    return new FileCache(undefined, folder, emptyFile(), limit);
  const [file] = await Promise.all([read(path), removeLeftOvers(folder)]);
  return new FileCache(path, folder, file, limit);
}

class FileCache implements LayerCache {
  /** Undefined where nothing is kept on disk. */
  readonly #path: string | undefined;
  readonly #folder: string;
  readonly #limit: number;
  readonly #file: LayerFile;
  /** Image id to its topmost layer in the file, or to layers that came since; the longest unused first. */
  readonly #images = new Map<string, number | ImageLayers>();
  #changed = false;

  constructor(path: string | undefined, folder: string, file: LayerFile, limit: number) {
    this.#path = path;
    this.#folder = folder;
    this.#limit = limit;
    this.#file = file;
    for (const [index, hex] of file.images.entries()) this.#images.set(hex, file.tops[index]!);
  }

  get size(): number {
    return this.#images.size;
  }

  get(id: string): ImageLayers | undefined {
    const key = bare(id);
    const known = this.#images.get(key);
    if (known === undefined) return undefined;
    // The last used are last.
    this.#images.delete(key);
    this.#images.set(key, known);
    return typeof known === 'number' ? { id, layers: this.#layersFrom(known), exact: true } : known;
  }

  set(layers: ImageLayers): void {
    if (!layers.exact || !layers.id.startsWith(PREFIX)) return;
    const key = bare(layers.id);
    this.#images.delete(key);
    this.#images.set(key, layers);
    this.#changed = true;
  }

  async save(): Promise<void> {
    if (!this.#changed || this.#path === undefined) return;
    this.#changed = false;
    const temporary = `${this.#path}.${randomUUID()}`;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFile(temporary, JSON.stringify(this.#pack()), { mode: 0o600 });
      await rename(temporary, this.#path);
    } catch {
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  #layersFrom(top: number): Layer[] {
    const { chains, diffs, sizes, texts, below, words } = this.#file;
    const layers: Layer[] = [];
    for (let at = top; at !== -1; at = below[at]!) {
      layers.push({
        chainId: PREFIX + chains[at],
        diffId: PREFIX + diffs[at],
        size: sizes[at]!,
        createdBy: words[texts[at]!]!,
      });
    }
    return layers.reverse();
  }

  #pack(): LayerFile {
    const file = emptyFile();
    const layerIndex = new Map<string, number>();
    const wordIndex = new Map<string, number>();
    const entries = [...this.#images];
    for (const [key, known] of entries.slice(Math.max(0, entries.length - this.#limit))) {
      let top = -1;
      for (const layer of typeof known === 'number' ? this.#layersFrom(known) : known.layers) {
        const word = indexOf(wordIndex, layer.createdBy, () => file.words.push(layer.createdBy));
        const under = top;
        top = indexOf(layerIndex, `${layer.chainId} ${layer.size} ${word} ${under}`, () => {
          file.chains.push(bare(layer.chainId));
          file.diffs.push(bare(layer.diffId));
          file.sizes.push(layer.size);
          file.texts.push(word);
          file.below.push(under);
        });
      }
      file.images.push(key);
      file.tops.push(top);
    }
    return file;
  }
}

const PREFIX = 'sha256:';

function bare(id: string): string {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id;
}

function indexOf(known: Map<string, number>, key: string, add: () => void): number {
  const found = known.get(key);
  if (found !== undefined) return found;
  add();
  known.set(key, known.size);
  return known.size - 1;
}

const LEFT_OVER = /^layers-.*\.json\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Milliseconds. A younger one may be written right now. */
const LEFT_OVER_AGE = 3_600_000;

/** A run that was killed while it wrote leaves its temporary file. */
async function removeLeftOvers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const stale = async (name: string) => {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > LEFT_OVER_AGE) await rm(path, { force: true });
  };
  await Promise.allSettled(names.filter((name) => LEFT_OVER.test(name)).map(stale));
}

async function read(path: string): Promise<LayerFile> {
  try {
    const file: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isWhole(file) ? file : emptyFile();
  } catch {
    return emptyFile();
  }
}

/** Indexes that lead nowhere, or in a circle, would crash or hang every later read. */
function isWhole(value: unknown): value is LayerFile {
  if (value === null || typeof value !== 'object') return false;
  const file = value as LayerFile;
  const { chains, diffs, sizes, texts, below, words, images, tops } = file;
  if (file.format !== FORMAT) return false;
  if (![chains, diffs, sizes, texts, below, words, images, tops].every(Array.isArray)) return false;
  const count = chains.length;
  if ([diffs, sizes, texts, below].some((column) => column.length !== count)) return false;
  if (images.length !== tops.length) return false;
  const isText = (item: unknown) => typeof item === 'string';
  const within = (index: number, from: number, to: number) =>
    Number.isInteger(index) && index >= from && index < to;
  return (
    [chains, diffs, words, images].every((column) => column.every(isText)) &&
    sizes.every((size) => Number.isSafeInteger(size) && size >= 0) &&
    texts.every((index) => within(index, 0, words.length)) &&
    below.every((index, at) => within(index, -1, at)) &&
    tops.every((index) => within(index, -1, count))
  );
}

function emptyFile(): LayerFile {
  return {
    format: FORMAT,
    chains: [],
    diffs: [],
    sizes: [],
    texts: [],
    below: [],
    words: [],
    images: [],
    tops: [],
  };
}

/** An empty or relative XDG_CACHE_HOME is to be ignored. Source: XDG base directory specification. */
function defaultFolder(): string {
  const named = process.env['XDG_CACHE_HOME'];
  return join(named?.startsWith('/') ? named : join(homedir(), '.cache'), 'nacre');
}

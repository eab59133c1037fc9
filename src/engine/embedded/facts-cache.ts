/**
 * Remembers facts by digest between runs: a list of thousands of images would have to open as many
 * manifests and configs. It is only a cache: damaged or lost, it is made again.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isRecord } from '../oci/descriptor.ts';
import { isDigest } from '../oci/digest.ts';
import type { Facts } from './facts.ts';

const FORMAT = 1;

export class FactsCache {
  readonly #path: string;
  readonly #folder: string;
  #facts: Map<string, Facts> | undefined;
  #used = new Set<string>();
  #changed = false;

  /** `store` is the store's folder; `folder` where caches lie, by default `$XDG_CACHE_HOME/nacre`. */
  constructor(store: string, folder: string = defaultFolder()) {
    const name = createHash('sha256').update(store).digest('hex').slice(0, 16);
    this.#folder = folder;
    this.#path = join(folder, `store-${name}.json`);
  }

  get(digest: string): Facts | undefined {
    this.#facts ??= load(this.#path);
    const facts = this.#facts.get(digest);
    if (facts !== undefined) this.#used.add(digest);
    return facts;
  }

  set(digest: string, facts: Facts): void {
    this.#facts ??= load(this.#path);
    this.#facts.set(digest, facts);
    this.#used.add(digest);
    this.#changed = true;
  }

  /** As if nothing had ever been read. */
  forget(): void {
    this.#facts = new Map();
    this.#used.clear();
  }

  /** Called when all images were looked at: what none of them needed is forgotten. Never rejects. */
  async save(): Promise<void> {
    const used = this.#used;
    this.#used = new Set();
    const facts = this.#facts;
    if (facts === undefined || (!this.#changed && facts.size < 2 * used.size)) return;
    this.#changed = false;
    for (const digest of facts.keys()) if (!used.has(digest)) facts.delete(digest);
    const temporary = `${this.#path}.${randomUUID()}`;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFile(temporary, JSON.stringify({ format: FORMAT, facts: [...facts] }), { mode: 0o600 });
      await rename(temporary, this.#path);
    } catch {
      await rm(temporary, { force: true }).catch(() => {});
    }
  }
}

function load(path: string): Map<string, Facts> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!isRecord(value) || value['format'] !== FORMAT || !Array.isArray(value['facts'])) return new Map();
    const entries = value['facts'].filter(isEntry);
    return entries.length === value['facts'].length ? new Map(entries) : new Map();
  } catch {
    return new Map();
  }
}

function isEntry(value: unknown): value is [string, Facts] {
  if (!Array.isArray(value) || !isDigest(value[0]) || !isRecord(value[1])) return false;
  const { kind, manifests, config, layers, created, labels } = value[1];
  if (kind === 'index') return Array.isArray(manifests) && manifests.every(isBlob);
  return (
    kind === 'manifest' &&
    isBlob(config) &&
    Array.isArray(layers) &&
    layers.every(isBlob) &&
    typeof created === 'number' &&
    isRecord(labels)
  );
}

function isBlob(value: unknown): boolean {
  return isRecord(value) && isDigest(value['digest']) && typeof value['size'] === 'number';
}

/** An empty or relative XDG_CACHE_HOME is to be ignored. Source: XDG base directory specification. */
function defaultFolder(): string {
  const named = process.env['XDG_CACHE_HOME'];
  return join(named?.startsWith('/') ? named : join(homedir(), '.cache'), 'nacre');
}

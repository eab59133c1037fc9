/**
 * The last-used ledger: when images were used, as far as nacre saw it. One file an engine, merged and replaced in one
 * step, so that several processes can keep it. It begins when it is first opened, and says when that was.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { takeLock } from '../embedded/lock.ts';
import type { EngineEvent, EngineInfo } from '../engine.ts';
import type { Stock } from '../stock.ts';
import { endedAt } from './container-end.ts';
import type { ImageUse, Uses } from './uses.ts';

export interface LastUsedLedger {
  /** What is known now; it changes with what is noted. */
  readonly uses: Uses;
  /** What images and containers themselves tell. */
  observe(stock: Pick<Stock, 'images' | 'containers'>, now: number): void;
  /** What an engine reports while it is watched. */
  note(event: EngineEvent): void;
  /** Takes moments that an engine keeps of its own: when each image was last given a name, in Unix seconds. */
  learnArrivals(moments: ReadonlyMap<string, number>): void;
  /** Merges with what other processes have written. Rejects where the folder cannot be written. */
  save(): Promise<void>;
}

export interface LastUsedOptions {
  /** nacre's own folder for state. */
  readonly folder: string;
  readonly engine: Pick<EngineInfo, 'kind' | 'address'>;
  /** Unix seconds. */
  readonly now: number;
  /** Images to remember; those without a sign for the longest time go first. */
  readonly limit?: number;
}

const FORMAT = 1;
const LIMIT = 20_000;

interface LastUsedFile {
  readonly format: number;
  readonly since: number;
  /** First seen, last used, last arrived, by image id. */
  readonly images: Readonly<Record<string, readonly [number, number, number]>>;
}

/** Never rejects: a ledger that cannot be read begins anew. */
export async function openLastUsed(options: LastUsedOptions): Promise<LastUsedLedger> {
  const { engine, now } = options;
  const key = createHash('sha256').update(engine.address).digest('hex').slice(0, 16);
  const folder = join(options.folder, 'last-used');
  const path = join(folder, `${engine.kind}-${key}.json`);
  const ledger = new FileLedger(folder, path, now, options.limit ?? LIMIT);
  ledger.merge(await read(path));
  return ledger;
}

const ARRIVALS: ReadonlySet<EngineEvent['action']> = new Set(['tag', 'pull', 'load', 'import', 'build']);

class FileLedger implements LastUsedLedger {
  readonly #folder: string;
  readonly #path: string;
  readonly #limit: number;
  readonly #images = new Map<string, ImageUse>();
  /** Which image each name meant when it was last listed. */
  #named: ReadonlyMap<string, string> = new Map();
  /** Events of names that no listing has shown yet. */
  readonly #waiting = new Map<string, Partial<ImageUse>>();
  #since: number;
  #changed = true;

  constructor(folder: string, path: string, now: number, limit: number) {
    this.#folder = folder;
    this.#path = path;
    this.#since = now;
    this.#limit = limit;
  }

  get uses(): Uses {
    return { since: this.#since, of: (id) => this.#images.get(id) };
  }

  observe({ images, containers }: Pick<Stock, 'images' | 'containers'>, now: number): void {
    const named = new Map<string, string>();
    for (const image of images) {
      this.#see(image.id, { first: now });
      for (const name of [...image.references, ...image.digests]) named.set(name, image.id);
    }
    this.#named = named;
    for (const [name, use] of this.#waiting) {
      const id = named.get(name);
      if (id !== undefined) this.#see(id, use);
    }
    this.#waiting.clear();
    for (const container of containers) {
      const used = container.running ? now : Math.max(container.created, endedAt(container.status, now));
      this.#see(container.imageId, { first: now, used });
    }
  }

  note({ action, subject, time }: EngineEvent): void {
    const use =
      action === 'container' ? { used: time } : ARRIVALS.has(action) ? { arrived: time } : undefined;
    if (use === undefined || subject === '') return;
    const id = subject.startsWith('sha256:') ? subject : this.#named.get(subject);
    if (id !== undefined) this.#see(id, { first: time, ...use });
    else this.#waiting.set(subject, { ...this.#waiting.get(subject), first: time, ...use });
  }

  learnArrivals(moments: ReadonlyMap<string, number>): void {
    for (const [id, arrived] of moments) this.#see(id, { arrived });
  }

  merge(file: LastUsedFile | undefined): void {
    if (file === undefined) return;
    this.#changed ||= file.since !== this.#since;
    this.#since = Math.min(this.#since, file.since);
    for (const [id, [first, used, arrived]] of Object.entries(file.images))
      this.#see(id, { first, used, arrived });
  }

  async save(): Promise<void> {
    if (!this.#changed) return;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const lock = await takeLock(`${this.#path}.lock`);
    const temporary = `${this.#path}.${randomUUID()}`;
    try {
      this.merge(await read(this.#path));
      await writeFile(temporary, JSON.stringify(this.#file()), { mode: 0o600 });
      await rename(temporary, this.#path);
      this.#changed = false;
    } catch (thrown) {
      await rm(temporary, { force: true });
      throw thrown;
    } finally {
      await lock.release();
    }
  }

  /** The earliest of what was seen first, and the latest of all else. */
  #see(id: string, sign: Partial<ImageUse>): void {
    const known = this.#images.get(id);
    const use = {
      first: Math.min(known?.first ?? Number.POSITIVE_INFINITY, sign.first ?? Number.POSITIVE_INFINITY),
      used: Math.max(known?.used ?? 0, sign.used ?? 0),
      arrived: Math.max(known?.arrived ?? 0, sign.arrived ?? 0),
    };
    if (use.first === Number.POSITIVE_INFINITY) use.first = Math.max(use.used, use.arrived);
    if (known?.first === use.first && known.used === use.used && known.arrived === use.arrived) return;
    this.#images.set(id, use);
    this.#changed = true;
  }

  #file(): LastUsedFile {
    const latest = ({ first, used, arrived }: ImageUse) => Math.max(first, used, arrived);
    let images = [...this.#images];
    if (images.length > this.#limit) {
      images = images.sort(([, a], [, b]) => latest(b) - latest(a)).slice(0, this.#limit);
    }
    const rows = images.map(([id, { first, used, arrived }]) => [id, [first, used, arrived]] as const);
    return { format: FORMAT, since: this.#since, images: Object.fromEntries(rows) };
  }
}

async function read(path: string): Promise<LastUsedFile | undefined> {
  try {
    const file: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isWhole(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

function isWhole(value: unknown): value is LastUsedFile {
  if (value === null || typeof value !== 'object') return false;
  const { format, since, images } = value as Partial<LastUsedFile>;
  const isMoment = (item: unknown) => typeof item === 'number' && Number.isFinite(item) && item >= 0;
  if (format !== FORMAT || !isMoment(since) || images === null || typeof images !== 'object') return false;
  return Object.values(images).every((row) => Array.isArray(row) && row.length === 3 && row.every(isMoment));
}

/**
 * Remembers facts by digest between runs: a list of thousands of images would have to open as many
 * manifests and configs.
 */
import { CacheFile } from './cache-file.ts';
import type { Facts } from './facts.ts';
import { packFacts, unpackFacts } from './facts-file.ts';

/** Fewer are read faster than they are worth remembering. */
export const FEW = 50;

export class FactsCache {
  readonly #file: CacheFile;
  #facts: Map<string, Facts> | undefined;
  #used = new Set<string>();
  #changed = false;

  /** `store` is the store's folder. */
  constructor(store: string) {
    this.#file = new CacheFile('facts', store);
  }

  get(digest: string): Facts | undefined {
    this.#facts ??= unpackFacts(this.#file.read()) ?? new Map();
    const facts = this.#facts.get(digest);
    if (facts !== undefined) this.#used.add(digest);
    return facts;
  }

  set(digest: string, facts: Facts): void {
    this.#facts ??= unpackFacts(this.#file.read()) ?? new Map();
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
    if (facts === undefined || used.size < FEW) return;
    if (!this.#changed && facts.size < 2 * used.size) return;
    this.#changed = false;
    for (const digest of facts.keys()) if (!used.has(digest)) facts.delete(digest);
    await this.#file.write(packFacts(facts));
  }
}

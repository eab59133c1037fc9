/** Files whose bytes are still to come, by layer and by where they begin in it. */
import type { ScannedBody } from './body-scan.ts';
import type { BodyEvent } from './file-bodies.ts';
import type { LayerIndex } from './layer-index.ts';
import { type EntryPlace, keyOf } from './linked-file.ts';

export class WantedBodies {
  /** Files without bytes: nothing has to be read for them. */
  readonly empty: EntryPlace[] = [];
  readonly #indexes: readonly LayerIndex[];
  /** For each layer, entries by their offset. */
  readonly #left = new Map<number, Map<number, number>>();

  constructor(indexes: readonly LayerIndex[], wanted: readonly EntryPlace[]) {
    this.#indexes = indexes;
    const seen = new Set<string>();
    for (const place of wanted) {
      const { layer, entry } = place;
      const index = indexes[layer]!;
      const key = keyOf(place);
      if (seen.has(key)) continue;
      seen.add(key);
      if (index.size(entry) === 0) {
        this.empty.push(place);
        continue;
      }
      const offsets = this.#left.get(layer) ?? new Map<number, number>();
      this.#left.set(layer, offsets.set(index.offset(entry), entry));
    }
  }

  /** Those of which something is missing. */
  get layers(): ReadonlySet<number> {
    return new Set(this.#left.keys());
  }

  get isWhole(): boolean {
    return this.#left.size === 0;
  }

  misses(layer: number): boolean {
    return this.#left.has(layer);
  }

  /** Ascending. */
  offsetsOf(layer: number): readonly number[] {
    return [...(this.#left.get(layer)?.keys() ?? [])].sort((a, b) => a - b);
  }

  entryAt(layer: number, offset: number): number | undefined {
    return this.#left.get(layer)?.get(offset);
  }

  /** Whether a body of a layer that is not known can be one of them. */
  couldBe(offset: number, size: number): boolean {
    for (const [layer, offsets] of this.#left) {
      const entry = offsets.get(offset);
      if (entry !== undefined && this.#indexes[layer]!.size(entry) === size) return true;
    }
    return false;
  }

  *missing(): Generator<EntryPlace> {
    for (const [layer, offsets] of this.#left) for (const entry of offsets.values()) yield { layer, entry };
  }

  /** The bodies of one layer, by the name of their entries; each is crossed out at its end. */
  async *told(layer: number, bodies: AsyncIterable<ScannedBody>): AsyncGenerator<BodyEvent> {
    let offset = 0;
    for await (const event of bodies) {
      if (event.type !== 'begin') {
        if (event.type === 'end') this.#cross(layer, offset);
        yield event;
        continue;
      }
      offset = event.offset;
      yield {
        type: 'begin',
        place: { layer, entry: this.entryAt(layer, offset)! },
        size: event.size,
      };
    }
  }

  #cross(layer: number, offset: number): void {
    const offsets = this.#left.get(layer);
    offsets?.delete(offset);
    if (offsets?.size === 0) this.#left.delete(layer);
  }
}

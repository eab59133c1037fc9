/** Indexes of layers in memory, those used last, up to so many bytes: of thousands of images never all. */
import type { LayerIndex } from './layer-index.ts';

/** Bytes. */
const ROOM = 64 * 2 ** 20;

export class IndexShelf {
  readonly #room: number;
  /** Those used last stand last. */
  readonly #indexes = new Map<string, { readonly index: LayerIndex; readonly bytes: number }>();
  #bytes = 0;

  constructor(room = ROOM) {
    this.#room = room;
  }

  get bytes(): number {
    return this.#bytes;
  }

  find(key: string): LayerIndex | undefined {
    const kept = this.#indexes.get(key);
    if (kept === undefined) return undefined;
    this.#indexes.delete(key);
    this.#indexes.set(key, kept);
    return kept.index;
  }

  /** The one that was put last stays, whatever its size. */
  put(key: string, index: LayerIndex): void {
    this.#drop(key);
    const bytes = bytesOf(index);
    this.#indexes.set(key, { index, bytes });
    this.#bytes += bytes;
    for (const [other] of this.#indexes) {
      if (this.#bytes <= this.#room || other === key) return;
      this.#drop(other);
    }
  }

  clear(): void {
    this.#indexes.clear();
    this.#bytes = 0;
  }

  #drop(key: string): void {
    this.#bytes -= this.#indexes.get(key)?.bytes ?? 0;
    this.#indexes.delete(key);
  }
}

function bytesOf({ columns }: LayerIndex): number {
  return Object.values(columns).reduce<number>(
    (sum, column) => sum + (ArrayBuffer.isView(column) ? column.byteLength : 0),
    0,
  );
}

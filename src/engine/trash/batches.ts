/** Divides images among the streams in which an engine sends them. */
import type { ImageLayers } from '../image.ts';

export interface Batch {
  readonly ids: readonly string[];
  /** Of their layers, each once; undefined where they are not known. */
  readonly bytes: number | undefined;
}

/** Images in one stream: their ids stand in the address of one request. */
const MOST_IMAGES = 32;
/** Bytes in one stream: most engines write all of it to a folder of theirs before they send the first byte. */
const MOST_BYTES = 4e9;

/** Images that share layers come in one stream as far as possible, since each stream has a layer once. */
export function batchesOf(ids: readonly string[], layers: ReadonlyMap<string, ImageLayers>): Batch[] {
  const chainOf = (id: string): string => (layers.get(id)?.layers ?? []).map((one) => one.diffId).join(' ');
  const chains = new Map(ids.map((id) => [id, chainOf(id)]));
  const sorted = ids.toSorted((a, b) => compare(chains.get(a)!, chains.get(b)!));
  const batches: Batch[] = [];
  let current: string[] = [];
  let size = 0;
  let seen = new Set<string>();
  const end = (): void => {
    if (current.length === 0) return;
    const isKnown = current.every((id) => layers.has(id));
    batches.push({ ids: current, bytes: isKnown ? size : undefined });
    [current, size, seen] = [[], 0, new Set()];
  };
  for (const id of sorted) {
    const own = layers.get(id)?.layers ?? [];
    const more = own.filter((layer) => !seen.has(layer.diffId)).reduce((sum, layer) => sum + layer.size, 0);
    if (current.length === MOST_IMAGES || (current.length > 0 && size + more > MOST_BYTES)) end();
    current.push(id);
    for (const { diffId, size: bytes } of own) {
      if (seen.has(diffId)) continue;
      seen.add(diffId);
      size += bytes;
    }
  }
  end();
  return batches;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The layers of two images beside each other: which they share, and which only one of them has. */
import type { ImageContents } from '../layers/contents.ts';

export interface LayerRow {
  readonly kind: 'shared' | 'removed' | 'added';
  readonly diffId: string;
  /** Its place in the first image, the base being 0; undefined where that has it not. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly createdBy: string;
  /** Bytes of the files in it, unpacked. */
  readonly bytes: number;
}

/** From the base up: those of the first image in their order, those of the second between them. Told apart by diff ID. */
export function layerRows(a: ImageContents, b: ImageContents): LayerRow[] {
  const placesA = placesOf(a);
  const placesB = placesOf(b);
  const rows: LayerRow[] = [];
  const addUntilShared = (from: number): number => {
    let at = from;
    for (; at < b.image.layers.length; at++) {
      const { diffId } = b.image.layers[at]!;
      if (placesA.has(diffId)) break;
      rows.push(rowOf('added', b, at, undefined, at));
    }
    return at;
  };
  let next = 0;
  for (const [place, { diffId }] of a.image.layers.entries()) {
    const other = placesB.get(diffId);
    if (other === undefined) {
      rows.push(rowOf('removed', a, place, place, undefined));
      continue;
    }
    // Where both have the same layers in another order, those of the second come after all it shares.
    while (next < other) {
      next = addUntilShared(next);
      if (next < other) next++;
    }
    rows.push(rowOf('shared', a, place, place, other));
    next = Math.max(next, other + 1);
  }
  while (next < b.image.layers.length) {
    next = addUntilShared(next);
    next++;
  }
  return rows;
}

function placesOf({ image }: ImageContents): Map<string, number> {
  return new Map(image.layers.map(({ diffId }, place) => [diffId, place]));
}

function rowOf(
  kind: LayerRow['kind'],
  { image, indexes }: ImageContents,
  place: number,
  before: number | undefined,
  after: number | undefined,
): LayerRow {
  const { diffId, createdBy } = image.layers[place]!;
  return { kind, diffId, before, after, createdBy, bytes: bytesOf(indexes[place]!.columns.sizes) };
}

function bytesOf(sizes: Float64Array): number {
  let bytes = 0;
  for (const size of sizes) bytes += size;
  return bytes;
}

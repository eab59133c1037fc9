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
  const [keysA, keysB] = [keysOf(a), keysOf(b)];
  const [placesA, placesB] = [placesOf(keysA), placesOf(keysB)];
  const rows: LayerRow[] = [];
  const addUntilShared = (from: number): number => {
    let at = from;
    for (; at < b.image.layers.length; at++) {
      if (placesA.has(keysB[at]!)) break;
      rows.push(rowOf('added', b, at, undefined, at));
    }
    return at;
  };
  let next = 0;
  for (const [place, key] of keysA.entries()) {
    const other = placesB.get(key);
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

/** One image can have the same layer several times: the first of it is the first of the other's, and so on. */
function keysOf({ image }: ImageContents): string[] {
  const times = new Map<string, number>();
  return image.layers.map(({ diffId }) => {
    const nth = (times.get(diffId) ?? 0) + 1;
    times.set(diffId, nth);
    return `${diffId} ${nth}`;
  });
}

function placesOf(keys: readonly string[]): Map<string, number> {
  return new Map(keys.map((key, place) => [key, place]));
}

function rowOf(
  kind: LayerRow['kind'],
  { image, indexes }: ImageContents,
  place: number,
  before: number | undefined,
  after: number | undefined,
): LayerRow {
  const { diffId, createdBy } = image.layers[place]!;
  return { kind, diffId, before, after, createdBy, bytes: indexes[place]!.bytes };
}

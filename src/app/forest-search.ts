/** Finding rows of the layer forest: by instruction, by the names of images that end there, by any digest. Pure. */
import type { Layer } from '../engine/image.ts';
import { allForestRows, type ForestRow } from './forest-rows.ts';
import { forestTree, instructionOf } from './forest-tree.ts';
import { kept } from './kept.ts';
import type { AppState } from './state.ts';

/** The start of a digest or an id, with or without its algorithm; shorter ones would be in everything. */
const DIGEST = /^(?:sha256:)?([0-9a-f]{4,64})$/;

const NONE: readonly ForestRow[] = [];

/** Rows that hold the search text, those in closed branches too, in the order of the rows; letter case is ignored. */
export function forestMatches(
  state: Pick<AppState, 'stock' | 'closed' | 'forestView'>,
): readonly ForestRow[] {
  return matchesIn(allForestRows(state), state.forestView.search.trim().toLowerCase(), state.stock);
}

const matchesIn = kept(
  (rows: readonly ForestRow[], search: string, stock: AppState['stock']): readonly ForestRow[] => {
    if (search === '' || stock === undefined) return NONE;
    const { images } = forestTree(stock);
    const digest = DIGEST.exec(search)?.[1];
    const isImage = (id: string): boolean => {
      const image = images.get(id);
      return (
        image !== undefined &&
        (image.references.some((name) => name.toLowerCase().includes(search)) ||
          image.digests.some((name) => name.toLowerCase().includes(search)) ||
          (digest !== undefined && startsDigest(id, digest)))
      );
    };
    return rows.filter((row) => {
      if (row.layers.length === 0) return isImage(row.image!);
      // The image that ends here has a row of its own where it is not the first.
      if (row.image !== undefined && isImage(row.image)) return true;
      return row.layers.some((layer) => isLayer(layer, search, digest));
    });
  },
);

const instructions = new WeakMap<Layer, string>();

function isLayer(layer: Layer, search: string, digest: string | undefined): boolean {
  let text = instructions.get(layer);
  if (text === undefined) {
    text = instructionOf(layer).toLowerCase();
    instructions.set(layer, text);
  }
  if (text.includes(search)) return true;
  if (digest === undefined) return false;
  return (
    startsDigest(layer.chainId, digest) ||
    startsDigest(layer.diffId, digest) ||
    (layer.blob !== undefined && startsDigest(layer.blob, digest))
  );
}

function startsDigest(id: string, digest: string): boolean {
  return id.startsWith(digest, id.indexOf(':') + 1);
}

/** What an image was built on, as far as it is known here: images whose layers are the beginning of its own. */
import { downFrom } from '../engine/forest.ts';
import type { Stock } from '../engine/stock.ts';
import { forestTree } from './forest-tree.ts';

/** The first names of its bases, the nearest first; images with the very same layers are none. */
export function basesOf(stock: Stock | undefined, id: string): readonly string[] {
  if (stock === undefined) return [];
  const { forest, images } = forestTree(stock);
  const top = forest.tops.get(id);
  if (top === undefined) return [];
  const bases: string[] = [];
  for (const node of downFrom(top.parent)) {
    let oldest: { readonly name: string; readonly created: number } | undefined;
    for (const ending of node.images) {
      const image = images.get(ending);
      const name = image?.references[0];
      if (image === undefined || name === undefined) continue;
      if (oldest === undefined || image.created < oldest.created) oldest = { name, created: image.created };
    }
    if (oldest !== undefined) bases.push(oldest.name);
  }
  return bases;
}

/**
 * What planning an image came to, remembered with its stock: whoever marks one image more plans all the others again,
 * and for nearly all of them the same comes out.
 */
import type { PlannedCall, Step } from './plan.ts';
import type { DeletedImage } from './removal-rules.ts';
import type { Stock } from './stock.ts';

/** An image that went as a whole, with nothing to do with others but the layers they share. */
export interface Fate {
  readonly steps: readonly Step[];
  readonly calls: readonly PlannedCall[];
  readonly deleted: DeletedImage;
}

/** By image id; good as long as the same is released. */
export type Fates = Map<string, Fate>;

const remembered = new WeakMap<Stock, Fates>();

export function fatesOf(stock: Stock): Fates {
  const known = remembered.get(stock);
  if (known) return known;
  const made: Fates = new Map();
  remembered.set(stock, made);
  return made;
}

/** What is known of when images were used: a view that rules ask, whoever keeps it. */

/** Unix seconds. */
export interface ImageUse {
  /** When it was first seen here. */
  readonly first: number;
  /** The last sign that a container of it was made, ran or ended; 0 where there was none. */
  readonly used: number;
  /** The last time it was pulled, built, loaded or given a name; 0 where that is not known. */
  readonly arrived: number;
}

export interface Uses {
  /** When watching began; undefined where nothing was ever kept. */
  readonly since: number | undefined;
  of(id: string): ImageUse | undefined;
}

/** Nothing was watched. */
export const NO_USES: Uses = { since: undefined, of: () => undefined };

/**
 * The last sign of life of an image in Unix seconds: its use, its arrival, its making; 0 where nothing is known.
 * An image that was there when watching began gives no sign by being seen first.
 */
export function lastSign(uses: Uses, image: { readonly id: string; readonly created: number }): number {
  const use = uses.of(image.id);
  const made = Math.max(0, image.created);
  if (use === undefined) return made;
  const appeared = uses.since !== undefined && use.first > uses.since ? use.first : 0;
  return Math.max(made, use.used, use.arrived, appeared);
}

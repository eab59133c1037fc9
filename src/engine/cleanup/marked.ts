/** Marked images: whole, or only some of their names. */
import type { Target } from '../plan.ts';
import { keptNames } from '../removal-names.ts';
import type { Stock } from '../stock.ts';
import { factsOf } from './scene.ts';

/** By image id: the names that are marked, or `whole`. */
export type Marked = ReadonlyMap<string, ReadonlySet<string> | typeof WHOLE>;

export const WHOLE = 'whole';

/** What a rule about images marks. */
export interface RuleMatch {
  readonly marked: Marked;
  /** How many images might be meant too, but too little is known of them. */
  readonly unsure: number;
  /** Why, one sentence; `''` where nothing is unsure. */
  readonly why: string;
}

/** What any of them marks. */
export function union(all: readonly Marked[]): Marked {
  if (all.length === 1) return all[0]!;
  const together = new Map<string, ReadonlySet<string> | typeof WHOLE>();
  for (const marked of all) {
    for (const [id, names] of marked) {
      const before = together.get(id);
      if (before === undefined || names === WHOLE) together.set(id, names);
      else if (before !== WHOLE) together.set(id, new Set([...before, ...names]));
    }
  }
  return together;
}

/** What all of them mark: of an image that one marks whole and another by a name, that name. */
export function intersection(all: readonly Marked[]): Marked {
  const [first, ...others] = all;
  if (first === undefined) return new Map();
  return others.reduce((both, marked) => {
    const left = new Map<string, ReadonlySet<string> | typeof WHOLE>();
    for (const [id, names] of both) {
      const other = marked.get(id);
      if (other === undefined) continue;
      const common =
        names === WHOLE
          ? other
          : other === WHOLE
            ? names
            : new Set([...names].filter((name) => other.has(name)));
      if (common === WHOLE || common.size > 0) left.set(id, common);
    }
    return left;
  }, first);
}

export function markedOf(targets: readonly Target[]): Marked {
  return union(
    targets.map(
      ({ id, references }) => new Map([[id, references === undefined ? WHOLE : new Set(references)]]),
    ),
  );
}

export function targetsOf(marked: Marked): Target[] {
  return [...marked].map(([id, names]) => (names === WHOLE ? { id } : { id, references: [...names] }));
}

/** An image that would lose all its names is marked whole. */
export function settled(stock: Stock, marked: Marked): Marked {
  const { images } = factsOf(stock);
  return new Map(
    [...marked].map(([id, names]) => {
      const image = images.get(id);
      const all = image === undefined || names === WHOLE ? [] : keptNames(stock.kind, image);
      return [id, names !== WHOLE && all.length > 0 && all.every((name) => names.has(name)) ? WHOLE : names];
    }),
  );
}

/** What it would cost a person to be without an image: little for what is old, unused and easily had again. */
import type { Image } from '../image.ts';
import type { Pullable } from '../pullable.ts';
import { isDigestName, keptNames } from '../removal-names.ts';
import { showAge } from './measure.ts';
import type { Scene } from './scene.ts';
import { lastSign } from './uses.ts';

export interface RemovalCost {
  /** Only compared with other costs. */
  readonly cost: number;
  /** Why, one phrase: `not seen in use for 44 d, can be pulled again`. */
  readonly reason: string;
}

const DAY = 86_400;
/** What has just been used is worth this many times what was not used for long. */
const FRESH = 30;
const AGAIN: Readonly<Record<Pullable, { readonly factor: number; readonly words: string }>> = {
  yes: { factor: 1, words: 'can be pulled again' },
  unknown: { factor: 2, words: 'it is not known whether it can be pulled again' },
  no: { factor: 4, words: 'is in no registry' },
};
/** Nobody misses what has no name. */
const NAMELESS = 0.25;

/** `pullable` tells of each image whether it can be had again. */
export function removalCost(scene: Scene, image: Image, pullable: Pullable): RemovalCost {
  const { stock, uses, now } = scene;
  const nameless = !keptNames(stock.kind, image).some((name) => !isDigestName(name));
  const sign = lastSign(uses, image);
  const idle = Math.max(0, now - sign);
  const freshness = sign === 0 ? 1 : 1 + FRESH / (1 + idle / DAY);
  const { factor, words } = AGAIN[pullable];
  const cost = freshness * (nameless ? NAMELESS : factor);
  const use = uses.of(image.id)?.used ?? 0;
  const watched = uses.since === undefined ? 0 : now - Math.max(uses.since, sign);
  const unseen = watched > 0 ? ` and not seen in use for ${showAge(watched)}` : '';
  const age =
    sign === 0
      ? `its age is not known${unseen}`
      : use === sign
        ? `last used ${showAge(idle)} ago`
        : `${sign === Math.max(0, image.created) ? 'built' : 'here since'} ${showAge(idle)} ago${unseen}`;
  return { cost, reason: nameless ? `has no name, ${age}` : `${age}, ${words}` };
}

/** Why layers stay when the marked images go: for which images, containers, or the build cache. Pure. */
import type { Layer } from '../engine/image.ts';
import type { Ledger } from '../engine/ledger.ts';
import { cacheHolds } from '../engine/removal-cache.ts';
import { forestTree } from './forest-tree.ts';
import { plural } from './format.ts';
import type { MarksEffect } from './marks-effect.ts';

/** More of them than this are counted. */
const NAMED = 3;

/** Sentences about what holds any of these layers, or, for an image without layers of its own, that image. */
export function whyItStays(
  ledger: Ledger,
  effect: MarksEffect,
  images: readonly string[] | undefined,
  layers: readonly Layer[],
): string[] {
  const { stock } = ledger;
  const { nameOf, images: known } = forestTree(stock);
  const holders = new Set(images ?? layers.flatMap(({ chainId }) => ledger.sharers(chainId)));
  const unmarked: string[] = [];
  const reasons: string[] = [];
  let steps = 0;
  for (const id of holders) {
    if (effect.deleted.has(id)) continue;
    if (effect.marks.has(id))
      reasons.push(`${nameOf(id)} is marked and cannot go: ${blockerOf(id, effect)}.`);
    else if (known.get(id)?.role === 'intermediate') steps++;
    else unmarked.push(id);
  }
  if (unmarked.length > 0) {
    const names = unmarked.length <= NAMED ? `: ${unmarked.map(nameOf).join(', ')}` : '';
    reasons.unshift(
      `${plural(unmarked.length, 'unmarked image')} still ${unmarked.length === 1 ? 'needs' : 'need'} it${names}.`,
    );
  }
  if (reasons.length > 0) return reasons;
  // Where images stay, the steps they were built in are no news.
  if (steps > 0) return [`${plural(steps, 'build step')} still ${steps === 1 ? 'needs' : 'need'} it.`];
  return [withoutImages(ledger, layers)];
}

/** Why a marked image does not go. */
function blockerOf(id: string, { plan, spared }: MarksEffect): string {
  const blocker = plan?.blockers.find((one) => one.id === id);
  const kept = spared.find((one) => one.id === id);
  const all = blocker?.by ?? kept?.by ?? [];
  const many = all.length > 1;
  const by = all.length > NAMED ? `${all.length} of them` : all.join(', ');
  switch (blocker?.kind ?? kept?.why) {
    case 'running-container':
      return `${by} ${many ? 'run' : 'runs'} from it`;
    case 'stopped-container':
      return `${by} ${many ? 'were' : 'was'} made from it`;
    case 'in-use':
      return `${by} ${many ? 'use' : 'uses'} it`;
    case 'child-image':
      return `${by} ${many ? 'were' : 'was'} built on it`;
    case 'needed':
      return `${by} ${many ? 'stand' : 'stands'} on it`;
    case 'pinned':
      return `it is pinned by ${by}`;
    case 'several-names':
      return 'it has several names';
    case 'not-found':
      return 'it is gone already';
    case undefined:
      return plan?.targets.some((target) => target.id === id && target.references !== undefined)
        ? 'only some of its names go'
        : 'something that stays needs it';
  }
}

/** All images that stood on it go: then the build cache has it, or a container of a deleted image. */
function withoutImages({ stock, forest }: Ledger, layers: readonly Layer[]): string {
  const { certain } = cacheHolds(stock);
  const inCache = layers.some(({ chainId }) => {
    const node = forest.nodes.get(chainId);
    return node !== undefined && certain.has(node);
  });
  return inCache
    ? 'The build cache holds it: pruning that frees it.'
    : 'A container holds it, though its image goes.';
}

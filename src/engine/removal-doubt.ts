/** Why a number of bytes may not be the whole truth, and how it is marked then. */
import type { Bound, Size } from './engine.ts';
import { buildForest, type ForestNode } from './forest.ts';
import { cacheHolds } from './removal-cache.ts';
import type { DeletedImage } from './removal-rules.ts';
import type { Stock } from './stock.ts';

export interface Doubt {
  readonly bound: Exclude<Bound, 'exact'>;
  readonly reason: string;
}

export const SIZES: Doubt = {
  bound: 'about',
  reason: 'the sizes of some layers could not be matched beyond doubt',
};

/** `about` beats `at-least`: what may also be less is no lower bound. */
export function sizeOf(bytes: number, doubts: readonly Doubt[]): Size {
  if (doubts.length === 0) return { bytes, bound: 'exact' };
  const bound = doubts.some((doubt) => doubt.bound === 'about') ? 'about' : 'at-least';
  const reason = [...new Set(doubts.map((doubt) => doubt.reason))].join('; ');
  return { bytes, bound, reason };
}

const computed = new WeakMap<Stock, readonly Doubt[]>();

/** What makes every sum of layers of a stock doubtful. */
export function stockDoubts(stock: Stock): readonly Doubt[] {
  const known = computed.get(stock);
  if (known) return known;
  const doubts = [...engineDoubts(stock), ...holderDoubts(stock)];
  computed.set(stock, doubts);
  return doubts;
}

/** What makes the sizes of layers doubtful, whoever holds them. */
export function engineDoubts(stock: Stock): Doubt[] {
  if (stock.kind === 'docker-containerd') {
    return [
      {
        bound: 'at-least',
        reason:
          'the containerd store does not tell how many compressed bytes each layer has besides its unpacked ones',
      },
    ];
  }
  if (stock.kind === 'podman') {
    return [{ bound: 'about', reason: 'Podman tells the size of a layer as a tar archive, not on disk' }];
  }
  return [];
}

/** What makes it doubtful who else needs a layer. */
function holderDoubts(stock: Stock): Doubt[] {
  const doubts: Doubt[] = [];
  const { unread } = buildForest(stock);
  if (unread.size > 0) {
    const reason =
      unread.size === 1
        ? 'the layers of 1 image are not known'
        : `the layers of ${unread.size} images are not known`;
    doubts.push({ bound: 'about', reason });
  }
  if (!stock.containersKnown && stock.kind !== 'embedded') {
    doubts.push({ bound: 'about', reason: 'the engine does not tell which containers hold layers' });
  }
  const ids = new Set(stock.images.map((image) => image.id));
  const orphans = stock.containers.filter((container) => !ids.has(container.imageId));
  if (orphans.length > 0) {
    const who =
      orphans.length === 1 ? `container ${orphans[0]!.name} holds` : `${orphans.length} containers hold`;
    doubts.push({
      bound: 'about',
      reason: `${who} layers of an image that is gone, and the engine does not tell which`,
    });
  }
  if (cacheHolds(stock).unread && unread.size < stock.images.length) {
    doubts.push({ bound: 'about', reason: 'it is not known yet which layers the build cache holds' });
  }
  return doubts;
}

/** What makes some stacks of layers doubtful: sizes that do not fit, and a build cache that may hold them too. */
export function layerDoubts(stock: Stock, stacks: readonly (readonly ForestNode[])[]): Doubt[] {
  const doubts: Doubt[] = [];
  if (!buildForest(stock).exact && stacks.some((layers) => layers.some((node) => !node.exact))) {
    doubts.push(SIZES);
  }
  const { certain, possible } = cacheHolds(stock);
  const uncertain = (node: ForestNode) => possible.has(node) && !certain.has(node);
  if (possible.size > certain.size && stacks.some((layers) => layers.some(uncertain))) {
    doubts.push({ bound: 'about', reason: 'the build cache may hold some of these layers' });
  }
  return doubts;
}

/** What a set of removals frees: the layers that go with it, and how far that is known. */
export function freedSize(stock: Stock, deleted: readonly DeletedImage[]): Size {
  let bytes = 0;
  let layers = 0;
  for (const { released } of deleted) {
    bytes += released.bytes + released.besides;
    layers += released.layers.nodes.length;
  }
  const { unread } = buildForest(stock);
  const blind = unread.size === 0 ? 0 : deleted.filter((gone) => unread.has(gone.id)).length;
  const doubts: Doubt[] = [];
  if (blind > 0) {
    const whose = blind === 1 ? '1 of these images' : `${blind} of these images`;
    doubts.push({ bound: 'at-least', reason: `the layers of ${whose} are not known` });
  }
  // Where no layer goes, nothing else can make it less; but on containerd the compressed content may go.
  if (layers > 0 || bytes > 0) {
    const stacks = deleted.map(({ released }) => released.layers.nodes);
    doubts.push(...stockDoubts(stock), ...layerDoubts(stock, stacks));
  } else if (deleted.length > 0)
    doubts.push(...engineDoubts(stock).filter((doubt) => doubt.bound === 'at-least'));
  return sizeOf(bytes, doubts);
}

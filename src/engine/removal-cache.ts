/**
 * Which layers of images the build cache holds too. What BuildKit builds and what it builds on belongs
 * to the images and to the cache, and stays on disk until both let go; but Docker only tells the sizes
 * of the cache's records and how they stand on each other, so layers are recognised by these.
 */
import type { BuildCacheItem } from './disk-usage.ts';
import { buildForest, downFrom, type Forest, type ForestNode } from './forest.ts';
import type { Stock } from './stock.ts';

export interface CacheHolds {
  /** Layers that the cache holds beyond doubt. */
  readonly certain: ReadonlySet<ForestNode>;
  /** Layers that it may hold, the certain ones included. */
  readonly possible: ReadonlySet<ForestNode>;
  /** True when the cache has not been read, so that it may hold any layer. */
  readonly unread: boolean;
}

/** Where a record may be any layer at all: hundreds of such sets of tens of thousands would weigh too much. */
const ANY = 'any';
type Candidates = Set<ForestNode> | typeof ANY;

const NONE: CacheHolds = { certain: new Set(), possible: new Set(), unread: false };
const computed = new WeakMap<Stock, CacheHolds>();

export function cacheHolds(stock: Stock): CacheHolds {
  if (stock.kind !== 'docker-classic' && stock.kind !== 'docker-containerd') return NONE;
  if (stock.buildCache === undefined) return { ...NONE, unread: true };
  const known = computed.get(stock);
  if (known) return known;
  const forest = buildForest(stock);
  const holds =
    stock.kind === 'docker-classic' ? match(stock.buildCache, forest) : suspect(stock.buildCache, forest);
  computed.set(stock, holds);
  return holds;
}

/** The containerd store adds compressed bytes to the sizes of records, so none can be told from another. */
function suspect(items: readonly BuildCacheItem[], forest: Forest): CacheHolds {
  if (!items.some((item) => item.shared)) return NONE;
  return { certain: new Set(), possible: new Set(forest.nodes.values()), unread: false };
}

function match(items: readonly BuildCacheItem[], forest: Forest): CacheHolds {
  // Only a record marked as shared is also a layer of an image that exists.
  const shared = new Map(items.filter((item) => item.shared).map((item) => [item.id, item]));
  if (shared.size === 0) return NONE;
  const all = [...forest.nodes.values()];
  const bySize = new Map<number, ForestNode[]>();
  for (const node of all) {
    const same = bySize.get(node.layer.size);
    if (same) same.push(node);
    else bySize.set(node.layer.size, [node]);
  }

  const tellsParents = items.some((item) => item.parents.length > 0);
  /** One set for all: what nothing is under is never narrowed in place. */
  const roots = new Set(forest.roots);
  const candidates = new Map<string, Candidates>();
  const ask = (item: BuildCacheItem): Candidates => {
    const known = candidates.get(item.id);
    if (known) return known;
    candidates.set(item.id, new Set());
    const parents = item.parents.flatMap((id) => shared.get(id) ?? []);
    const parent = parents.length === 1 ? parents[0] : undefined;
    let found: Candidates;
    if (parent) {
      const below = ask(parent);
      found =
        below !== ANY
          ? new Set([...below].flatMap((node) => node.children.filter((child) => isAlike(item, child))))
          : item.size === 0
            ? ANY
            : new Set((bySize.get(item.size) ?? []).filter((node) => node.parent !== undefined));
    } else if (item.parents.length === 0 && item.size > 0) {
      found = new Set(bySize.get(item.size));
    } else if (item.parents.length === 0 && tellsParents) {
      found = roots;
    } else {
      found = ANY;
    }
    candidates.set(item.id, found);
    return found;
  };
  for (const item of shared.values()) ask(item);

  // What stands on a record must stand on its layer as well: that is what tells bases apart.
  for (let changed = true; changed; ) {
    changed = false;
    for (const item of shared.values()) {
      const parents = item.parents.flatMap((id) => shared.get(id) ?? []);
      if (parents.length !== 1) continue;
      const own = candidates.get(item.id)!;
      const below = candidates.get(parents[0]!.id)!;
      if (own === ANY) continue;
      const standing = new Set<ForestNode>();
      for (const node of own) {
        if (node.parent && isAmong(node.parent, below)) standing.add(node.parent);
        else {
          own.delete(node);
          changed = true;
        }
      }
      if (below === ANY || standing.size < below.size) {
        candidates.set(parents[0]!.id, standing);
        changed = true;
      }
    }
  }

  const certain = new Set<ForestNode>();
  const possible = new Set<ForestNode>();
  for (const found of new Set(candidates.values())) {
    if (found === ANY && possible.size === all.length) continue;
    const nodes = found === ANY ? all : [...found];
    for (const node of nodes) {
      for (const below of downFrom(node)) {
        if (possible.has(below)) break;
        possible.add(below);
      }
    }
    if (nodes.length !== 1) continue;
    const [only] = nodes;
    for (const below of downFrom(only)) certain.add(below);
  }
  return { certain, possible, unread: false };
}

/** A local image taken as a base is one record a layer, all of size 0: what they take is the image's. */
function isAlike(item: BuildCacheItem, node: ForestNode): boolean {
  return item.size === 0 || node.layer.size === item.size;
}

function isAmong(node: ForestNode, candidates: Candidates): boolean {
  return candidates === ANY || candidates.has(node);
}

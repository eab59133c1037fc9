/** What a set of ticked rules marks: containers first, because an image without them may be unused. */
import type { Container } from '../container.ts';
import type { BuildCacheItem } from '../disk-usage.ts';
import type { Stock } from '../stock.ts';
import type { Volume } from '../volume.ts';
import { matchImageRule } from './image-rules.ts';
import { intersection, type Marked, union } from './marked.ts';
import type { Rule } from './rule.ts';
import { ruleText } from './rule-text.ts';
import type { Scene } from './scene.ts';
import { matchBuildCache, matchContainers } from './thing-rules.ts';
import { matchVolumes } from './volume-rules.ts';

export interface Marks {
  readonly images: Marked;
  readonly containers: readonly Container[];
  /** Children before what they stand on. */
  readonly buildCache: readonly BuildCacheItem[];
  /** Those that containers use go only where all of these go. */
  readonly volumes: readonly Volume[];
  /** What could not be decided, one sentence a rule. */
  readonly notes: readonly string[];
}

/** Rules add up: what any of them marks is marked. Pins and use have had no say yet. */
export function matchRules(scene: Scene, rules: readonly Rule[]): Marks {
  const containers = matchContainers(
    scene,
    rules.filter((rule) => rule.kind === 'stopped-containers'),
  );
  const buildCache = matchBuildCache(
    scene,
    rules.filter((rule) => rule.kind === 'build-cache'),
  );
  const { volumes, notes: undecided } = matchVolumes(
    scene,
    rules.filter((rule) => rule.kind === 'unused-volumes'),
  );
  const without: Scene = { ...scene, stock: withoutContainers(scene.stock, containers) };
  const marked: Marked[] = [];
  const notes: string[] = [...undecided];
  for (const rule of rules) {
    if (rule.kind === 'build-cache' && scene.stock.buildCache === undefined) {
      notes.push('build-cache: the build cache has not been read.');
    }
    if (rule.kind !== 'images') continue;
    const matches = rule.all.map((one) => matchImageRule(without, one));
    marked.push(intersection(matches.map((match) => match.marked)));
    for (const { unsure, why } of matches) {
      const images = unsure === 1 ? '1 image is' : `${unsure} images are`;
      if (unsure > 0) notes.push(`${ruleText(rule)}: ${images} left out, because ${why}.`);
    }
  }
  return { images: union(marked), containers, buildCache, volumes, notes };
}

/** The stock as it is once these containers are gone. */
export function withoutContainers(stock: Stock, gone: readonly Container[]): Stock {
  if (gone.length === 0) return stock;
  const ids = new Set(gone.map((container) => container.id));
  return { ...stock, containers: stock.containers.filter((container) => !ids.has(container.id)) };
}

/** The stock as it is once these records of the build cache are gone. */
export function withoutCache(stock: Stock, gone: readonly BuildCacheItem[]): Stock {
  if (gone.length === 0 || stock.buildCache === undefined) return stock;
  const ids = new Set(gone.map((item) => item.id));
  return { ...stock, buildCache: stock.buildCache.filter((item) => !ids.has(item.id)) };
}

/** What rules about build cache and containers mark. */
import { type Container, isOfBuild } from '../container.ts';
import type { BuildCacheItem } from '../disk-usage.ts';
import { endedAt } from './container-end.ts';
import type { ThingRule } from './rule.ts';
import type { Scene } from './scene.ts';

/** Records that nothing uses, children before what they stand on; a record that a staying one stands on stays. */
export function matchBuildCache(
  { stock, now }: Scene,
  rules: readonly Extract<ThingRule, { kind: 'build-cache' }>[],
): BuildCacheItem[] {
  if (rules.length === 0) return [];
  const all = stock.buildCache ?? [];
  const wanted = all.filter(
    (item) =>
      !item.inUse &&
      rules.some(
        ({ seconds = 0, type }) =>
          isOld(Math.max(item.lastUsed, item.created), now, seconds) &&
          (type === undefined || item.type === type),
      ),
  );
  return childrenFirst(wanted, all);
}

/** Without an age none is asked for, whatever the engine's clock says. */
function isOld(at: number, now: number, seconds: number): boolean {
  return seconds === 0 || at <= now - seconds;
}

/** What is removed for good is ordered so that no record goes before one that stands on it. */
function childrenFirst(wanted: readonly BuildCacheItem[], all: readonly BuildCacheItem[]): BuildCacheItem[] {
  const children = new Map<string, number>();
  for (const item of all) for (const id of item.parents) children.set(id, (children.get(id) ?? 0) + 1);
  const left = new Map(wanted.map((item) => [item.id, item]));
  const open = wanted.filter((item) => (children.get(item.id) ?? 0) === 0);
  const ordered: BuildCacheItem[] = [];
  for (let item = open.pop(); item; item = open.pop()) {
    ordered.push(item);
    left.delete(item.id);
    for (const id of item.parents) {
      const count = (children.get(id) ?? 0) - 1;
      children.set(id, count);
      const parent = left.get(id);
      if (count === 0 && parent !== undefined) open.push(parent);
    }
  }
  return ordered;
}

/** Containers that do not run, and have not for so long. */
export function matchContainers(
  { stock, now }: Scene,
  rules: readonly Extract<ThingRule, { kind: 'stopped-containers' }>[],
): Container[] {
  return stock.containers.filter(
    (container) =>
      !container.running &&
      // A build that goes on now would lose what it works in.
      !isOfBuild(container) &&
      rules.some(({ seconds = 0 }) =>
        isOld(Math.max(container.created, endedAt(container.status, now)), now, seconds),
      ),
  );
}

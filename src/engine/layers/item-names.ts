/** Files to be extracted, each with all of its names. */
import type { ExtractItem } from './extract-items.ts';
import { keyOf } from './linked-file.ts';

/** By where their bytes lie. */
export function itemNames(items: readonly ExtractItem[]): ReadonlyMap<string, readonly ExtractItem[]> {
  const names = new Map<string, ExtractItem[]>();
  for (const item of items) {
    if (item.body === undefined) continue;
    const key = keyOf(item.body);
    const same = names.get(key);
    if (same === undefined) names.set(key, [item]);
    else same.push(item);
  }
  return names;
}

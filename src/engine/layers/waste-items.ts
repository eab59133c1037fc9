/** What was found to be wasted, as items: what it is, who is to blame and what to do. */
import { ROOT } from './breadth-tree.ts';
import type { HiddenBytes } from './hidden-copies.ts';
import { addBytes, type LayerBytes, layersOf, mostBytes } from './layer-bytes.ts';
import type { LeftoverRule } from './leftover-rules.ts';
import { ruleForPath } from './leftovers.ts';
import type { SameContents } from './same-contents.ts';
import { shownPath } from './shown-path.ts';
import type { StackedTree } from './stacked-tree.ts';
import { deletedFix, duplicateFix, type HiddenFacts, leftoverFix, overwrittenFix } from './waste-fix.ts';
import type { LayerStep, WasteItem } from './waste-item.ts';

/** Hidden bytes of one path, of one kind, whichever layers hide its copies. */
export function hiddenItem(
  tree: StackedTree,
  steps: readonly LayerStep[],
  group: readonly HiddenBytes[],
): WasteItem {
  const { place, kind } = group[0]!;
  const path = tree.path(place);
  const brought = new Map<number, number>();
  for (const one of group) addBytes(brought, one.brought);
  const broughtBy = layersOf(brought.keys());
  const hiddenBy = layersOf(group.map((one) => one.hider));
  const bytes = sum(group, (one) => one.bytes);
  const facts: HiddenFacts = {
    path: shownPath(path),
    broughtBy,
    hiddenBy,
    // What wrote it anew is not what brought it: the first that did never hides any.
    bringer: mostBytes(new Map([...brought].filter(([layer]) => !hiddenBy.includes(layer)))),
    hider: hiddenBy.at(-1)!,
    unchanged: sum(group, (one) => one.unchanged) === bytes,
    owner: group.some((one) => one.owner),
    mode: group.some((one) => one.mode),
  };
  const rule = ruleForPath(tree, place);
  return {
    kind,
    path,
    within: '',
    bytes,
    files: sum(group, (one) => one.files),
    times: new Set([...broughtBy, ...hiddenBy]).size,
    broughtBy,
    hiddenBy,
    blame: kind === 'deleted' ? facts.bringer : facts.hider,
    fix: kind === 'deleted' ? deletedFix(steps, facts, rule) : overwrittenFix(steps, facts),
    what: rule?.what ?? '',
    sameAs: undefined,
    unchanged: kind === 'overwritten' && facts.unchanged,
  };
}

/** A place that a rule of leftovers means. */
export interface FoundLeftover {
  readonly rule: LeftoverRule;
  readonly place: number;
  readonly bytes: number;
  readonly files: number;
  readonly brought: LayerBytes;
}

/** What belongs together as one item: of what lies about in many places all that one layer brought. */
export function leftoverGroup({ rule, place, brought }: FoundLeftover): string {
  return rule.scattered === true ? `${rule.pattern} ${mostBytes(brought)}` : String(place);
}

export function leftoverItem(
  tree: StackedTree,
  steps: readonly LayerStep[],
  group: readonly FoundLeftover[],
): WasteItem {
  const { rule, place } = group[0]!;
  const brought = new Map<number, number>();
  for (const one of group) addBytes(brought, one.brought);
  const bringer = mostBytes(brought);
  const broughtBy = layersOf(brought.keys());
  const above = group.reduce((at, one) => commonFolder(tree, at, one.place), place);
  return {
    kind: 'leftover',
    path: tree.path(above),
    within: group.length === 1 ? '' : `**/${rule.pattern.replace(/\/$/, '').replace('#', '*')}`,
    bytes: sum(group, (one) => one.bytes),
    files: sum(group, (one) => one.files),
    times: broughtBy.length,
    broughtBy,
    hiddenBy: [],
    blame: bringer,
    fix: leftoverFix(steps, bringer, rule),
    what: rule.what,
    sameAs: undefined,
    unchanged: false,
  };
}

export function duplicateItem(
  tree: StackedTree,
  steps: readonly LayerStep[],
  { place, first, bytes, files, brought }: SameContents,
): WasteItem {
  const bringer = mostBytes(brought);
  return {
    kind: 'duplicate',
    path: tree.path(place),
    within: '',
    bytes,
    files,
    times: 2,
    broughtBy: layersOf(brought.keys()),
    hiddenBy: [],
    blame: bringer,
    fix: duplicateFix(steps, bringer, files),
    what: '',
    sameAs: tree.path(first),
    unchanged: false,
  };
}

function commonFolder(tree: StackedTree, one: number, other: number): number {
  const above = new Set<number>();
  for (let at = one; ; at = tree.parent(at)) {
    above.add(at);
    if (at === ROOT) break;
  }
  let at = other;
  while (!above.has(at)) at = tree.parent(at);
  return at;
}

function sum<Row>(rows: readonly Row[], of: (row: Row) => number): number {
  return rows.reduce((all, row) => all + of(row), 0);
}

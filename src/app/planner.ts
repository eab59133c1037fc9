/** What a person has chosen on the planner: the rules there are, which are ticked, what stays all the same. Pure. */
import { parseSize } from '../engine/cleanup/measure.ts';
import type { RegistryAnswer } from '../engine/cleanup/registry-check.ts';
import type { Rule } from '../engine/cleanup/rule.ts';
import { parseRule, ruleText } from '../engine/cleanup/rule-text.ts';
import type { Place } from './state.ts';

/** A rule of the planner: one that marks, or the goal of bytes to be freed. */
export type PlannerRule = Rule | { readonly kind: 'free'; readonly bytes: number };

export interface PlannerEntry {
  /** As it is written, which is what it is known by: `unused and older-than=30d`. */
  readonly text: string;
  /** Undefined where a pattern or a label is still to be given. */
  readonly rule: PlannerRule | undefined;
}

export type PlannerFocus = 'rules' | 'marked';

/** What is looked at in place of rules and marks: the whole plan as text, or the disk usage in full. */
export type PlannerPage = 'whole' | 'usage';

export interface Planner {
  readonly entries: readonly PlannerEntry[];
  /** Texts of the ticked ones. */
  readonly ticked: ReadonlySet<string>;
  /** Ids of images, containers, records and volumes (by `volumeId`) that rules mark and that stay all the same. */
  readonly excluded: ReadonlySet<string>;
  /** Containers of marked images go too. */
  readonly withContainers: boolean;
  /** What was built on marked images goes too. */
  readonly withChildren: boolean;
  /** What registries said, by image id. */
  readonly registries: ReadonlyMap<string, RegistryAnswer>;
  /** While they are asked. */
  readonly asking: { readonly done: number; readonly total: number } | undefined;
  readonly focus: PlannerFocus;
  readonly rulePlace: Place;
  readonly markedPlace: Place;
  /** Only rows of the marked list that hold it are shown. */
  readonly search: string;
  readonly page: PlannerPage | undefined;
}

/** Every kind of rule, ready to be ticked or changed. */
export const DEFAULT_RULES: readonly string[] = [
  'dangling',
  'superseded',
  'build-cache=older-than=7d',
  'stopped-containers',
  'unreferenced-build',
  'name=',
  'label=',
  'unused and older-than=30d',
  'unused',
  'not-used-for=30d',
  'keep-newest=3',
  'larger-than=1GB',
  'unused-volumes',
  'free=10GB',
];

const NOWHERE: Place = { cursor: undefined, top: 0 };

export function newPlanner(rules: readonly string[] = DEFAULT_RULES): Planner {
  return {
    entries: rules.map(entryOf),
    ticked: new Set(),
    excluded: new Set(),
    withContainers: false,
    withChildren: false,
    registries: new Map(),
    asking: undefined,
    focus: 'rules',
    rulePlace: NOWHERE,
    markedPlace: NOWHERE,
    search: '',
    page: undefined,
  };
}

const BLANK = /^(?:name|label)=$/;

/** Errors: `bad-input` that names what is possible. */
export function entryOf(written: string): PlannerEntry {
  const text = written.trim();
  if (BLANK.test(text)) return { text, rule: undefined };
  const rule = parsePlannerRule(text);
  return { text: plannerRuleText(rule), rule };
}

/** A rule as people write it, or `free=10GB`. Errors: `bad-input`. */
export function parsePlannerRule(text: string): PlannerRule {
  const goal = /^free=(.*)$/.exec(text.trim());
  return goal === null ? parseRule(text) : { kind: 'free', bytes: parseSize(goal[1]!) };
}

export function plannerRuleText(rule: PlannerRule): string {
  if (rule.kind === 'free') return `free=${sizeText(rule.bytes)}`;
  return ruleText(rule).replace(
    /\blarger-than=(\d+)\b/g,
    (_, size) => `larger-than=${sizeText(Number(size))}`,
  );
}

/** In the largest unit that tells it whole, so that it can be read again: `10GB`, `1.5GB`. */
export function sizeText(bytes: number, gap = ''): string {
  for (const [unit, power] of [
    ['TB', 12],
    ['GB', 9],
    ['MB', 6],
    ['kB', 3],
  ] as const) {
    if (bytes >= 10 ** power && bytes % 10 ** (power - 1) === 0) return `${bytes / 10 ** power}${gap}${unit}`;
  }
  return `${bytes}${gap}B`;
}

/** The ticked rules that mark, in the order of the list. */
export function tickedRules({ entries, ticked }: Planner): readonly Rule[] {
  return entries.flatMap(({ text, rule }) =>
    rule !== undefined && rule.kind !== 'free' && ticked.has(text) ? [rule] : [],
  );
}

/** Bytes that are to be freed at least: the largest goal that is ticked; undefined without one. */
export function goalOf({ entries, ticked }: Planner): number | undefined {
  const goals = entries.flatMap(({ text, rule }) =>
    rule?.kind === 'free' && ticked.has(text) ? [rule.bytes] : [],
  );
  return goals.length === 0 ? undefined : Math.max(...goals);
}

export function toggled<Item>(set: ReadonlySet<Item>, item: Item): ReadonlySet<Item> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
}

/** Another entry in place of one, or, without `before`, after all of them; one that is there already is not there twice. */
export function withEntry(planner: Planner, entry: PlannerEntry, before?: string): Planner {
  const isThere = entry.text !== before && planner.entries.some(({ text }) => text === entry.text);
  const replaced = planner.entries.flatMap((one) => {
    if (one.text !== before) return [one];
    return isThere ? [] : [entry];
  });
  const entries = before === undefined && !isThere ? [...replaced, entry] : replaced;
  const ticked = new Set(planner.ticked);
  const wasTicked = before !== undefined && ticked.delete(before);
  if ((wasTicked || before === undefined) && entry.rule !== undefined) ticked.add(entry.text);
  return { ...planner, entries, ticked, rulePlace: { ...planner.rulePlace, cursor: entry.text } };
}

export function withoutEntry(planner: Planner, gone: string): Planner {
  const at = planner.entries.findIndex(({ text }) => text === gone);
  const entries = planner.entries.filter(({ text }) => text !== gone);
  const next = entries[Math.min(at, entries.length - 1)]?.text;
  const ticked = new Set(planner.ticked);
  ticked.delete(gone);
  return { ...planner, entries, ticked, rulePlace: { ...planner.rulePlace, cursor: next } };
}

/** Nothing is ticked, left out or taken along any more; the rules stay. */
export function cleared(planner: Planner): Planner {
  return {
    ...planner,
    ticked: new Set(),
    excluded: new Set(),
    withContainers: false,
    withChildren: false,
    markedPlace: NOWHERE,
    search: '',
  };
}

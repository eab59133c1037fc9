/** Finds what the rules of leftovers mean in layers laid over each other. */
import { ROOT } from './breadth-tree.ts';
import { DIRECTORY, FILE, HARDLINK } from './layer-index.ts';
import { LEFTOVER_RULES, type LeftoverRule } from './leftover-rules.ts';
import { REMOVED, type StackedTree } from './stacked-tree.ts';

/** A rule as bytes are compared with it. */
interface Compiled {
  readonly rule: LeftoverRule;
  readonly ofFolder: boolean;
  readonly isAnchored: boolean;
  /** Names of the folders above, the nearest first; undefined stands for any. */
  readonly above: readonly (Buffer | undefined)[];
  readonly form: 'name' | 'ending' | 'numbered';
  readonly last: Buffer;
}

/** Of each entry of a tree what rule it falls under. */
export interface Leftovers {
  /** The highest entries that a rule means and that hold something, with the rule. */
  readonly tops: ReadonlyMap<number, LeftoverRule>;
  /** Whether an entry is one of those or lies in one. */
  has(entry: number): boolean;
}

/** Entries looked at between two turns of others. */
const SLICE = 8_192;
const DIGITS = { from: 0x30, to: 0x39 };

const COMPILED = LEFTOVER_RULES.map((rule) => compile(rule));
/** Rules by the byte that a name they mean begins with, and those by the byte it ends with. */
const BY_START = grouped(
  COMPILED.filter(({ form }) => form !== 'ending'),
  ({ last }) => last[0]!,
);
const BY_END = grouped(
  COMPILED.filter(({ form }) => form === 'ending'),
  ({ last }) => last.at(-1)!,
);

export function* findLeftovers(tree: StackedTree): Generator<void, Leftovers> {
  const { folders, firsts, layers, entries, changes } = tree.columns;
  const inside = new Uint8Array(tree.count);
  const tops = new Map<number, LeftoverRule>();
  let budget = SLICE;
  for (let at = 0; at < folders.length; at++) {
    const folder = folders[at]!;
    const isInside = inside[folder]!;
    for (let entry = firsts[at]!; entry < firsts[at + 1]!; entry++) {
      if (--budget === 0) {
        budget = SLICE;
        yield;
      }
      if (isInside === 1) {
        inside[entry] = 1;
        continue;
      }
      // What was removed is told as such.
      if (changes[entry] === REMOVED) continue;
      const { names, nameEnds, kinds } = tree.indexes[layers[entry]!]!.columns;
      const own = entries[entry]!;
      const from = own === 0 ? 0 : nameEnds[own - 1]!;
      const to = nameEnds[own]!;
      const kind = kinds[own]! >>> 12;
      // A link has no bytes of its own, and is needed no more than a file of its name.
      const type = kind === HARDLINK ? FILE : kind;
      if (type !== DIRECTORY && type !== FILE) continue;
      const rule =
        ruleFor(BY_START[names[from]!], tree, folder, names, from, to, type) ??
        ruleFor(BY_END[names[to - 1]!], tree, folder, names, from, to, type);
      if (rule === undefined) continue;
      inside[entry] = 1;
      if (tree.size(entry) > 0) tops.set(entry, rule);
    }
  }
  return { tops, has: (entry) => inside[entry] === 1 };
}

/** The rule that means a path, or a folder that it lies in; for what is in no container any more. */
export function ruleForPath(tree: StackedTree, entry: number): LeftoverRule | undefined {
  for (let at = entry; at !== ROOT; at = tree.parent(at)) {
    const name = tree.name(at);
    const type = tree.type(at) === 'directory' ? DIRECTORY : FILE;
    const folder = tree.parent(at);
    const rule =
      ruleFor(BY_START[name[0]!], tree, folder, name, 0, name.length, type) ??
      ruleFor(BY_END[name.at(-1)!], tree, folder, name, 0, name.length, type);
    if (rule !== undefined) return rule;
  }
  return undefined;
}

function ruleFor(
  candidates: readonly Compiled[] | undefined,
  tree: StackedTree,
  folder: number,
  names: Uint8Array,
  from: number,
  to: number,
  type: number,
): LeftoverRule | undefined {
  if (candidates === undefined) return undefined;
  return candidates.find(
    (one) =>
      one.ofFolder === (type === DIRECTORY) && isNamed(one, names, from, to) && liesIn(one, tree, folder),
  )?.rule;
}

function isNamed({ form, last }: Compiled, names: Uint8Array, from: number, to: number): boolean {
  const length = to - from;
  if (form === 'name') return length === last.length && last.compare(names, from, to) === 0;
  if (length <= last.length) return false;
  if (form === 'ending') return last.compare(names, to - last.length, to) === 0;
  // One digit more often is the section of a manual than a process.
  if (length < last.length + 2 || last.compare(names, from, from + last.length) !== 0) return false;
  for (let at = from + last.length; at < to; at++)
    if (names[at]! < DIGITS.from || names[at]! > DIGITS.to) return false;
  return true;
}

function liesIn({ above, isAnchored }: Compiled, tree: StackedTree, folder: number): boolean {
  let at = folder;
  for (const name of above) {
    if (at === ROOT || (name !== undefined && !name.equals(tree.name(at)))) return false;
    at = tree.parent(at);
  }
  return !isAnchored || at === ROOT;
}

function compile(rule: LeftoverRule): Compiled {
  const isAnchored = rule.pattern.startsWith('/');
  const ofFolder = rule.pattern.endsWith('/');
  const parts = rule.pattern.split('/').filter((part) => part !== '');
  const last = parts.pop()!;
  const form = last.startsWith('*') ? 'ending' : last.endsWith('#') ? 'numbered' : 'name';
  const text = form === 'ending' ? last.slice(1) : form === 'numbered' ? last.slice(0, -1) : last;
  const above = parts.reverse().map((part) => (part === '*' ? undefined : Buffer.from(part)));
  return { rule, ofFolder, isAnchored, above, form, last: Buffer.from(text) };
}

function grouped(
  rules: readonly Compiled[],
  byte: (rule: Compiled) => number,
): readonly (readonly Compiled[] | undefined)[] {
  const groups: (Compiled[] | undefined)[] = new Array(256).fill(undefined);
  for (const rule of rules) {
    const own = groups[byte(rule)] ?? [];
    groups[byte(rule)] = own;
    own.push(rule);
  }
  return groups;
}

/** A comparison of two images in words, a line a difference. */

import { changeWords, isFolderChange } from '../engine/compare/change-words.ts';
import type { Comparison } from '../engine/compare/compare-images.ts';
import type { ConfigChange } from '../engine/compare/config-changes.ts';
import type { FileChange, FileSum } from '../engine/compare/file-changes.ts';
import type { LayerRow } from '../engine/compare/layer-rows.ts';
import type { PackageChange, PackageChanges } from '../engine/compare/package-changes.ts';
import { line } from '../engine/text.ts';
import type { Section } from './diff-document.ts';
import { dockerSize } from './docker-size.ts';
import { ellipsis } from './ellipsis.ts';
import { count } from './plan-report.ts';

/** Files shown without --all. */
const SHOWN = 25;
const SIZE = 9;
const INSTRUCTION = 80;

export interface ReportParts {
  readonly sections: ReadonlySet<Section>;
  /** There where they were asked for. */
  readonly packages: PackageChanges | undefined;
  /** All files, not only those that move most bytes of each kind. */
  readonly all: boolean;
}

/** `names`: what the images were asked for by, fit to be shown. */
export function* diffReport(
  comparison: Comparison,
  names: readonly [string, string],
  { sections, packages, all }: ReportParts,
): Generator<string> {
  const blocks = [
    ...(sections.has('config') ? [configLines(comparison.config)] : []),
    ...(sections.has('layers') ? [layerLines(comparison, names)] : []),
    ...(packages === undefined ? [] : [packageLines(packages)]),
    ...(sections.has('files') ? [fileLines(comparison, all)] : []),
  ];
  for (const [at, block] of blocks.entries()) {
    if (at > 0) yield '';
    yield* block;
  }
}

function* configLines(changes: readonly ConfigChange[]): Generator<string> {
  yield `Config: ${changes.length === 0 ? 'the same' : `${count(changes.length, 'difference')}`}`;
  const names = changes.map(({ field, key }) => (key === '' ? field : `${field} ${line(key)}`));
  const width = Math.min(40, Math.max(0, ...names.map((name) => name.length)));
  for (const [at, { field, before, after }] of changes.entries()) {
    // A port says all with its name.
    const value = field === 'port' || field === 'volume' ? '' : `  ${line(oldToNew(before, after))}`;
    yield `${sign(before, after)} ${names[at]!.padEnd(value === '' ? 0 : width)}${value}`;
  }
}

function* layerLines({ layers }: Comparison, [one, other]: readonly [string, string]): Generator<string> {
  const of = (kind: LayerRow['kind']): string => {
    const rows = layers.filter((row) => row.kind === kind);
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
    return rows.length === 0 ? '0' : `${rows.length} (${dockerSize(bytes, 3)})`;
  };
  yield `Layers: ${of('shared')} shared, ${of('removed')} only in ${one}, ${of('added')} only in ${other}`;
  for (const { kind, bytes, createdBy, diffId } of layers) {
    if (kind === 'shared') continue;
    const by = createdBy === '' ? '' : `  ${ellipsis(createdBy, INSTRUCTION)}`;
    yield `${kind === 'added' ? '+' : '-'} ${sizeCell(dockerSize(bytes, 3))}  ${diffId.slice(0, 19)}${by}`;
  }
}

function* packageLines({ list, problems }: PackageChanges): Generator<string> {
  const kinds = { changed: 0, added: 0, removed: 0 };
  for (const { before, after } of list)
    kinds[before.length === 0 ? 'added' : after.length === 0 ? 'removed' : 'changed']++;
  const sum = `${kinds.changed} changed, ${kinds.added} added, ${kinds.removed} removed`;
  yield `Packages: ${list.length > 0 ? sum : problems.length > 0 ? 'nothing is known' : 'the same'}`;
  const width = Math.min(40, Math.max(0, ...list.map(({ name }) => name.length)));
  for (const { kind, name, before, after } of list)
    yield `${packageSign({ before, after })} ${kind.padEnd(4)} ${name.padEnd(width)}  ${oldToNew(before.join(', '), after.join(', '))}`;
}

function* fileLines(comparison: Comparison, all: boolean): Generator<string> {
  const { files } = comparison;
  const { added, removed, changed } = files.sums;
  const perhaps = files.unsure === 0 ? '' : `, ${files.unsure} of them perhaps`;
  const folders = added.folders + removed.folders + changed.folders;
  const beside = folders === 0 ? '' : `, and ${count(folders, 'folder')}`;
  yield files.list.length === 0
    ? 'Files: the same'
    : `Files: ${sumText(added)} added, ${sumText(removed)} removed, ${sumText(changed)} changed${perhaps}${beside}`;
  const shown = all ? files.list : shortList(files.list);
  for (const change of shown) yield fileLine(comparison, change);
  if (shown.length === files.list.length) return;
  const left = (['added', 'removed', 'changed'] as const).flatMap((kind) => {
    const of = (list: readonly FileChange[]): number => list.filter((change) => change.kind === kind).length;
    const more = of(files.list) - of(shown);
    return more === 0 ? [] : [`${more} ${kind}`];
  });
  yield `and ${files.list.length - shown.length} more (${left.join(', ')}): --all shows them`;
}

/**
 * In their order, those that move most of each kind, one kind after the other until there are enough: many large files of one
 * kind do not push out the few that got other permissions.
 */
function shortList(list: readonly FileChange[]): readonly FileChange[] {
  const kinds = new Map<string, FileChange[]>();
  for (const change of list) {
    const { kind, moved } = change;
    const key = kind === 'changed' && moved === 0 ? 'metadata' : kind;
    const of = kinds.get(key) ?? [];
    kinds.set(key, of);
    if (of.push(change) > SHOWN) of.pop();
  }
  const taken = new Set<FileChange>();
  for (let nth = 0; nth < SHOWN; nth++)
    for (const of of kinds.values())
      for (const change of of.slice(nth, nth + 1)) if (taken.size < SHOWN) taken.add(change);
  return list.filter((change) => taken.has(change));
}

const SIGNS: Readonly<Record<FileChange['kind'], string>> = { added: '+', removed: '-', changed: '~' };

/** `~     5.2kB  /etc/motd  content (+1.2kB), mode 644 -> 755`. */
function fileLine(comparison: Comparison, change: FileChange): string {
  const { kind, path, moved, unsure } = change;
  const shown = `/${path}${isFolderChange(comparison, change) ? '/' : ''}`;
  const words = changeWords(comparison, change, { arrow: '->', growth: growthText });
  const lead = `${unsure ? '?' : SIGNS[kind]} ${sizeCell(sizeText(moved))}  ${shown}`;
  return words === '' ? lead : `${lead}${kind === 'changed' ? '  ' : ' '}${words}`;
}

/** `3 (+1.2MB)`; of changed files what is stored anew as well, `3 (5MB, +2B)`, as far as that is more. */
function sumText({ files, bytes, moved }: FileSum): string {
  if (files === 0) return '0';
  if (moved === 0) return `${files} (0B)`;
  const anew = moved === Math.abs(bytes) ? '' : `${sizeText(moved)}, `;
  return `${files} (${anew}${growthText(bytes)})`;
}

function growthText(bytes: number): string {
  return `${bytes < 0 ? '-' : '+'}${sizeText(Math.abs(bytes))}`;
}

function sizeText(bytes: number): string {
  return dockerSize(bytes, 3);
}

function sizeCell(text: string): string {
  return text.padStart(SIZE);
}

function sign(before: string | undefined, after: string | undefined): string {
  return before === undefined ? '+' : after === undefined ? '-' : '~';
}

function packageSign({ before, after }: Pick<PackageChange, 'before' | 'after'>): string {
  return before.length === 0 ? '+' : after.length === 0 ? '-' : '~';
}

/** What is only on one side stands alone. */
function oldToNew(before: string | undefined, after: string | undefined): string {
  if (before === undefined || before === '') return after ?? '';
  return after === undefined || after === '' ? before : `${before} -> ${after}`;
}

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
  /** All files, not only those that move most bytes. */
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
  yield files.list.length === 0
    ? 'Files: the same'
    : `Files: ${sumText(added)} added, ${sumText(removed)} removed, ${sumText(changed)} changed${perhaps}`;
  for (const change of all ? files.list : files.list.slice(0, SHOWN)) yield fileLine(comparison, change);
  const more = files.list.length - SHOWN;
  if (!all && more > 0) yield `and ${count(more, 'file')} more that move fewer bytes: --all shows them`;
}

const SIGNS: Readonly<Record<FileChange['kind'], string>> = { added: '+', removed: '-', changed: '~' };

/** `~    +1.2kB  /etc/motd  content, mode 644 -> 755`. */
function fileLine(comparison: Comparison, change: FileChange): string {
  const { kind, path, bytes, unsure } = change;
  const shown = `/${path}${isFolderChange(comparison, change) ? '/' : ''}`;
  const words = changeWords(comparison, change, '->');
  if (kind !== 'changed') {
    const size = sizeCell(dockerSize(Math.abs(bytes), 3));
    return `${SIGNS[kind]} ${size}  ${shown}${words === '' ? '' : ` ${words}`}`;
  }
  return `${unsure ? '?' : SIGNS[kind]} ${sizeCell(signedSize(bytes))}  ${shown}  ${words}`;
}

/** `3 (+1.2MB)`; folders are things, too. */
function sumText({ files, folders, bytes }: FileSum): string {
  const things = files + folders;
  return things === 0 ? '0' : `${things} (${signedSize(bytes)})`;
}

function signedSize(bytes: number): string {
  return `${bytes > 0 ? '+' : bytes < 0 ? '-' : ''}${dockerSize(Math.abs(bytes), 3)}`;
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

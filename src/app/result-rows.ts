/** The page of a removal's result as rows: planned beside freed, the engine's totals, every thing, and what can come back. Pure. */
import type { CleanupPlan } from '../engine/cleanup/cleanup-plan.ts';
import type { DiskUsage } from '../engine/disk-usage.ts';
import type { Size } from '../engine/engine.ts';
import { bytes, grouped, size as sizeText } from './format.ts';
import { kept } from './kept.ts';
import type { RemovalItem } from './removal-items.ts';
import type { RemovalRecord } from './removal-record.ts';
import { shortList } from './removal-words.ts';
import { differences, waysBack } from './result-remarks.ts';
import type { Token } from './theme.ts';
import { wrap } from './width.ts';

export type ResultRow =
  | { readonly type: 'blank' }
  /** Headings of columns of `CELL` cells, right-aligned; `label` stands left. */
  | { readonly type: 'heads'; readonly label: string; readonly columns: readonly string[] }
  | {
      readonly type: 'sizes';
      readonly label: string;
      readonly columns: readonly string[];
      /** The sum of the rows above. */
      readonly isSum: boolean;
    }
  /** What became of it, in a sentence. */
  | { readonly type: 'text'; readonly token: Token; readonly text: string }
  /** Over the columns of the engine's own figures. */
  | { readonly type: 'engine' }
  | { readonly type: 'item'; readonly item: RemovalItem }
  /** The label stands in the first row only. */
  | { readonly type: 'fact'; readonly label: string; readonly token: Token; readonly text: string };

const BLANK: ResultRow = { type: 'blank' };
/** Cells of one column of sizes, of a row's label, and before a fact's text. */
export const CELL = 12;
export const LABEL = 12;
export const LEAD = 14;

export const resultRows = kept((record: RemovalRecord, cells: number): readonly ResultRow[] => {
  const fact = (label: string, text: string, token: Token = 'plain'): ResultRow[] =>
    wrap(text, cells - LEAD - 2).map((part, index) => ({
      type: 'fact',
      label: index === 0 ? label : '',
      token,
      text: part,
    }));
  return [
    BLANK,
    ...wrap(headline(record), cells - 4).map(
      (text): ResultRow => ({ type: 'text', token: headTone(record), text }),
    ),
    BLANK,
    ...tableRows(record),
    ...differences(record).flatMap(({ text, token }, index) =>
      fact(index === 0 ? 'differs' : '', text, token),
    ),
    BLANK,
    ...waysBack(record).flatMap(({ label, text, token }) => fact(label, text, token)),
    BLANK,
    { type: 'heads', label: countsText(record), columns: ['PLANNED', 'FREED'] },
    ...record.items.flatMap((item): ResultRow[] => [
      { type: 'item', item },
      ...(item.note === '' ? [] : fact('', item.note, 'warn')),
      ...(item.error === undefined
        ? []
        : [...fact('  why', item.error.message, 'bad'), ...fact('  try', item.error.hint)]),
    ]),
    BLANK,
  ];
});

function headline(record: RemovalRecord): string {
  const { outcome, reasons, error, freed, shown } = record;
  const planned = shown.plan.freed;
  switch (outcome) {
    case 'running':
      return 'Still going on: what has a · before it has not been reached yet.';
    case 'lost':
      return error?.code === 'unreachable'
        ? `The engine went away in the middle: ${error.message}. What it did before that stands below.`
        : `It did not begin: ${error?.message ?? 'it failed'}. ${error?.hint ?? ''}`.trim();
    case 'cancelled':
      return 'Cancelled between two steps: what was done stays done, what was not reached is as it was.';
    case 'moved':
      return `Stopped before anything unlisted could go: ${shortList(reasons)}.`;
    case 'diverged':
      return `Stopped, because the engine did more than was shown: ${shortList(reasons)}.`;
    case 'done': {
      const refused = record.items.filter((item) => item.status === 'failed').map((item) => item.name);
      if (refused.length > 0)
        return `The engine refused ${refused.length} of ${record.items.length}: ${shortList(refused)}. The rest went.`;
      const exact = freed.bound === 'exact' && planned.bound === 'exact';
      const fell = fellInTruth(record);
      if (fell !== undefined)
        return `Everything went, but the engine's totals fell by ${bytes(fell)}, not by ${sizeText(freed)}.`;
      return freed.bytes === planned.bytes
        ? `Everything went as planned: ${grouped(freed.bytes)} bytes${exact ? ' to the byte' : ''}.`
        : `Everything went: ${grouped(freed.bytes)} bytes, planned were ${grouped(planned.bytes)}.`;
    }
  }
}

/** Where what was freed is only a bound: what the engine's totals fell by, if that is less by more than a tenth. */
function fellInTruth({ shown, freed, totals: { before, after } }: RemovalRecord): number | undefined {
  if (freed.bound === 'exact' || before === undefined || after === undefined) return undefined;
  const fell = sumOf(before, shown.plan).bytes - sumOf(after, shown.plan).bytes;
  return fell < freed.bytes * 0.9 ? Math.max(0, fell) : undefined;
}

function sumOf(usage: DiskUsage, plan: CleanupPlan): Size {
  const { layersTotal, containers, buildCache, volumes } = usage;
  return total([
    layersTotal,
    containers.size,
    buildCache.size,
    ...(plan.volumes.length > 0 ? [volumes.size] : []),
  ]);
}

function headTone(record: RemovalRecord): Token {
  const { outcome, items } = record;
  if (outcome === 'running' || outcome === 'cancelled') return 'plain';
  if (outcome !== 'done') return 'bad';
  const isLess = fellInTruth(record) !== undefined;
  return isLess || items.some((item) => item.status === 'failed') ? 'warn' : 'good';
}

/** Planned, freed, and the engine's totals before and after, each part a row. */
function tableRows({ shown, parts, freed, totals }: RemovalRecord): ResultRow[] {
  const { plan } = shown;
  const { before, after } = totals;
  const rows = [
    ['images', plan.parts.images, parts.images, before?.layersTotal, after?.layersTotal],
    ['containers', plan.parts.containers, parts.containers, before?.containers.size, after?.containers.size],
    ['build cache', plan.parts.buildCache, parts.buildCache, before?.buildCache.size, after?.buildCache.size],
    // What containers write into volumes meanwhile is no part of a plan that takes none.
    ...(plan.volumes.length === 0
      ? []
      : ([
          ['volumes', plan.parts.volumes, parts.volumes, before?.volumes.size, after?.volumes.size],
        ] as const)),
  ] as const;
  const isShown = ([, planned, went, was, is]: (typeof rows)[number]): boolean =>
    [planned, went, was, is].some((one) => one !== undefined && one.bytes > 0);
  const columns = (planned: Size, went: Size, was?: Size, is?: Size): string[] => [
    sizeText(planned),
    sizeText(went),
    ...(before === undefined
      ? []
      : [
          was === undefined ? '' : sizeText(was),
          is === undefined ? (totals.counting ? '…' : '?') : sizeText(is),
          was === undefined || is === undefined ? '' : fallText(was, is),
        ]),
  ];
  const sum = (of: typeof before): Size | undefined => (of === undefined ? undefined : sumOf(of, plan));
  return [
    ...(before === undefined ? [] : [{ type: 'engine' } as const]),
    {
      type: 'heads',
      label: '',
      columns: ['PLANNED', 'FREED', ...(before === undefined ? [] : ['BEFORE', 'AFTER', 'FELL BY'])],
    },
    ...rows.filter(isShown).map(
      ([label, ...sizes]): ResultRow => ({
        type: 'sizes',
        label,
        columns: columns(...sizes),
        isSum: false,
      }),
    ),
    {
      type: 'sizes',
      label: 'together',
      columns: columns(plan.freed, freed, sum(before), sum(after)),
      isSum: true,
    },
  ];
}

function total(sizes: readonly Size[]): Size {
  const bound = sizes.find((one) => one.bound === 'about') ?? sizes.find((one) => one.bound !== 'exact');
  return { ...(bound ?? { bound: 'exact' }), bytes: sizes.reduce((all, one) => all + one.bytes, 0) };
}

/** `7.96 GB`, `−12 B` where it grew, marked where one of the two is. */
function fallText(was: Size, is: Size): string {
  const fell = was.bytes - is.bytes;
  const mark = was.bound === 'exact' && is.bound === 'exact' ? '' : '≈';
  return `${mark}${fell < 0 ? '−' : ''}${bytes(Math.abs(fell))}`;
}

/** `3 done · 1 failed · 2 not reached`. */
export function countsText({ items }: Pick<RemovalRecord, 'items'>): string {
  const count = (...statuses: readonly string[]): number =>
    items.filter((item) => statuses.includes(item.status)).length;
  return (
    [
      [count('done'), 'done'],
      [count('failed'), 'failed'],
      [count('unsure'), 'not known'],
      [count('waiting', 'busy'), 'not reached'],
    ] as const
  )
    .flatMap(([number, word]) => (number === 0 ? [] : [`${grouped(number)} ${word}`]))
    .join(' · ');
}

export const SIGNS = { done: '✓', failed: '✗', unsure: '?', busy: '↻', waiting: '·' } as const;

/** The whole page as plain text. */
export function resultText(record: RemovalRecord): string {
  return resultRows(record, 100).map(plainRow).join('\n');
}

function plainRow(row: ResultRow): string {
  switch (row.type) {
    case 'blank':
      return '';
    case 'engine':
      return `${' '.repeat(LABEL + 2 * CELL)}  the engine's own totals`;
    case 'heads':
    case 'sizes':
      return row.label.padEnd(LABEL) + row.columns.map((column) => column.padStart(CELL)).join('');
    case 'item': {
      const { item } = row;
      const planned = item.planned === undefined ? 'unknown' : bytes(item.planned);
      return `${SIGNS[item.status]} ${item.name}: ${item.deed}, planned ${planned}, freed ${bytes(item.freed)}`;
    }
    case 'text':
      return row.text;
    case 'fact':
      return `${row.label.padEnd(LEAD)}${row.text}`;
  }
}

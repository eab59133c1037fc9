/** The whole plan as text: every rule, every row, what stays and why, nothing shortened. Pure. */
import { factsOf } from '../engine/cleanup/scene.ts';
import type { Image } from '../engine/image.ts';
import { bytes, plural, size as sizeText } from './format.ts';
import { kept } from './kept.ts';
import { freshWork } from './planned.ts';
import type { Planner } from './planner.ts';
import { figuresOf, type RuleFigures } from './planner-figures.ts';
import type { TotalLine } from './planner-line.ts';
import { keptItems } from './planner-obstacles.ts';
import { allRows, type PlannerRow, rowStory } from './planner-rows.ts';
import { plannerTotals, watchText } from './planner-totals.ts';
import { figureCount, longName, ruleTitle, shortNames } from './planner-words.ts';
import type { PlannerWork } from './planner-work.ts';
import type { AppState } from './state.ts';
import { wrap } from './width.ts';

/** Rows of at most so many cells. */
export function wholeText(state: AppState, cells: number): readonly string[] {
  const work = freshWork(state);
  if (work === undefined)
    return [
      state.stock === undefined ? 'The images are still being read.' : 'The plan is being worked out …',
    ];
  return wrapped(textOf(work, state.planner, figuresOf(state), allRows(state), plannerTotals(state)), cells);
}

const wrapped = kept((text: readonly string[], cells: number): readonly string[] =>
  text.flatMap((row) => {
    const indent = row.length - row.trimStart().length;
    const [first = '', ...rest] = wrap(row.trimStart(), Math.max(20, cells - indent - 4));
    return [' '.repeat(indent) + first, ...rest.map((part) => ' '.repeat(indent + 2) + part)];
  }),
);

const rowsText = kept((rows: readonly PlannerRow[]): string[] =>
  rows.flatMap((row) => [
    `${row.excluded ? ' ' : '◆'} ${row.name}`,
    `    ${rowStory(row)}`,
    ...(row.reason === '' ? [] : [`    chosen: ${row.reason}`]),
  ]),
);

function textOf(
  work: PlannerWork,
  planner: Planner,
  figures: RuleFigures | undefined,
  rows: readonly PlannerRow[],
  totals: readonly TotalLine[],
): string[] {
  const { scene } = work;
  const { images } = factsOf(scene.stock);
  const rules = planner.entries.filter(({ text }) => planner.ticked.has(text));
  const { together } = work.details;
  return [
    ...section(
      'Rules',
      rules.flatMap((entry) => {
        const figure = figures?.byText.get(entry.text);
        const alone =
          figure === undefined
            ? ''
            : ` · alone: ${figureCount(figure) || 'nothing'}, ${sizeText(figure.freed)}`;
        return [
          `× ${ruleTitle(entry)}  (${entry.text})${alone}`,
          ...(figure?.notes ?? []).map((note) => `    ${note}`),
        ];
      }),
    ),
    ...section('Marked', rowsText(rows)),
    ...section(
      'Only because they go together',
      together
        .filter((group) => group.bytes > 0)
        .map(
          (group) =>
            `${bytes(group.bytes)} in ${plural(group.layers, 'layer')}: ${shortNames(group.images.map((id) => images.get(id))).join(' + ')}, nobody else`,
        ),
    ),
    ...section(
      'What it comes to',
      totals
        .filter(({ label, amount }) => label !== '' && amount !== '')
        .map(({ label, amount, text }) => `${label}: ${amount}${text === '' ? '' : ` · ${text}`}`),
    ),
    ...section(
      'Trash',
      totals.flatMap(({ label, text }) => (label === 'trash' ? [text] : [])),
    ),
    ...section('Kept on purpose', keptItems(work)),
    ...section(
      'In the way',
      work.plan.spared
        .filter(({ why }) => why !== 'pinned')
        .map(({ name, why, by }) =>
          why === 'in-use'
            ? `${name}: used by ${plural(by.length, 'container')} ${by.join(', ')}`
            : `${name}: ${by.join(', ')} ${by.length === 1 ? 'was' : 'were'} built on it`,
        ),
    ),
    ...section(
      'Pinned',
      work.plan.spared
        .filter(({ why }) => why === 'pinned')
        .map(({ name, by }) => `${name}: by ${by.join(', ')}`),
    ),
    ...section(
      'Cannot be pulled again',
      work.details.fates
        .filter(({ deleted, pullable }) => deleted && pullable === 'no')
        .map(({ id, name }) => nameOf(images.get(id), name)),
    ),
    ...section(
      'Not known whether it can be pulled again',
      work.details.fates
        .filter(({ deleted, pullable }) => deleted && pullable === 'unknown')
        .map(({ id, name }) => {
          const why = planner.registries.get(id)?.why ?? '';
          const known = nameOf(images.get(id), name);
          return why === '' ? known : `${known}: ${why}`;
        }),
    ),
    ...section('Notes', [
      ...work.plan.notes,
      ...work.plan.images.notes,
      ...(work.plan.freed.bound === 'exact' ? [] : [`The bytes are a bound: ${work.plan.freed.reason}.`]),
      watchText(scene.uses.since, scene.now),
    ]),
  ];
}

function nameOf(image: Image | undefined, name: string): string {
  return image === undefined ? name : longName(image);
}

function section(title: string, rows: readonly string[]): string[] {
  return rows.length === 0 ? [] : [title, ...rows.map((row) => `  ${row}`), ''];
}

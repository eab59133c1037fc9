/** All that an image carries in vain, one item a row, and below what is known of the one under the cursor. */
import type { FilesPage } from '../app/files-page.ts';
import { unlistedText, type WastePage, wasteItems, wasteLayout, wasteOfPage } from '../app/files-waste.ts';
import { windowTop } from '../app/list.ts';
import type { AppState } from '../app/state.ts';
import type { Theme, Token } from '../app/theme.ts';
import {
  efficiencyWords,
  factsTitle,
  noneText,
  type WasteWords,
  wasteFacts,
  wasteTitle,
  wasteWords,
} from '../app/waste-words.ts';
import { fit, fitEnd, fitMiddle, shorten, wrap } from '../app/width.ts';
import type { WasteKind } from '../engine/layers/waste-item.ts';
import { compose, fill, type Piece, ruleWith } from './line.ts';

const SIZE = 10;
const TIMES = 6;
const KIND = 13;
const LABEL = 9;
/** Cells from which on a list has room for whom to blame. */
const WIDE = 100;

/** What the numbers mean. */
export const WASTE_STATUS: readonly Piece[] = [
  ' × layers that have the path   ',
  ['muted', 'sizes are unpacked · duplicates are no waste'],
];

const TOKENS: Readonly<Record<WasteKind, Token>> = {
  overwritten: 'warn',
  deleted: 'bad',
  leftover: 'accent',
  duplicate: 'muted',
};

export function wasteScreen(state: AppState, files: FilesPage, page: WastePage, theme: Theme): string[] {
  const cells = state.columns;
  const { height, list, facts } = wasteLayout(state);
  const waste = wasteOfPage(state, files);
  const items = wasteItems(state);
  const cursor = Math.min(page.at, items.length - 1);
  const top = windowTop(page.top, cursor, items.length, list);
  const columns = columnsOf(cells);
  const rows = items
    .slice(top, top + list)
    .map((item, index) => itemLine(wasteWords(files, item), columns, theme, cells, top + index === cursor));
  const none = wrap(noneText(waste, page.kind), cells - 6).map((text) =>
    compose(theme, cells, [['muted', `   ${text}`]]),
  );
  const smaller = waste === undefined ? '' : unlistedText(waste, page.kind);
  return fill(
    [
      ruleWith(theme, cells, wasteTitle(files, page, waste, cells), efficiencyWords(waste), 'cursor'),
      compose(theme, cells, [['muted', headText(columns)]]),
      ...fill(rows.length > 0 ? rows : [compose(theme, cells, []), ...none], list, cells),
      ruleWith(theme, cells, factsTitle(page), smaller, 'strong'),
      ...fill(factLines(state, theme, cells, facts - 1), facts - 1, cells),
    ],
    height,
    cells,
  );
}

/** Cells of the columns; 0 for one that is left out. */
interface Columns {
  readonly path: number;
  readonly blame: number;
}

function columnsOf(cells: number): Columns {
  const blame = cells < WIDE ? 0 : Math.min(46, Math.floor(cells * 0.36));
  return { path: cells - 2 - SIZE - TIMES - 2 - KIND - blame, blame };
}

function headText({ path, blame }: Columns): string {
  const figures = `  ${fitEnd('SIZE', SIZE)}${fitEnd('TIMES', TIMES)}`;
  return `${figures}  ${fit('KIND', KIND)}${fit('PATH', path)}${blame === 0 ? '' : fit('BLAME', blame)}`;
}

function itemLine(
  words: WasteWords,
  { path, blame }: Columns,
  theme: Theme,
  cells: number,
  on: boolean,
): string {
  return compose(theme, cells, [
    on ? ['cursor', '▌'] : ' ',
    ' ',
    fitEnd(words.size, SIZE),
    ['muted', fitEnd(words.times, TIMES)],
    '  ',
    [TOKENS[words.kind], fit(words.word, KIND)],
    [on ? 'cursor' : 'plain', fitMiddle(words.path, path - 1)],
    ' ',
    ['muted', blame === 0 ? '' : fit(shorten(words.blame, blame), blame)],
  ]);
}

interface Fact {
  readonly label: string;
  readonly token: Token;
  /** Wrapped. */
  readonly parts: readonly string[];
}

/** No more than `height`: a fact that has to be cut ends in an ellipsis. */
function factLines(state: AppState, theme: Theme, cells: number, height: number): string[] {
  const words = wasteFacts(state);
  if (words === undefined) return [];
  const room = cells - LABEL - 4;
  const fact = (label: string, text: string, token: Token = 'plain'): Fact => ({
    label,
    token,
    parts: wrap(text, room),
  });
  const facts = [
    fact('fix', words.fix, 'good'),
    fact('what', words.what),
    // Two rows of a long instruction are enough to know it by.
    fact('blame', shorten(words.blame, room * 2 - 4)),
    fact('path', words.path),
  ];
  const rows = rowsOfFacts(facts, height);
  return facts.flatMap(({ label, token, parts }, at) =>
    firstParts(parts, rows[at]!, room).map((part, index) =>
      compose(theme, cells, ['  ', ['muted', fit(index === 0 ? label : '', LABEL)], [token, part]]),
    ),
  );
}

/** How many rows each fact has: first one for each, then what it needs, those that stand first being served first. */
function rowsOfFacts(facts: readonly Fact[], height: number): number[] {
  let left = height;
  const rows = facts.map(() => (left-- > 0 ? 1 : 0));
  return rows.map((row, at) => {
    const more = Math.max(0, Math.min(left, facts[at]!.parts.length - row));
    left -= more;
    return row + more;
  });
}

function firstParts(parts: readonly string[], count: number, cells: number): readonly string[] {
  if (count >= parts.length || count === 0) return parts.slice(0, count);
  return [...parts.slice(0, count - 1), shorten(parts.slice(count - 1).join(' '), cells)];
}

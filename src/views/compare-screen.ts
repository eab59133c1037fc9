/** Two images beside each other: tabs above, and below them what differs, one difference a row. */
import { compareCells } from '../app/compare-actions.ts';
import { COMPARE_TABS, type ComparePage, type CompareTab, compareHeight } from '../app/compare-page.ts';
import { type FileText, fileRows, fileText, patchLength, patchRows, textRows } from '../app/compare-rows.ts';
import { SIGN_TOKENS, type TextRow } from '../app/compare-signs.ts';
import { bytesOf, grouped } from '../app/format.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fit, fitEnd, fitMiddle, shorten, shortenMiddle, width, wrap } from '../app/width.ts';
import type { Comparison } from '../engine/compare/compare-images.ts';
import { readingText } from './file-view-screen.ts';
import { bar, compose, fill, highlighted, type Piece, rule, ruleWith } from './line.ts';

const MOVES = 11;
const BAR = 30;

export function compareScreen(state: AppState, page: ComparePage, theme: Theme): string[] {
  const cells = state.columns;
  const height = compareHeight(state, page);
  if (page.patch !== undefined) return patchScreen(state, page, theme, height);
  const lines = [rule(theme, cells, titleOf(page, cells), 'cursor')];
  if (page.comparison === undefined) {
    lines.push(...waitingLines(page, theme, cells));
    return fill(lines, height + lines.length, cells).slice(0, height + (page.tab === 'files' ? 3 : 2));
  }
  const rows = page.tab === 'files' ? fileRows(page).length : textRows(page, compareCells(state)).length;
  const place = page.places[page.tab];
  const top = page.tab === 'files' ? place.top : Math.max(0, Math.min(place.top, rows - height));
  lines.push(
    compose(theme, cells, tabPieces(page), [
      ['warn', page.tab === 'files' ? hiddenText(page) : ''],
      ['muted', whereText(top, rows, height)],
      ' ',
    ]),
  );
  const body =
    page.tab === 'files'
      ? fileLines(page, theme, cells, height)
      : textRows(page, compareCells(state))
          .slice(top, top + height)
          .map((row) => compose(theme, cells, ['  ', ...marked(row, page.search)]));
  return fill([...lines, ...body], height + (page.tab === 'files' ? 3 : 2), cells);
}

/** What the signs mean. */
export function compareStatus({ columns }: AppState): Piece[] {
  return [
    ' ',
    ['good', '+'],
    ['muted', ' only after   '],
    ['bad', '−'],
    ['muted', ' only before   '],
    ['warn', '~'],
    ['muted', columns >= 100 ? ' differs   sizes are unpacked, times alone are no difference' : ' differs'],
  ];
}

/** `Compare web:1 → web:2`: both names give way alike. */
function titleOf({ before, after, search }: ComparePage, cells: number): string {
  const wanted = search === '' ? '' : ` · /${shorten(search, 20)}`;
  const room = Math.floor((cells - 20 - width(wanted)) / 2);
  return `Compare ${shortenMiddle(before.name, room)} → ${shortenMiddle(after.name, room)}${wanted}`;
}

function waitingLines({ error, progress }: ComparePage, theme: Theme, cells: number): string[] {
  const row = (...pieces: Piece[]): string => compose(theme, cells, ['  ', ...pieces]);
  if (error !== undefined) {
    const said = (text: string): string[] => wrap(text, cells - 6);
    return [
      row(),
      ...said(`✗ ${error.message}`).map((text) => row(['bad', text])),
      ...said(error.hint).map((text) => row(['muted', text])),
    ];
  }
  const { what, bytes, total } = progress;
  const amount = bytes === 0 ? '' : `  ${bytesOf(bytes, total)}`;
  return [
    row(),
    row(['accent', '↻ '], `${what} …`, ['muted', amount]),
    ...(total === undefined || total === 0 ? [] : [row(...bar(Math.min(BAR, cells - 8), bytes / total))]),
  ];
}

function tabPieces(page: ComparePage): Piece[] {
  return COMPARE_TABS.flatMap((tab): Piece[] => {
    const count = countOf(page, tab);
    const label = count === undefined ? tab : `${tab} ${grouped(count)}`;
    return [' ', tab === page.tab ? ['strong', `[${label}]`] : ['muted', ` ${label} `]];
  });
}

/** How much differs there. */
function countOf({ comparison, packages }: ComparePage, tab: CompareTab): number | undefined {
  switch (tab) {
    case 'overview':
      return undefined;
    case 'packages':
      return packages.status === 'read' ? packages.changes.list.length : undefined;
    case 'files':
      return comparison && fileCount(comparison.files);
    case 'layers':
      return comparison?.layers.filter(({ kind }) => kind !== 'shared').length;
  }
}

/** Without folders, though these have rows, too. */
function fileCount({ sums: { added, removed, changed } }: Comparison['files']): number {
  return added.files + removed.files + changed.files;
}

/** Signs of the kinds that are not shown. */
function hiddenText({ hidden }: ComparePage): string {
  const signs = KIND_SIGNS.filter(([kind]) => hidden.has(kind)).map(([, sign]) => sign);
  return signs.length === 0 ? '' : `without ${signs.join(' ')}   `;
}

const KIND_SIGNS = [
  ['added', '+'],
  ['changed', '~'],
  ['removed', '−'],
] as const;

function whereText(top: number, count: number, room: number): string {
  return count <= room
    ? ''
    : `${grouped(top + 1)} to ${grouped(Math.min(count, top + room))} of ${grouped(count)}`;
}

function marked(row: TextRow, search: string): Piece[] {
  return row.flatMap(([token, text]): Piece[] => {
    const parts = highlighted(text, search);
    return parts.length === 1 ? [[token, text]] : parts;
  });
}

function fileLines(page: ComparePage, theme: Theme, cells: number, height: number): string[] {
  const rows = fileRows(page);
  const { byPath, comparison, search } = page;
  const words = Math.floor(cells * (cells >= 100 ? 0.3 : 0.25));
  const path = cells - 4 - MOVES - 2 - words - 1;
  const lines = [
    compose(theme, cells, [
      [
        'muted',
        `    ${fitEnd(byPath ? 'MOVES' : 'MOVES ▼', MOVES)}  ${fit(byPath ? 'PATH ▲' : 'PATH', path)} ${fit('WHAT DIFFERS', words)}`,
      ],
    ]),
  ];
  const { at, top } = page.places.files;
  for (const [index, change] of rows.slice(top, top + height).entries()) {
    const text = fileText(comparison!, change);
    lines.push(fileLine(text, theme, cells, { on: top + index === at, path, words, search }));
  }
  if (rows.length === 0) lines.push(...nothingLines(page, theme, cells));
  return lines;
}

interface Widths {
  readonly on: boolean;
  readonly path: number;
  readonly words: number;
  readonly search: string;
}

function fileLine(text: FileText, theme: Theme, cells: number, { on, path, words, search }: Widths): string {
  const name = fitMiddle(text.path, path);
  return compose(theme, cells, [
    on ? ['cursor', '▌'] : ' ',
    ' ',
    [SIGN_TOKENS[text.sign], text.sign],
    ' ',
    fitEnd(text.moved, MOVES),
    '  ',
    ...(on ? ([['cursor', name]] as const) : highlighted(name, search)),
    ' ',
    ['muted', fit(text.words, words)],
  ]);
}

function nothingLines({ comparison, search, hidden }: ComparePage, theme: Theme, cells: number): string[] {
  const why =
    comparison!.files.list.length === 0
      ? 'All files are the same.'
      : search !== ''
        ? `No path here has "${search}" in it · esc clears the search`
        : `All that differs is hidden: ${[...hidden].join(', ')}`;
  return [compose(theme, cells, []), compose(theme, cells, ['   ', ['muted', shorten(why, cells - 6)]])];
}

function patchScreen(state: AppState, page: ComparePage, theme: Theme, height: number): string[] {
  const { change, diff, error, top: wanted } = page.patch!;
  const cells = state.columns;
  const count = patchLength(diff);
  const top = Math.max(0, Math.min(wanted, count - height));
  const text = fileText(page.comparison!, change);
  const head = ruleWith(
    theme,
    cells,
    shortenMiddle(text.path, cells - 40),
    whereText(top, count, height),
    'cursor',
  );
  const sign: Piece = [SIGN_TOKENS[text.sign], text.sign];
  const names = `${page.before.name} → ${page.after.name}`;
  const fits = width(names) + width(text.words) + 24 <= cells;
  const about = compose(
    theme,
    cells,
    ['  ', sign, ` ${text.moved}`, ['muted', `  ${text.words}`]],
    fits ? [['muted', names], ' '] : [],
  );
  const said: string[] =
    error !== undefined
      ? [`✗ ${error.message}`, error.hint].flatMap((line, at) =>
          wrap(line, cells - 6).map((part) =>
            compose(theme, cells, ['  ', [at === 0 ? 'bad' : 'muted', part]]),
          ),
        )
      : diff === undefined
        ? [
            compose(theme, cells, []),
            compose(theme, cells, [
              '  ',
              ['accent', '↻ '],
              readingText(page.patch!),
              ['muted', '   esc leaves it'],
            ]),
          ]
        : [];
  const rows = diff === undefined ? [] : patchRows(diff, top, top + height);
  const body = rows.map((row) => compose(theme, cells, ['  ', ...row]));
  return fill([head, about, ...said, ...body], height + 2, cells);
}

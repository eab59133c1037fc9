/** Screen 3 of the drawings: the layers of one image, and the files in them. */
import { filesLayout } from '../app/files-layout.ts';
import { type FilesPage, hasCome, isReading } from '../app/files-page.ts';
import { bytes, bytesOf } from '../app/format.ts';
import { KINDS, type Kind } from '../app/shown-tree.ts';
import type { AppState } from '../app/state.ts';
import type { Theme, Token } from '../app/theme.ts';
import { width } from '../app/width.ts';
import { filesDetails } from './files-details.ts';
import { filesLayersPane } from './files-layers-pane.ts';
import { filesTreePane } from './files-tree-pane.ts';
import { filesWastePane } from './files-waste-pane.ts';
import type { Piece } from './line.ts';

export function filesScreen(state: AppState, page: FilesPage, theme: Theme): string[] {
  const layout = filesLayout(state);
  const left =
    layout.layerCells > 0
      ? filesLayersPane(
          state,
          page,
          layout,
          theme,
          filesWastePane(state, page, layout.layerCells, layout.below, theme),
        )
      : [];
  const right = layout.treeCells > 0 ? filesTreePane(state, page, layout, theme) : [];
  if (left.length === 0) return right;
  if (right.length === 0)
    return layout.details === 0
      ? [...left]
      : [...left, ...filesDetails(state, page, theme, layout.layerCells, layout.details)];
  return left.map((row, at) => row + theme.paint('muted', at === 0 ? '┬' : '│') + right[at]!);
}

/** The rule below, met by the line between the panes. */
export function filesRule(state: AppState, theme: Theme): string {
  const { layerCells, treeCells } = filesLayout(state);
  if (layerCells === 0 || treeCells === 0) return theme.paint('muted', '─'.repeat(state.columns));
  return theme.paint('muted', `${'─'.repeat(layerCells)}┴${'─'.repeat(treeCells)}`);
}

/** The sign of each kind, what it means, and the same where there is little room. */
const WORDS: Readonly<Record<Kind, readonly [Token, string, string, string]>> = {
  added: ['good', '+', 'added', 'added'],
  changed: ['warn', '~', 'changed', 'changed'],
  removed: ['bad', '−', 'removed by a later layer', 'removed'],
  base: ['muted', '=', 'as in the base', 'base'],
};

/** How far the reading is, or else what the signs mean. */
export function filesStatus(page: FilesPage, cells: number): Piece[] {
  return isReading(page) ? readingPieces(page, cells) : signPieces(page, cells);
}

function readingPieces(page: FilesPage, cells: number): Piece[] {
  const { progress, read, image, source } = page;
  const there = read.filter((each) => each === 'whole').length;
  const count = read.length;
  const isWaiting = progress.bytes === 0 && !read.includes('partly') && there < count;
  const parts =
    image === undefined
      ? [`asking ${source.where} what is in it`]
      : isWaiting
        ? [`waiting for the first bytes from ${source.where}`, `${there} of ${count} layers known`]
        : [
            count === 0 ? 'reading' : `reading layer ${Math.min(count, there + 1)} of ${count}`,
            progress.bytes > 0 ? bytesOf(progress.bytes, progress.total) : '',
            progress.perSecond === undefined ? '' : `${bytes(progress.perSecond)}/s`,
          ];
  return [
    ' ',
    ['accent', '↻ '],
    parts.filter((part) => part !== '').join(' · '),
    ['muted', hasCome(page) && cells >= 100 ? '   what is there can be used meanwhile' : ''],
  ];
}

/** As much as there is room for. */
function signPieces({ look: { hidden }, layer, upTo }: FilesPage, cells: number): Piece[] {
  const isAlone = layer !== undefined && !upTo;
  const piecesOf = (kinds: readonly Kind[], isShort: boolean): Piece[] =>
    kinds.flatMap((kind): Piece[] => {
      const [token, sign, long, short] = WORDS[kind];
      const word = isShort ? short : kind === 'removed' && isAlone ? 'removed by it' : long;
      return hidden.has(kind) && !isShort
        ? [['muted', `${sign} ${word} (hidden)   `]]
        : [[token, sign], ` ${word}   `];
    });
  const kinds = KINDS.filter((kind) => kind !== 'base' || hidden.has(kind));
  const sizes: Piece = ['muted', 'sizes are unpacked'];
  const hiddenSigns = KINDS.filter((kind) => hidden.has(kind)).map((kind) => WORDS[kind][1]);
  const short = [
    ...piecesOf(
      kinds.filter((kind) => !hidden.has(kind)),
      true,
    ),
    ...(hiddenSigns.length === 0 ? [] : [['muted', `hidden: ${hiddenSigns.join(' ')}   `] as const]),
  ];
  const long = piecesOf(kinds, false);
  const fits = (pieces: readonly Piece[]): boolean =>
    width(pieces.map((piece) => (typeof piece === 'string' ? piece : piece[1])).join('')) < cells;
  return [' ', ...([[...long, sizes], long, [...short, sizes]].find(fits) ?? short)];
}

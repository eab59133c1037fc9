/** Screen 3 of the drawings: the layers of one image, and the files in them. */
import { filesLayout } from '../app/files-layout.ts';
import type { FilesPage } from '../app/files-page.ts';
import { bytes, bytesOf } from '../app/format.ts';
import { KINDS, type Kind } from '../app/shown-tree.ts';
import type { AppState } from '../app/state.ts';
import type { Theme, Token } from '../app/theme.ts';
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
  if (right.length === 0) return left;
  return left.map((row, at) => row + theme.paint('muted', at === 0 ? '┬' : '│') + right[at]!);
}

/** The rule below, met by the line between the panes. */
export function filesRule(state: AppState, theme: Theme): string {
  const { layerCells, treeCells } = filesLayout(state);
  if (layerCells === 0 || treeCells === 0) return theme.paint('muted', '─'.repeat(state.columns));
  return theme.paint('muted', `${'─'.repeat(layerCells)}┴${'─'.repeat(treeCells)}`);
}

const WORDS: Readonly<Record<Kind, readonly [Token, string, string]>> = {
  added: ['good', '+', 'added'],
  changed: ['warn', '~', 'changed'],
  removed: ['bad', '−', 'removed by a later layer'],
  base: ['muted', '=', 'as in the base'],
};

/** How far the reading is, or else what the signs mean. */
export function filesStatus(page: FilesPage, cells: number): Piece[] {
  const { progress, error, read } = page;
  if (!progress.done && error === undefined) {
    const there = read.filter((each) => each === 'whole').length;
    const layer = read.length === 0 ? '' : ` layer ${Math.min(read.length, there + 1)} of ${read.length}`;
    const parts = [
      `reading${layer}`,
      progress.bytes > 0 ? bytesOf(progress.bytes, progress.total) : '',
      progress.perSecond === undefined ? '' : `${bytes(progress.perSecond)}/s`,
    ].filter((part) => part !== '');
    return [
      ' ',
      ['accent', '↻ '],
      parts.join(' · '),
      ['muted', cells < 100 ? '' : '   what is there can be used meanwhile'],
    ];
  }
  const { hidden } = page.look;
  const isAlone = page.layer !== undefined && !page.upTo;
  const signs = KINDS.filter((kind) => kind !== 'base' || hidden.has(kind)).flatMap((kind): Piece[] => {
    const [token, sign, text] = WORDS[kind];
    const word = kind === 'removed' && isAlone ? 'removed by it' : text;
    return hidden.has(kind) ? [['muted', `${sign} ${word} (hidden)   `]] : [[token, sign], ` ${word}   `];
  });
  return [' ', ...signs, ['muted', 'sizes are unpacked']];
}

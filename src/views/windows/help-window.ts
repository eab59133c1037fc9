/** The command table as help, in as many columns as fit. */

import type { HelpColumn } from '../../app/command-index.ts';
import type { Layout } from '../../app/layout.ts';
import type { Theme } from '../../app/theme.ts';
import { fit, width, wrap } from '../../app/width.ts';
import { innerHeight, innerWidth, type Window, windowOf } from '../box.ts';
import { compose } from '../line.ts';

export function helpWindow(
  top: number,
  columns: readonly HelpColumn[],
  layout: Layout,
  theme: Theme,
): Window {
  const cells = innerWidth(layout, 112);
  const each = cells >= 100 ? 3 : cells >= 66 ? 2 : 1;
  const stacks: HelpColumn[][] = Array.from({ length: each }, () => []);
  const heights = stacks.map(() => 0);
  for (const column of columns) {
    // The shortest stack takes the next group, so that the page stays low.
    const low = heights.indexOf(Math.min(...heights));
    stacks[low]!.push(column);
    heights[low]! += column.entries.length + 2;
  }
  const widths = shareOut(stacks.map(wantedCells), cells);
  const drawn = stacks.map((stack, index) => stack.flatMap((column) => group(column, theme, widths[index]!)));
  const body = Array.from({ length: Math.max(...drawn.map(({ length }) => length)) }, (_, row) =>
    drawn.map((stack, index) => stack[row] ?? ' '.repeat(widths[index]!)).join(''),
  );
  const room = innerHeight(layout) - 1;
  const from = Math.max(0, Math.min(top, body.length - room));
  const more =
    body.length > room
      ? `${from + 1} to ${Math.min(body.length, from + room)} of ${body.length} · ↑ ↓ scroll    `
      : '';
  return windowOf(
    layout,
    theme,
    'Help',
    [
      ...body.slice(from, from + room),
      compose(theme, cells, [], [['muted', more], ['key', 'esc'], ' close  ']),
    ],
    cells,
    Math.max(0, body.length - room),
  );
}

function keyCells({ entries }: HelpColumn): number {
  return Math.max(...entries.map((entry) => width(entry.keys))) + 2;
}

function group(column: HelpColumn, theme: Theme, cells: number): string[] {
  const keys = keyCells(column);
  return [
    compose(theme, cells, ['  ', ['title', column.title]]),
    // Help that is cut off helps nobody: what is too long goes on below.
    ...column.entries.flatMap((entry) =>
      wrap(entry.title, cells - keys - 4).map((part, row) =>
        compose(theme, cells, ['   ', ['key', fit(row === 0 ? entry.keys : '', keys)], part]),
      ),
    ),
    ' '.repeat(cells),
  ];
}

/** As wide as the longest entry of a stack, with a blank at its end. */
function wantedCells(stack: readonly HelpColumn[]): number {
  return Math.max(
    0,
    ...stack.flatMap((column) =>
      column.entries.map((entry) => 3 + keyCells(column) + width(entry.title) + 1),
    ),
  );
}

/** All of `cells`: what is too much is taken from the widest, what is left over goes to all alike. */
function shareOut(wanted: readonly number[], cells: number): number[] {
  const widths = [...wanted];
  let spare = cells - widths.reduce((sum, each) => sum + each, 0);
  for (; spare < 0; spare++) widths[widths.indexOf(Math.max(...widths))]! -= 1;
  for (let index = 0; spare > 0; spare--, index++) widths[index % widths.length]! += 1;
  return widths;
}

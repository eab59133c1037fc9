/** The command table as help, in as many columns as fit. */

import type { HelpColumn } from '../../app/command-index.ts';
import type { Layout } from '../../app/layout.ts';
import type { Theme } from '../../app/theme.ts';
import { fit, width } from '../../app/width.ts';
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
  const columnCells = Math.floor(cells / each);
  const stacks: string[][] = Array.from({ length: each }, () => []);
  for (const column of columns) {
    // The shortest stack takes the next group, so that the page stays low.
    const stack = stacks.reduce((low, next) => (next.length < low.length ? next : low));
    const keyCells = Math.max(...column.entries.map((entry) => width(entry.keys))) + 2;
    stack.push(compose(theme, columnCells, ['  ', ['title', column.title]]));
    for (const entry of column.entries) {
      stack.push(compose(theme, columnCells, ['   ', ['key', fit(entry.keys, keyCells)], entry.title]));
    }
    stack.push(' '.repeat(columnCells));
  }
  const height = Math.max(...stacks.map((stack) => stack.length));
  const body = Array.from({ length: height }, (_, index) => {
    const row = stacks.map((stack) => stack[index] ?? ' '.repeat(columnCells)).join('');
    return row + ' '.repeat(cells - columnCells * each);
  });
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

/** Every command by name, with its key, or why it cannot be run. */

import type { PaletteRow } from '../../app/command-index.ts';
import type { Layout } from '../../app/layout.ts';
import { windowTop } from '../../app/list.ts';
import type { TextField } from '../../app/text-field.ts';
import type { Theme } from '../../app/theme.ts';
import { fit, shorten } from '../../app/width.ts';
import { innerHeight, innerWidth, type Window, windowOf } from '../box.ts';
import { compose, fill, type Piece } from '../line.ts';
import { fieldPieces } from './field.ts';
import { pick } from './pick.ts';

export function paletteWindow(
  value: TextField,
  index: number,
  found: readonly PaletteRow[],
  layout: Layout,
  theme: Theme,
): Window {
  const cells = innerWidth(layout, 84);
  const room = Math.max(1, Math.min(14, innerHeight(layout) - 5));
  const top = windowTop(0, index, found.length, room);
  const titleCells = Math.min(40, Math.floor(cells / 2) - 4);
  const rows = found.slice(top, top + room).map((row, offset) => {
    const on = top + offset === index;
    const title: Piece =
      row.blocked === ''
        ? on
          ? ['cursor', fit(row.title, titleCells)]
          : fit(row.title, titleCells)
        : ['disabled', fit(row.title, titleCells)];
    return pick(
      theme,
      cells,
      on,
      [title, ['muted', fit(row.scope, 10)]],
      [
        row.blocked === '' ? ['key', row.keys] : ['muted', shorten(row.blocked, cells - titleCells - 16)],
        ' ',
      ],
    );
  });
  if (found.length === 0) rows.push(compose(theme, cells, ['   ', ['muted', 'no command is called that']]));
  return windowOf(
    layout,
    theme,
    'Commands',
    [
      compose(theme, cells, [' ', ['accent', ': '], ...fieldPieces(value, cells - 8)]),
      compose(theme, cells, []),
      ...fill(rows, room, cells),
      compose(theme, cells, [], [['key', 'enter'], ' run    ', ['key', 'esc'], ' close ']),
    ],
    cells,
  );
}

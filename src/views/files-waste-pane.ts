/** What an image carries in vain, under its layers: how much, how well it uses what it carries, and the biggest paths. */
import type { FilesPage } from '../app/files-page.ts';
import { type WastePane, wastePane } from '../app/files-waste.ts';
import { grouped } from '../app/format.ts';
import { kept } from '../app/kept.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fitEnd, shortenMiddle } from '../app/width.ts';
import { compose, fill } from './line.ts';

/** A blank row, and the title. */
const HEAD = 2;
const TITLE = 'WASTE';
const SIZE = 10;
const TIMES = 4;

/** `height` rows, each `cells` wide. */
export function filesWastePane(
  state: AppState,
  page: FilesPage,
  cells: number,
  height: number,
  theme: Theme,
): readonly string[] {
  return drawn(wastePane(state, page, Math.max(0, height - HEAD)), cells, height, theme);
}

/** A key in the tree changes nothing in it. */
const drawn = kept(
  (
    { sum, shortSum, efficiency, rows, more }: WastePane,
    cells: number,
    height: number,
    theme: Theme,
  ): readonly string[] => {
    const share = efficiency === '' ? '' : `efficiency ${efficiency} `;
    // The efficiency is what people look for first: in how many paths it is gives way.
    const fits = TITLE.length + sum.length + share.length + 3 <= cells;
    const title = compose(
      theme,
      cells,
      [['strong', TITLE], `  ${fits ? sum : shortSum}`],
      [['muted', share]],
    );
    const room = cells - SIZE - TIMES - 4;
    const items = rows.map(({ size, times, path }) =>
      compose(theme, cells, [
        fitEnd(size, SIZE),
        ' ',
        ['muted', times.padEnd(TIMES)],
        ' ',
        shortenMiddle(path, room),
      ]),
    );
    const rest =
      more === 0
        ? []
        : [compose(theme, cells, [['muted', `${' '.repeat(SIZE)} and ${grouped(more)} more · w`]])];
    return fill([' '.repeat(cells), title, ...items, ...rest], height, cells);
  },
);

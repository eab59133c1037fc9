/** The page of one image over its screen: tabs above, text below, matches marked. */
import type { ImageFacts } from '../app/facts.ts';
import type { Layout } from '../app/layout.ts';
import { matchesIn } from '../app/page.ts';
import { type AppState, PAGE_TABS } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { factLines } from './detail-pane.ts';
import { compose, fill, highlighted, type Piece, rule } from './line.ts';

export function pageScreen(
  state: AppState,
  facts: ImageFacts | undefined,
  text: readonly string[],
  layout: Layout,
  theme: Theme,
): string[] {
  const cells = layout.columns;
  const height = layout.body.height;
  const page = state.page!;
  if (facts === undefined) {
    return fill(
      [
        rule(theme, cells, 'Image', 'cursor'),
        compose(theme, cells, []),
        compose(theme, cells, [
          '  ',
          ['warn', 'This image is gone: something else deleted it.  '],
          ['key', 'esc'],
          ' back',
        ]),
      ],
      height,
      cells,
    );
  }
  const tabs: Piece[] = PAGE_TABS.flatMap((tab): Piece[] => [
    ' ',
    tab === page.tab ? ['strong', `[${tab}]`] : ['muted', ` ${tab} `],
  ]);
  const room = Math.max(1, height - 2);
  const overview = page.tab === 'overview' ? factLines(facts, theme, cells, state.now, false) : undefined;
  const length = overview?.length ?? text.length;
  const top = Math.max(0, Math.min(page.top, overview === undefined ? length - 1 : length - room));
  const found = overview === undefined ? new Set(matchesIn(text, page.search)) : new Set<number>();
  const rows =
    overview?.slice(top, top + room) ??
    text.slice(top, top + room).map((row, offset) => {
      const hit = found.has(top + offset);
      return compose(theme, cells, [
        hit ? ['accent', '▌ '] : '  ',
        ...highlighted(row, hit ? page.search : ''),
      ]);
    });
  const where = length > room ? `${top + 1} to ${Math.min(length, top + room)} of ${length}` : '';
  return fill(
    [
      rule(theme, cells, facts.row.name, 'cursor'),
      compose(theme, cells, tabs, [['muted', where], ' ']),
      ...rows,
    ],
    height,
    cells,
  );
}

/** The whole log of one job, row by row, matches marked. */
import { grouped } from '../app/format.ts';
import { logHeight, logRowsOf, logTop } from '../app/log-page.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { compose, fill, highlighted, type Piece, rule } from './line.ts';

export function logScreen(state: AppState, theme: Theme, cells: number, height: number): string[] {
  const { log } = state;
  if (log === undefined) return fill([], height, cells);
  const rows = logRowsOf(state);
  const top = logTop(state);
  const room = logHeight(state);
  const where =
    rows.length > room ? ` · ${grouped(top + 1)} to ${grouped(Math.min(rows.length, top + room))}` : '';
  const missing = log.before === 0 ? '' : ` · ${grouped(log.before)} earlier lines only in the file`;
  const title = `Log of ${log.title} · ${grouped(log.lines)} lines${where}${missing}`;
  if (rows.length === 0) {
    const text = log.loading ? 'reading the log …' : 'nothing was said';
    return fill(
      [rule(theme, cells, title, 'cursor'), compose(theme, cells, ['  ', ['muted', text]])],
      height,
      cells,
    );
  }
  const wanted = log.search.toLowerCase();
  const drawn = rows.slice(top, top + room).map((row) => {
    const hit = wanted !== '' && row.toLowerCase().includes(wanted);
    const pieces: Piece[] = highlighted(row, hit ? log.search : '');
    return compose(theme, cells, [hit ? ['accent', '▌ '] : '  ', ...pieces]);
  });
  return fill([rule(theme, cells, title, 'cursor'), ...drawn], height, cells);
}

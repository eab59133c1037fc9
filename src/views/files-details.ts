/** Facts of the entry under the cursor of the files page. */
import { entryLines } from '../app/files-entry.ts';
import { type FilesPage, targetOf } from '../app/files-page.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fit, shorten, shortenMiddle, wrap } from '../app/width.ts';
import { compose, rule } from './line.ts';

/** Under a rule of their own, each fact a row; what is longer goes on below while there is room. */
export function filesDetails(state: AppState, page: FilesPage, theme: Theme, cells: number): string[] {
  const target = targetOf(page);
  if (target === undefined) return [rule(theme, cells, 'nothing under the cursor', 'muted')];
  const lines = entryLines(target, state.now);
  const [first, ...rest] = lines;
  return [
    rule(theme, cells, shortenMiddle(first!.text, cells - 6), 'strong'),
    ...rest.flatMap(({ label, text }) =>
      inTwo(text, cells - 15).map((part, at) =>
        compose(theme, cells, ['  ', ['muted', fit(at === 0 ? label : '', 12)], part]),
      ),
    ),
  ];
}

/** What is longer than two rows ends in an ellipsis. */
function inTwo(text: string, cells: number): string[] {
  const [first = '', ...rest] = wrap(text, cells);
  return rest.length === 0 ? [first] : [first, shorten(rest.join(' '), cells)];
}

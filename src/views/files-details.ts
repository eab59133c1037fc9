/** Facts of what is under the cursor of the files page: of an entry, or of a layer. */
import { entryLines } from '../app/files-entry.ts';
import { filesLayerFacts, LABEL, layerFactRows } from '../app/files-layer-facts.ts';
import { type FilesPage, targetOf } from '../app/files-page.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fit, shorten, shortenMiddle, wrap } from '../app/width.ts';
import { compose, fill, rule } from './line.ts';

/** Under a rule of their own, each fact a row; what is longer goes on below while there is room. */
export function filesDetails(
  state: AppState,
  page: FilesPage,
  theme: Theme,
  cells: number,
  height: number,
): string[] {
  const rows =
    page.focus === 'layers'
      ? layerDetails(filesLayerFacts(state, page), theme, cells, height)
      : entryDetails(targetOf(page), state.now, theme, cells);
  return fill(rows, height, cells);
}

function entryDetails(
  target: ReturnType<typeof targetOf>,
  now: number,
  theme: Theme,
  cells: number,
): string[] {
  if (target === undefined) return [rule(theme, cells, 'nothing under the cursor', 'muted')];
  const lines = entryLines(target, now);
  const [first, ...rest] = lines;
  return [
    rule(theme, cells, shortenMiddle(first!.text, cells - 6), 'strong'),
    ...rest.flatMap(({ label, text }) =>
      inTwo(text, cells - LABEL).map((part, at) => factRow(theme, cells, at === 0 ? label : '', part)),
    ),
  ];
}

function layerDetails(
  facts: ReturnType<typeof filesLayerFacts>,
  theme: Theme,
  cells: number,
  height: number,
): string[] {
  if (facts === undefined) return [rule(theme, cells, 'nothing under the cursor', 'muted')];
  return [
    rule(theme, cells, shorten(facts.title, cells - 6), 'strong'),
    ...layerFactRows(facts, cells, height - 1).map(({ label, text }) => factRow(theme, cells, label, text)),
  ];
}

function factRow(theme: Theme, cells: number, label: string, text: string): string {
  return compose(theme, cells, ['  ', ['muted', fit(label, 12)], text]);
}

/** What is longer than two rows ends in an ellipsis. */
function inTwo(text: string, cells: number): string[] {
  const [first = '', ...rest] = wrap(text, cells);
  return rest.length === 0 ? [first] : [first, shorten(rest.join(' '), cells)];
}

/** All paths in which a container differs from its image, one a row, matches marked. */
import { changesOf, countsText } from '../app/changes.ts';
import { changesHeight, changesTop, shownChanges } from '../app/changes-page.ts';
import { grouped } from '../app/format.ts';
import type { AppState } from '../app/state.ts';
import type { Theme, Token } from '../app/theme.ts';
import { shortenMiddle } from '../app/width.ts';
import type { ContainerChange } from '../engine/container.ts';
import { compose, fill, highlighted, type Piece, rule } from './line.ts';

const SIGNS: Readonly<Record<ContainerChange['kind'], readonly [Token, string]>> = {
  added: ['good', '+'],
  modified: ['warn', '~'],
  deleted: ['bad', '−'],
};

/** `+ /etc/motd`; the match of a search is marked, and the row with it. */
export function changeLine(change: ContainerChange, theme: Theme, cells: number, search = ''): string {
  const hit = search !== '' && change.path.toLowerCase().includes(search.toLowerCase());
  return compose(theme, cells, [
    hit ? ['accent', '▌ '] : '  ',
    SIGNS[change.kind],
    ' ',
    ...highlighted(shortenMiddle(change.path, cells - 5), hit ? search : ''),
  ]);
}

export function changesScreen(state: AppState, theme: Theme, cells: number, height: number): string[] {
  const page = state.changesPage!;
  const changes = changesOf(state, page.container);
  const lines = [rule(theme, cells, `Changes in ${page.name}`, 'cursor')];
  const row = (...pieces: Piece[]): string => compose(theme, cells, ['  ', ...pieces]);
  if (changes?.error !== undefined) {
    lines.push(row(), row(['bad', `✗ ${changes.error.message}`]), row(['muted', changes.error.hint]));
    return fill(lines, height, cells);
  }
  if (changes?.list === undefined)
    return fill([...lines, row(), row(['muted', 'asking the engine what has changed …'])], height, cells);
  const rows = shownChanges(state);
  const top = changesTop(state);
  const room = changesHeight(state);
  const where =
    rows.length > room
      ? `${grouped(top + 1)} to ${grouped(Math.min(rows.length, top + room))} of ${grouped(rows.length)} `
      : '';
  const kind: Piece = page.kind === undefined ? '' : ['accent', `   only ${page.kind}`];
  lines.push(compose(theme, cells, ['  ', countsText(changes.counts), kind], [['muted', where]]));
  lines.push(...rows.slice(top, top + room).map((change) => changeLine(change, theme, cells, page.search)));
  return fill(lines, height, cells);
}

/** What became of a removal: planned beside freed, the engine's totals, every thing with its sign. */
import { resultHeight, resultJob, resultTop } from '../app/clean-up-result.ts';
import { bytes, duration } from '../app/format.ts';
import { titleOf } from '../app/jobs.ts';
import type { ItemStatus, RemovalItem } from '../app/removal-items.ts';
import { CELL, LABEL, LEAD, type ResultRow, resultRows, SIGNS } from '../app/result-rows.ts';
import type { AppState } from '../app/state.ts';
import type { Theme, Token } from '../app/theme.ts';
import { fit, fitEnd, fitMiddle, shorten, width } from '../app/width.ts';
import { compose, fill, type Piece, rule, ruleWith } from './line.ts';

const TOKENS: Readonly<Record<ItemStatus, Token>> = {
  done: 'good',
  failed: 'bad',
  unsure: 'warn',
  busy: 'accent',
  waiting: 'muted',
};

export function resultScreen(state: AppState, theme: Theme, cells: number, height: number): string[] {
  const job = resultJob(state);
  if (job?.removal === undefined) {
    return fill(
      [
        rule(theme, cells, 'Result', 'cursor'),
        compose(theme, cells, ['  ', ['muted', 'This job is off the list, and its result with it.']]),
      ],
      height,
      cells,
    );
  }
  const rows = resultRows(job.removal, cells);
  const top = resultTop(state);
  const room = resultHeight(state);
  const where =
    rows.length > room ? `rows ${top + 1} to ${Math.min(rows.length, top + room)} of ${rows.length}` : '';
  const took = job.endedAt === undefined ? '' : `, ${duration(job.endedAt - job.startedAt)}`;
  const title = `Result: ${titleOf(job)}${took}`;
  const drawn = rows.slice(top, top + room).map((row) => rowOf(row, theme, cells));
  return fill([ruleWith(theme, cells, title, where, 'cursor'), ...drawn], height, cells);
}

function rowOf(row: ResultRow, theme: Theme, cells: number): string {
  switch (row.type) {
    case 'blank':
      return compose(theme, cells, []);
    case 'engine':
      return compose(theme, cells, [
        ' '.repeat(2 + LABEL + 2 * CELL),
        ['muted', fitEnd("── the engine's own totals ──", 3 * CELL)],
      ]);
    case 'heads':
      return row.label === ''
        ? compose(theme, cells, [
            '  ',
            ' '.repeat(LABEL),
            ['muted', row.columns.map((column) => fitEnd(column, CELL)).join('')],
          ])
        : compose(
            theme,
            cells,
            ['  ', ['strong', shorten(row.label, cells - 2 * CELL - 4)]],
            [['muted', row.columns.map((column) => fitEnd(column, CELL)).join('')], ' '],
          );
    case 'sizes':
      return compose(theme, cells, [
        '  ',
        [row.isSum ? 'strong' : 'muted', fit(row.label, LABEL)],
        ...row.columns.map((column): Piece => [row.isSum ? 'strong' : 'plain', fitEnd(column, CELL)]),
      ]);
    case 'item':
      return itemRow(row.item, theme, cells);
    case 'text':
      return compose(theme, cells, ['  ', [row.token, row.text]]);
    case 'fact':
      return compose(theme, cells, ['  ', ['muted', fit(row.label, LEAD - 2)], [row.token, row.text]]);
  }
}

const DEED = 20;

function itemRow(item: RemovalItem, theme: Theme, cells: number): string {
  const token = TOKENS[item.status];
  const planned = item.planned === undefined ? 'unknown' : bytes(item.planned);
  const freed = item.status === 'done' || item.freed > 0 ? bytes(item.freed) : '';
  const room = Math.max(10, cells - 4 - DEED - 2 * CELL - 2);
  const deed = width(item.deed) > DEED - 1 ? shorten(item.deed, DEED - 1) : item.deed;
  return compose(
    theme,
    cells,
    [
      '  ',
      [token, SIGNS[item.status]],
      ' ',
      [item.status === 'waiting' ? 'muted' : 'plain', fitMiddle(item.name, room)],
      ' ',
      ['muted', fit(deed, DEED)],
    ],
    [
      ['muted', fitEnd(planned, CELL)],
      [item.status === 'done' ? 'plain' : 'muted', fitEnd(freed, CELL)],
      ' ',
    ],
  );
}

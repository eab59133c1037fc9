/** How the rows of the planner are shared out: usage, rules, what is marked, what it comes to. Pure. */
import { layoutOf } from './layout.ts';
import type { TotalLine } from './planner-line.ts';
import { plannerRows } from './planner-rows.ts';
import { plannerTotals } from './planner-totals.ts';
import type { AppState } from './state.ts';

export interface PlannerLayout {
  readonly cells: number;
  /** Rows of the whole, its title included: the line of disk usage below would say it twice. */
  readonly height: number;
  /** Rows of usage: one a kind, or one for all of them. */
  readonly usage: number;
  /** Rules side by side. */
  readonly ruleColumns: 1 | 2;
  /** Rows that all rules need, and those that are shown. */
  readonly ruleRows: number;
  readonly rulesShown: number;
  /** Rows of what is marked, its column heads not counted. */
  readonly list: number;
  /** Rows below the list that tell all of the one under the cursor. */
  readonly story: number;
  readonly totals: readonly TotalLine[];
  /** Blank rows between the parts. */
  readonly airy: boolean;
}

/** Kinds of disk usage. */
const KINDS = 4;
const LEAST_LIST = 3;
/** Narrower, two rules side by side could not be told apart. */
const TWO_COLUMNS = 110;
const LEAST_RULES = 3;

export function plannerLayout(state: AppState): PlannerLayout {
  const layout = layoutOf(state.columns, state.rows);
  const height = layout.body.height + (layout.disk.height > 0 ? 2 : 0);
  const airy = layout.wide && height >= 28;
  const usage = state.usage === undefined ? 1 : airy ? KINDS - absentKinds(state) : 1;
  const ruleColumns = state.columns >= TWO_COLUMNS ? 2 : 1;
  const ruleRows = Math.max(1, Math.ceil(state.planner.entries.length / ruleColumns));
  const onRules = state.planner.focus === 'rules';
  const rows = plannerRows(state).length;
  const story = rows === 0 || onRules ? 0 : layout.wide ? 1 : 2;
  const breaks = airy ? 3 : 0;
  const frame = 1 + usage + 1 + 1 + breaks + story;
  const room = Math.max(0, height - frame);
  // What it comes to is never pushed out, however much is marked.
  const totals = chosenTotals(plannerTotals(state), Math.max(2, Math.floor(room * (airy ? 0.5 : 0.4))));
  const left = Math.max(0, room - totals.length);
  const list = Math.min(Math.max(rows, 1), Math.max(LEAST_LIST, left));
  const rulesShown = onRules
    ? Math.max(1, Math.min(ruleRows, left - Math.min(list, LEAST_LIST)))
    : Math.max(1, Math.min(ruleRows, Math.max(LEAST_RULES, left - list)));
  return {
    cells: state.columns,
    height,
    usage,
    ruleColumns,
    ruleRows,
    rulesShown,
    list: Math.max(1, left - rulesShown),
    story,
    totals,
    airy,
  };
}

function absentKinds({ absent }: AppState): number {
  return absent.containers === undefined ? 0 : 1;
}

/** As many as there is room for; what matters least gives way. */
function chosenTotals(all: readonly TotalLine[], room: number): readonly TotalLine[] {
  const kept = all
    .map((line, index) => ({ line, index }))
    .sort((a, b) => a.line.weight - b.line.weight || a.index - b.index)
    .slice(0, room)
    .sort((a, b) => a.index - b.index);
  return kept.map(({ line }) => line);
}

/** Columns of the marked list. */
export interface MarkedColumns {
  readonly name: number;
  readonly size: number;
  readonly alone: number;
  readonly what: number;
}

export function markedColumns(cells: number): MarkedColumns {
  const size = cells >= 100 ? 10 : cells >= 76 ? 9 : 0;
  const alone = cells >= 100 ? 11 : 10;
  const name = cells >= 100 ? Math.floor(cells * 0.32) : Math.floor(cells * 0.3);
  return { name, size, alone, what: Math.max(0, cells - 3 - name - size - alone - 2) };
}

/** The number of a rule in the row and the column where it stands: column by column. */
export function ruleAt(row: number, column: number, layout: PlannerLayout): number {
  return column * layout.ruleRows + row;
}

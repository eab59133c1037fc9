/** The cursors of the planner: where they are, where keys and clicks lead. Pure. */
import { volumeId } from '../engine/volume.ts';
import { cursorIndex, type Motion, motionTarget, moveTo, windowTop } from './list.ts';
import type { Planner, PlannerEntry } from './planner.ts';
import { type PlannerLayout, plannerLayout, ruleAt } from './planner-layout.ts';
import { type PlannerRow, plannerRows } from './planner-rows.ts';
import { wholeText } from './planner-whole.ts';
import type { AppState } from './state.ts';

export function currentEntry({ planner }: AppState): PlannerEntry | undefined {
  return planner.entries[ruleIndex(planner)];
}

export function ruleIndex({ entries, rulePlace }: Planner): number {
  return cursorIndex(
    entries.map(({ text }) => ({ id: text })),
    rulePlace,
  );
}

/** The first row of rules that is shown. */
export function rulesTop({ planner }: AppState, { ruleRows, rulesShown }: PlannerLayout): number {
  const row = Math.max(0, ruleIndex(planner)) % ruleRows;
  return windowTop(planner.rulePlace.top, row, ruleRows, rulesShown);
}

/** The row under the cursor of the marked list. */
export function currentRow(state: AppState): PlannerRow | undefined {
  const rows = plannerRows(state);
  return rows[cursorIndex(rows, state.planner.markedPlace)];
}

/** The image under the cursor, where the marked list has the keyboard. */
export function currentMarked(state: AppState): string | undefined {
  if (state.planner.focus !== 'marked' || state.planner.page !== undefined) return undefined;
  const row = currentRow(state);
  return row?.kind === 'image' ? row.id : undefined;
}

/** The name of the volume under the cursor. */
export function currentVolume(state: AppState): string | undefined {
  if (state.planner.focus !== 'marked' || state.planner.page !== undefined) return undefined;
  const row = currentRow(state);
  return row?.kind === 'volume' ? row.id.slice(volumeId('').length) : undefined;
}

export function movePlanner(state: AppState, motion: Motion): AppState {
  const { planner } = state;
  const layout = plannerLayout(state);
  if (planner.page !== undefined) {
    const last = Math.max(0, pageLength(state) - layout.height + 1);
    const target = motionTarget(motion, Math.min(state.diskTop, last), last + 1, layout.height);
    return { ...state, diskTop: Math.max(0, Math.min(last, target)) };
  }
  if (planner.focus === 'rules') {
    const target = motionTarget(motion, ruleIndex(planner), planner.entries.length, layout.rulesShown);
    return onRule(state, target, layout);
  }
  const rows = plannerRows(state);
  if (rows.length === 0) return state;
  const at = cursorIndex(rows, planner.markedPlace);
  const target = motionTarget(motion, at, rows.length, layout.list);
  const markedPlace = moveTo(rows, planner.markedPlace, target, layout.list);
  return { ...state, planner: { ...planner, markedPlace } };
}

function onRule(state: AppState, index: number, layout: PlannerLayout): AppState {
  const { planner } = state;
  const at = Math.max(0, Math.min(planner.entries.length - 1, index));
  const cursor = planner.entries[at]?.text;
  const moved = { ...planner, rulePlace: { cursor, top: rulesTop(state, layout) } };
  const top = rulesTop({ ...state, planner: moved }, layout);
  return { ...state, planner: { ...moved, rulePlace: { cursor, top } } };
}

function pageLength(state: AppState): number {
  if (state.planner.page === 'whole') return wholeText(state, state.columns).length;
  // Kinds, reasons and heads above the records of build cache.
  return (state.usage?.buildCacheItems.length ?? 0) + 16;
}

/** To the rule beside this one, where rules stand in two columns. */
export function moveAcross(state: AppState, step: 1 | -1): AppState {
  const { planner } = state;
  const layout = plannerLayout(state);
  if (planner.focus !== 'rules' || planner.page !== undefined || layout.ruleColumns === 1) return state;
  const at = ruleIndex(planner);
  const column = Math.floor(at / layout.ruleRows) + step;
  if (column < 0 || column >= layout.ruleColumns) return state;
  return onRule(state, ruleAt(at % layout.ruleRows, column, layout), layout);
}

/** Puts the cursor on the rule or the row that was clicked; `y` from the top of the screen. */
export function clickPlanner(state: AppState, x: number, y: number): AppState {
  const { planner } = state;
  if (planner.page !== undefined) return state;
  const layout = plannerLayout(state);
  const gap = layout.airy ? 1 : 0;
  const firstRule = 1 + 1 + layout.usage + gap + 1;
  const row = y - firstRule;
  if (row >= 0 && row < layout.rulesShown) {
    const column = Math.min(layout.ruleColumns - 1, Math.floor((x * layout.ruleColumns) / layout.cells));
    const index = ruleAt(rulesTop(state, layout) + row, column, layout);
    if (index >= planner.entries.length) return state;
    return onRule({ ...state, planner: { ...planner, focus: 'rules' } }, index, layout);
  }
  const rows = plannerRows(state);
  const at = cursorIndex(rows, planner.markedPlace);
  const top = windowTop(planner.markedPlace.top, Math.max(0, at), rows.length, layout.list);
  const marked = top + y - (firstRule + layout.rulesShown + gap + 1);
  if (marked < top || marked >= Math.min(rows.length, top + layout.list)) return state;
  const markedPlace = moveTo(rows, planner.markedPlace, marked, layout.list);
  return { ...state, planner: { ...planner, focus: 'marked', markedPlace } };
}

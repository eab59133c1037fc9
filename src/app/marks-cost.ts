/** What the marked images would free together: the plan's own figure, remembered until marks or stock change. */
import type { Size } from '../engine/engine.ts';
import { planRemoval } from '../engine/planner.ts';
import type { Stock } from '../engine/stock.ts';
import { plural, size as sizeText } from './format.ts';
import { rangeIds } from './marking.ts';
import type { AppState } from './state.ts';

let lastMarks: ReadonlySet<string> | undefined;
let lastStock: Stock | undefined;
let lastCost: { readonly freed: Size; readonly blocked: number } | undefined;

function costOf(
  marks: ReadonlySet<string>,
  stock: Stock,
): { readonly freed: Size; readonly blocked: number } {
  if (lastCost !== undefined && lastMarks === marks && lastStock === stock) return lastCost;
  const plan = planRemoval(
    stock,
    [...marks].map((id) => ({ id })),
  );
  lastMarks = marks;
  lastStock = stock;
  lastCost = { freed: plan.freed, blocked: plan.blockers.length };
  return lastCost;
}

/** `5 marked · frees 7.96 GB (x to review)`; `''` without marks. */
export function marksText(state: AppState): string {
  const range = rangeIds(state).length;
  if (range > 0) return `range of ${plural(range, 'image')} · space marks it, esc drops it`;
  const count = state.marks.size;
  if (count === 0) return '';
  if (state.stock === undefined) return `${count} marked · reading layers to know what that frees`;
  const { freed, blocked } = costOf(state.marks, state.stock);
  const held = blocked === 0 ? '' : ` · ${blocked} cannot go yet`;
  return `${count} marked · frees ${sizeText(freed)}${held} (x to review)`;
}

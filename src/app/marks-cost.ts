/** What the marked images would free together: the plan's own figure, worked out when the keyboard rests. */
import type { Size } from '../engine/engine.ts';
import { planRemoval } from '../engine/planner.ts';
import type { Stock } from '../engine/stock.ts';
import { grouped, plural, size as sizeText } from './format.ts';
import { rangeIds } from './marking.ts';
import { freshWork, isPlanning, markedImages } from './planned.ts';
import type { AppState } from './state.ts';
import type { Store } from './store.ts';

/** The cost of exactly these marks on exactly this stock. */
export interface MarksCost {
  readonly marks: ReadonlySet<string>;
  readonly stock: Stock;
  readonly freed: Size;
  /** How many of them something holds. */
  readonly blocked: number;
}

/** Thousands of marks take a while to plan: that must not hold up the next key. Milliseconds. */
const REST = 40;

/** Keeps `marksCost` up to date; returns how to stop that. */
export function followMarks(store: Store<AppState>): () => void {
  let timer: NodeJS.Timeout | undefined;
  const unsubscribe = store.subscribe(() => {
    const { marks, stock, marksCost } = store.get();
    if (marks.size === 0 || stock === undefined) return;
    if (marksCost?.marks === marks && marksCost.stock === stock) return;
    clearTimeout(timer);
    timer = setTimeout(() => store.stream((state) => ({ ...state, marksCost: costOf(state) })), REST);
  });
  return () => {
    clearTimeout(timer);
    unsubscribe();
  };
}

export function costOf({ marks, stock }: Pick<AppState, 'marks' | 'stock'>): MarksCost | undefined {
  if (marks.size === 0 || stock === undefined) return undefined;
  const targets = [...marks].map((id) => ({ id }));
  const plan = planRemoval(stock, targets);
  return { marks, stock, freed: plan.freed, blocked: plan.blockers.length };
}

/** `5 marked · frees 7.96 GB (x to review)`; `''` without marks. */
export function marksText(state: AppState): string {
  const range = rangeIds(state).length;
  if (range > 0) return `range of ${plural(range, 'image')} · space marks it, esc drops it`;
  if (isPlanning(state) || state.screen === 'disk') return plannedText(state);
  const { marks, stock, marksCost } = state;
  if (marks.size === 0) return '';
  if (stock === undefined) return `${grouped(marks.size)} marked · reading layers to know what that frees`;
  // A figure of other marks or of an older list would be a wrong one.
  if (marksCost?.marks !== marks || marksCost.stock !== stock)
    return `${grouped(marks.size)} marked · frees …`;
  const { freed, blocked } = marksCost;
  const held = blocked === 0 ? '' : ` · ${blocked} cannot go yet`;
  return `${grouped(marks.size)} marked · frees ${sizeText(freed)}${held}${state.readOnly ? '' : ' (x to review)'}`;
}

/** The same of all that rules and hands mark, containers, build cache and volumes with it. */
function plannedText(state: AppState): string {
  const marked = markedImages(state).size;
  const { stock } = state;
  if (stock === undefined)
    return marked === 0 ? '' : `${grouped(marked)} marked · reading layers to know what that frees`;
  const work = freshWork(state);
  if (work === undefined) return `${grouped(marked)} marked · frees …`;
  const { plan } = work;
  const things = [
    ...(plan.containers.length > 0 ? [plural(plan.containers.length, 'container')] : []),
    ...(plan.buildCache.length > 0 ? [`${plural(plan.buildCache.length, 'record')} of build cache`] : []),
    ...(plan.volumes.length > 0 ? [plural(plan.volumes.length, 'volume')] : []),
  ];
  if (marked === 0 && things.length === 0) return '';
  const going = new Set(plan.images.targets.map(({ id }) => id));
  const held = [...state.marks].filter((id) => !going.has(id)).length;
  const parts = [
    [`${grouped(marked)} marked`, ...things].join(' + '),
    `frees ${sizeText(plan.freed)}`,
    ...(held > 0 ? [`${held} cannot go yet`] : []),
  ];
  return `${parts.join(' · ')}${state.readOnly || state.screen === 'disk' ? '' : ' (x to review)'}`;
}

const dangling = new WeakMap<Stock, Size>();

/** What removing all dangling images frees, layers that only they share included; undefined while not known. */
export function danglingFreed(stock: Stock | undefined): Size | undefined {
  if (stock === undefined) return undefined;
  let freed = dangling.get(stock);
  if (freed === undefined) {
    const targets = stock.images.filter((image) => image.role === 'dangling').map(({ id }) => ({ id }));
    freed = planRemoval(stock, targets).freed;
    dangling.set(stock, freed);
  }
  return freed;
}

/** Works out the plan and what each rule would do alone while the keyboard rests, a piece at a time. */
import { freshWork, isFresh, isPlanning } from './planned.ts';
import { missingFigure, withFigure } from './planner-figures.ts';
import { type PlannedWork, planOut, withDetails, workOut } from './planner-work.ts';
import type { AppState } from './state.ts';
import type { Store } from './store.ts';

/** How long a change rests before it is worked out, in milliseconds. */
const REST = 40;
/** The choice of what to free weighs all images: it waits for a longer rest. */
const LONG_REST = 200;
/** While a removal changes what there is with every step, the machine has better things to do. */
const REMOVING_REST = 1_000;
/** Between two pieces keys are heard, in milliseconds. */
const PAUSE = 2;

/** What has to be done next. */
type Due = 'plan' | 'figure' | undefined;

export function followPlanner(store: Store<AppState>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let waitsFor: readonly unknown[] = [];
  /** Planned, and in the next piece told image by image. */
  let half: PlannedWork | undefined;

  const step = (): void => {
    timer = undefined;
    const state = store.get();
    const due = dueIn(state);
    if (due === undefined) return;
    if (due === 'plan' && (half === undefined || !isFresh(half, state))) {
      half = planOut(state);
      timer = setTimeout(step, PAUSE);
      return;
    }
    const cleanup = due === 'plan' && half !== undefined ? withDetails(half) : undefined;
    half = undefined;
    store.stream((now) => (cleanup === undefined ? figured(now) : { ...now, cleanup }));
    const next = dueIn(store.get());
    if (next !== undefined) timer = setTimeout(step, restFor(store.get(), next, PAUSE));
  };
  const check = (): void => {
    const state = store.get();
    const { stock, uses, planner, marks, pins } = state;
    const asked = [stock, uses, pins, marks, planner.ticked, planner.entries, planner.excluded, state.screen];
    const isSame = asked.every((part, index) => part === waitsFor[index]);
    waitsFor = asked;
    // What streams in meanwhile must not put the work off for ever.
    if (timer !== undefined && isSame) return;
    clearTimeout(timer);
    timer = undefined;
    const due = dueIn(state);
    if (due !== undefined) timer = setTimeout(step, restFor(state, due, REST));
  };
  const unsubscribe = store.subscribe(check);
  check();
  return () => {
    clearTimeout(timer);
    unsubscribe();
  };
}

function dueIn(state: AppState): Due {
  if (state.stock === undefined) return undefined;
  const isShown = state.screen === 'disk';
  if ((isShown || isPlanning(state)) && freshWork(state) === undefined) return 'plan';
  return isShown && missingFigure(state) !== undefined ? 'figure' : undefined;
}

function restFor(state: AppState, due: Due, least: number): number {
  if (state.jobs.some(({ kind, endedAt }) => kind === 'remove' && endedAt === undefined))
    return REMOVING_REST;
  const isLong =
    due === 'figure'
      ? missingFigure(state)?.rule?.kind === 'free'
      : state.planner.entries.some(
          ({ text, rule }) => rule?.kind === 'free' && state.planner.ticked.has(text),
        );
  return isLong ? LONG_REST : least;
}

function figured(state: AppState): AppState {
  const entry = missingFigure(state);
  return entry === undefined ? state : { ...state, ruleFigures: withFigure(state, entry) };
}

/** All of it at once, for whoever does not wait for keys. */
export function workedOut(state: AppState): AppState {
  let now: AppState = { ...state, cleanup: workOut(state) };
  while (now.stock !== undefined && missingFigure(now) !== undefined) now = figured(now);
  return now;
}

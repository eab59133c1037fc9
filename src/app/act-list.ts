/** The journal of changes, over the screen it was opened from: what was done, newest first, and whether it can come back. */
import { asEngineError, type EngineError } from '../engine/errors.ts';
import type { RecordedAct } from '../engine/undo/change.ts';
import { sameEngine } from '../engine/undo/change.ts';
import { type Facts, factsOf } from '../engine/undo/facts.ts';
import { type Way, wayBack } from '../engine/undo/way-back.ts';
import { type ActLine, actText, searchText } from './act-words.ts';
import type { App } from './app.ts';
import { connectedEngine } from './connected.ts';
import { kept } from './kept.ts';
import { layoutOf } from './layout.ts';
import { cursorIndex, type Motion, motionTarget, moveTo, windowTop } from './list.ts';
import type { AppState, Place } from './state.ts';
import { fieldOf, type TextField } from './text-field.ts';

/** What is done now cannot be taken back. */
export const NOT_JOURNALED = '[journal] keep = false in the settings: nothing is written down';

export interface ActList {
  /** Undefined until they were read. */
  readonly acts: readonly RecordedAct[] | undefined;
  /** Why they could not be read. */
  readonly error: EngineError | undefined;
  /** What the engine holds now; undefined while nobody has told. */
  readonly facts: Facts | undefined;
  readonly place: Place;
  readonly filter: string;
  /** The details of the act under the cursor, from this row on; undefined while the list is shown. */
  readonly details: { readonly top: number } | undefined;
}

export function openActs(app: App): void {
  app.store.update((state) => ({
    ...state,
    actList: {
      acts: undefined,
      error: undefined,
      facts: undefined,
      place: { cursor: undefined, top: 0 },
      filter: '',
      details: undefined,
    },
  }));
  void loadActs(app);
}

/** Counts readings: of two at a time, what was read first must not be shown last. */
let readings = 0;

/** Reads them anew while they are shown. Never rejects. */
export async function loadActs(app: App): Promise<void> {
  const reading = ++readings;
  const put = (change: Partial<ActList>): void =>
    app.store.stream((state) =>
      state.actList === undefined || reading !== readings
        ? state
        : { ...state, actList: { ...state.actList, ...change } },
    );
  const acts = app.changeJournal.list().then(
    (list) => put({ acts: list, error: undefined }),
    (thrown: unknown) => put({ error: asEngineError(thrown) }),
  );
  const facts = factsNow(app).then((found) => put({ facts: found }));
  // Without an engine to ask, what was known stays.
  await Promise.all([acts, facts.catch(() => {})]);
}

/** What the engine and the trash hold now. Errors: those of asking the engine. */
export async function factsNow(app: App): Promise<Facts> {
  const engine = connectedEngine(app);
  return await factsOf(engine, { trash: await app.trash?.() });
}

/** Reads them anew whenever the engine's images are others, and when it is back; call the result to stop. */
export function followActs(app: App): () => void {
  let listed = app.store.get().images;
  let connected = isConnected(app.store.get());
  return app.store.subscribe(() => {
    const state = app.store.get();
    const { images, actList } = state;
    const now = isConnected(state);
    if (images === listed && now === connected) return;
    listed = images;
    connected = now;
    if (actList !== undefined) void loadActs(app);
  });
}

function isConnected({ connection }: AppState): boolean {
  return connection.status === 'connected';
}

const NOTHING: readonly RecordedAct[] = [];

const filtered = kept((acts: readonly RecordedAct[], filter: string): readonly RecordedAct[] => {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0
    ? acts
    : acts.filter((act) => {
        const text = searchText(act);
        return words.every((word) => text.includes(word));
      });
});

/** Those that pass the filter. */
export function shownActs({ actList }: AppState): readonly RecordedAct[] {
  return actList?.acts === undefined ? NOTHING : filtered(actList.acts, actList.filter);
}

export function currentAct(state: AppState): RecordedAct | undefined {
  const acts = shownActs(state);
  return state.actList === undefined ? undefined : acts[cursorIndex(acts, state.actList.place)];
}

/** Whether it was done to the engine that is connected, or was until it was lost. */
export function isHere({ connection }: Pick<AppState, 'connection'>, act: RecordedAct): boolean {
  const info = connection.status === 'connecting' ? undefined : connection.info;
  return info !== undefined && sameEngine(info, act.engine);
}

const ways = kept((_facts: Facts) => new WeakMap<RecordedAct, Way>());

/** How it could come back; undefined for another engine's, and while that is not known. */
export function wayOf(state: AppState, act: RecordedAct): Way | undefined {
  const facts = state.actList?.facts;
  if (facts === undefined || !isHere(state, act)) return undefined;
  const known = ways(facts);
  let way = known.get(act);
  if (way === undefined) {
    way = wayBack(act, facts);
    known.set(act, way);
  }
  return way;
}

/** Whether the journal is shown, and what is under its cursor may come back. */
export function mayComeBack(state: AppState): boolean {
  const act = currentAct(state);
  if (act === undefined || act.undone?.lacks.length === 0 || !isHere(state, act)) return false;
  return wayOf(state, act)?.steps.length !== 0;
}

/** Rows between the title, the heads of the columns and the footer; the details have one more. */
export function actRows(state: AppState): number {
  const { height } = layoutOf(state.columns, state.rows).body;
  return Math.max(1, height - (state.actList?.details === undefined ? 2 : 1));
}

/** The text of the details. */
export function actLines(state: AppState): readonly ActLine[] {
  const act = currentAct(state);
  if (act === undefined) return [];
  const by = state.actList?.acts?.find(({ id }) => id === act.undone?.by);
  return actText(act, wayOf(state, act), by, { ...state, here: isHere(state, act) });
}

function change(app: App, how: (list: ActList, state: AppState) => ActList): void {
  app.store.update((state) =>
    state.actList === undefined ? state : { ...state, actList: how(state.actList, state) },
  );
}

export function moveActs(app: App, motion: Motion): void {
  change(app, (list, state) => {
    const height = actRows(state);
    if (list.details !== undefined) {
      const last = Math.max(0, actLines(state).length - height);
      const target = motion === 'bottom' ? last : motionTarget(motion, list.details.top, last + 1, height);
      return { ...list, details: { top: Math.max(0, Math.min(last, target)) } };
    }
    const acts = shownActs(state);
    const index = motionTarget(motion, cursorIndex(acts, list.place), acts.length, height);
    return { ...list, place: moveTo(acts, list.place, index, height) };
  });
}

/** Puts the cursor on the row that was clicked, counted from the first row of the list. */
export function clickAct(app: App, row: number): void {
  change(app, (list, state) => {
    const height = actRows(state);
    const acts = shownActs(state);
    if (list.details !== undefined || row < 0 || row >= Math.min(height, acts.length)) return list;
    const top = windowTop(list.place.top, cursorIndex(acts, list.place), acts.length, height);
    return { ...list, place: moveTo(acts, list.place, top + row, height) };
  });
}

export function openAct(app: App): void {
  change(app, (list, state) => {
    const act = currentAct(state);
    // The cursor stays on what is looked at, whatever is added above it.
    return act === undefined
      ? list
      : { ...list, place: { ...list.place, cursor: act.id }, details: { top: 0 } };
  });
}

/** One level back: the details, the filter, the list. */
export function backFromActs(state: AppState): AppState {
  const { actList } = state;
  if (actList?.details !== undefined) return { ...state, actList: { ...actList, details: undefined } };
  if (actList !== undefined && actList.filter !== '')
    return { ...state, actList: { ...actList, filter: '' } };
  return { ...state, actList: undefined };
}

export function filterActs(app: App): void {
  app.store.update((state) => ({ ...state, field: fieldOf(state.actList?.filter ?? '') }));
}

/** What is typed into the filter. */
export function filteringActs(state: AppState, field: TextField): AppState {
  return state.actList === undefined
    ? state
    : {
        ...state,
        field,
        actList: { ...state.actList, filter: field.text, place: { cursor: undefined, top: 0 } },
      };
}

/** Puts the details on the clipboard. */
export function copyAct(app: App): void {
  const lines = actLines(app.store.get());
  if (lines.length === 0) app.say('plain', 'there is nothing to copy');
  else if (
    app.terminal.copy(lines.map(({ label, text }) => `${label.padEnd(12)} ${text}`.trimEnd()).join('\n'))
  )
    app.say('good', 'copied the details');
  else app.say('bad', 'too long for the terminal clipboard');
}

export function noAct(app: App): string | undefined {
  return currentAct(app.store.get()) === undefined ? 'nothing is listed here' : undefined;
}

/** What keys do on the planner: ticking, leaving out, taking along, asking, looking closer. */
import { asEngineError } from '../engine/errors.ts';
import type { App } from './app.ts';
import { reviewCleanup } from './clean-up-review.ts';
import { plural } from './format.ts';
import { freshWork, isPlanning, markedImages, plannedMarks } from './planned.ts';
import { cleared, goalOf, type Planner, type PlannerPage, toggled, withoutEntry } from './planner.ts';
import { currentEntry, currentRow, moveAcross } from './planner-movement.ts';
import type { PlannerRow } from './planner-rows.ts';
import { askRule } from './planner-rules.ts';
import { isNothing } from './planner-totals.ts';
import type { AppState } from './state.ts';
import { fieldOf } from './text-field.ts';

export function changePlanner(app: App, change: (planner: Planner) => Planner): void {
  app.store.update((state) => ({ ...state, planner: change(state.planner) }));
}

export function moveToSide(app: App, step: 1 | -1): void {
  app.store.update((state) => moveAcross(state, step));
}

export function nextPart(app: App): void {
  changePlanner(app, (planner) => ({ ...planner, focus: planner.focus === 'rules' ? 'marked' : 'rules' }));
}

/** Ticks the rule, or leaves out what is under the cursor; what was left out comes back. */
export function toggleCurrent(app: App): void {
  const state = app.store.get();
  if (state.planner.focus === 'marked') {
    const row = currentRow(state);
    if (row === undefined) return;
    if (row.kind === 'image') toggleImage(app, row.id);
    else leaveOut(app, row);
    return;
  }
  const entry = currentEntry(state);
  if (entry === undefined) return;
  if (entry.rule === undefined) askRule(app, entry);
  else changePlanner(app, (planner) => ({ ...planner, ticked: toggled(planner.ticked, entry.text) }));
}

/** A container that goes for the sake of its image stays only with that. */
function leaveOut(app: App, row: PlannerRow): void {
  const marks = plannedMarks(app.store.get());
  const byRule = [...(marks?.containers ?? []), ...(marks?.buildCache ?? [])].some(({ id }) => id === row.id);
  const isVolume = row.kind === 'volume';
  if (!row.excluded && !byRule && !isVolume) {
    app.say('plain', 'this container goes with its image: leave that out instead, or w keeps all containers');
    return;
  }
  changePlanner(app, (planner) => ({ ...planner, excluded: toggled(planner.excluded, row.id) }));
}

/** Marks an image by hand or takes its mark away, whoever gave it. */
export function toggleImage(app: App, id: string): void {
  app.store.update((state) => withImage(state, id, !markedImages(state).has(id)));
}

export function withImage(state: AppState, id: string, marked: boolean): AppState {
  const excluded = new Set(state.planner.excluded);
  if (marked) {
    const was = excluded.delete(id);
    const planner = was ? { ...state.planner, excluded } : state.planner;
    const included = { ...state, planner };
    // What a rule marks anyway needs no mark by hand.
    if (was && markedImages({ ...included, marks: new Set() }).has(id)) return included;
    return { ...included, marks: new Set([...state.marks, id]) };
  }
  const marks = new Set(state.marks);
  const without = marks.delete(id) ? { ...state, marks } : state;
  // What is chosen to free enough could be chosen again.
  const isChosen = goalOf(state.planner) !== undefined || markedImages(without).has(id);
  if (!isPlanning(state) || !isChosen) return without;
  return { ...without, planner: { ...state.planner, excluded: excluded.add(id) } };
}

/** Marks images by hand; what was left out of them comes back in. */
export function withImages(state: AppState, ids: readonly string[]): AppState {
  const marks = new Set([...state.marks, ...ids]);
  const { planner } = state;
  if (planner.excluded.size === 0) return { ...state, marks };
  const excluded = new Set(planner.excluded);
  for (const id of ids) excluded.delete(id);
  return { ...state, marks, planner: { ...planner, excluded } };
}

export function unmarkAll(app: App): void {
  app.store.update((state) => ({
    ...state,
    marks: new Set(),
    rangeFrom: undefined,
    planner: cleared(state.planner),
  }));
}

export function toggleContainers(app: App): void {
  changePlanner(app, (planner) => ({ ...planner, withContainers: !planner.withContainers }));
  app.say(
    'plain',
    app.store.get().planner.withContainers
      ? 'containers of marked images are stopped and removed first'
      : 'images that containers use stay',
  );
}

export function toggleChildren(app: App): void {
  changePlanner(app, (planner) => ({ ...planner, withChildren: !planner.withChildren }));
  app.say(
    'plain',
    app.store.get().planner.withChildren
      ? 'what was built on marked images is deleted first'
      : 'images that others were built on stay',
  );
}

export function removeEntry(app: App): void {
  const entry = currentEntry(app.store.get());
  if (entry === undefined) return;
  changePlanner(app, (planner) => withoutEntry(planner, entry.text));
  app.say('plain', `the rule is gone from the list · + adds  ${entry.text}`);
}

export function openPlannerPage(app: App, page: PlannerPage): void {
  app.store.update((state) => ({
    ...state,
    diskTop: 0,
    planner: { ...state.planner, page: state.planner.page === page ? undefined : page },
  }));
}

export function searchMarked(app: App): void {
  app.store.update((state) => ({
    ...state,
    planner: { ...state.planner, focus: 'marked' },
    field: fieldOf(state.planner.search),
  }));
}

/** To the marked list, from wherever something was marked; to the rules where nothing is. */
export function openMarked(app: App): void {
  const isMarked = markedImages(app.store.get()).size > 0 || isPlanning(app.store.get());
  app.store.update((state) => ({
    ...state,
    screen: 'disk',
    page: undefined,
    files: undefined,
    findings: undefined,
    compare: undefined,
    rangeFrom: undefined,
    planner: { ...state.planner, focus: isMarked ? 'marked' : 'rules', page: undefined, search: '' },
  }));
}

/** `enter`: changes the rule, or reviews the plan. */
export function enterCurrent(app: App): void {
  const state = app.store.get();
  const entry = currentEntry(state);
  if (state.planner.focus === 'rules' && entry !== undefined) askRule(app, entry);
  else if (state.readOnly) app.say('plain', 'nacre was started with --read-only');
  else if (state.connection.status !== 'connected') app.say('plain', 'waits until the engine is back');
  else {
    const reason = nothingPlanned(app);
    if (reason === undefined) reviewCleanup(app);
    else app.say('plain', reason);
  }
}

/** Why there is nothing to review or to write down. */
export function nothingPlanned(app: App): string | undefined {
  const state = app.store.get();
  if (state.stock === undefined) return 'the images are still being read';
  if (state.marks.size === 0 && state.planner.ticked.size === 0)
    return 'nothing is marked: space ticks a rule';
  const work = freshWork(state);
  return work !== undefined && isNothing(work.plan)
    ? 'nothing of what is marked can go: see below'
    : undefined;
}

/** Asks the registries that the images name whether they still have them. */
export function askRegistries(app: App): void {
  const state = app.store.get();
  const work = freshWork(state);
  if (work === undefined) {
    app.say('plain', 'the plan is still being worked out');
    return;
  }
  const ids = new Set(work.details.fates.flatMap(({ id, deleted }) => (deleted ? [id] : [])));
  const images = work.scene.stock.images.filter(({ id }) => ids.has(id));
  if (images.length === 0 || state.planner.asking !== undefined) return;
  const cancel = new AbortController();
  const { promise: ended, resolve: settle } = Promise.withResolvers<void>();
  const name = `registries-${app.clock()}`;
  app.session.works.set(name, { cancel, ended });
  changePlanner(app, (planner) => ({ ...planner, asking: { done: 0, total: images.length } }));
  const ask = async (): Promise<void> => {
    const { checkRegistries } = await import('../engine/cleanup/registry-check.ts');
    const answers = await checkRegistries(images, {
      insecure: app.insecureRegistries,
      env: process.env,
      signal: cancel.signal,
      onProgress: (done, total) =>
        app.store.stream((now) => ({ ...now, planner: { ...now.planner, asking: { done, total } } })),
    });
    changePlanner(app, (planner) => ({
      ...planner,
      asking: undefined,
      registries: new Map([...planner.registries, ...answers]),
    }));
    const has = [...answers.values()].filter(({ pullable }) => pullable === 'yes').length;
    app.say('plain', `registries still have ${has} of ${plural(answers.size, 'image')} that would go`);
  };
  void ask()
    .catch((thrown: unknown) => {
      changePlanner(app, (planner) => ({ ...planner, asking: undefined }));
      if (asEngineError(thrown).code !== 'cancelled') app.fail('asking the registries', thrown);
    })
    .finally(() => {
      app.session.works.delete(name);
      settle();
    });
}

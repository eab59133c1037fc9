/** What can be done on the screen of a build: moving, following its log, searching, building again. */
import type { App } from './app.ts';
import { builtName } from './build-compare.ts';
import { askBuild } from './build-form.ts';
import { logWindow } from './build-log-window.ts';
import { openBuild } from './build-opening.ts';
import {
  type BuildPage,
  type BuildView,
  buildJobOf,
  buildView,
  logCells,
  shownSteps,
  stepsRow,
} from './build-page.ts';
import { loadWhole } from './build-whole.ts';
import { isPaging } from './job-scroll.ts';
import { titleOf } from './jobs.ts';
import { type Motion, motionTarget } from './list.ts';
import { openPageOf } from './paging.ts';
import { fieldOf } from './text-field.ts';
import { startRequest } from './transfers.ts';

function change(app: App, more: (page: BuildPage, view: BuildView) => Partial<BuildPage>): void {
  app.store.update((state) => {
    const view = buildView(state);
    return view === undefined ? state : { ...state, buildPage: { ...view.page, ...more(view.page, view) } };
  });
}

/** Rows and the ends go through the steps, or through the warnings while those are listed; pages scroll the log. */
export function moveBuild(app: App, motion: Motion): void {
  const view = buildView(app.store.get());
  if (view === undefined) return;
  if (view.page.warning !== undefined) {
    const last = view.warnings.length - 1;
    const to = motionTarget(motion, view.page.warning, last + 1, view.heights.log);
    change(app, () => ({ warning: Math.max(0, Math.min(last, to)) }));
  } else if (isPaging(motion)) scrollLog(app, motion);
  else {
    const last = view.steps.length - 1;
    const to = Math.max(0, Math.min(last, motionTarget(motion, view.cursor, last + 1, view.heights.steps)));
    goToStep(app, view.steps[to]?.id);
  }
}

/** Puts the cursor on the step, its log at the end. */
function goToStep(app: App, step: string | undefined): void {
  change(app, (page, { progress }) => ({
    step,
    afterFailure: progress.failed !== undefined,
    ...(step !== page.step && { top: undefined, match: undefined }),
  }));
  loadWhole(app);
}

/** The wheel scrolls the log it is over, or goes through the steps. */
export function wheelBuild(app: App, motion: 'up' | 'down', y: number): void {
  const view = buildView(app.store.get());
  if (view === undefined) return;
  if (view.page.warning === undefined && y >= stepsRow(view.heights).log) scrollLog(app, motion);
  else moveBuild(app, motion);
}

/** Puts the cursor on the step that was clicked. */
export function clickBuild(app: App, y: number): void {
  const view = buildView(app.store.get());
  if (view === undefined) return;
  const { first, log } = stepsRow(view.heights);
  const step = view.steps[view.stepTop + y - first];
  if (y >= first && y < log && step !== undefined) goToStep(app, step.id);
}

/** At its end the log goes on with what comes. */
function scrollLog(app: App, motion: Motion): void {
  const view = buildView(app.store.get());
  if (view === undefined) return;
  // Lines before those in memory are read as soon as somebody wants to go there.
  if (motion.endsWith('up')) loadWhole(app, true);
  change(app, (page) => {
    const { columns } = app.store.get();
    const { log } = view.heights;
    const shown = logWindow(view.log, page, view.step, logCells({ columns }), log);
    const { passing, from, to } = shown;
    const target = motionTarget(motion, from, passing.count, Math.max(2, to - from));
    const first = Math.max(0, target);
    if (first >= passing.count) return { top: undefined };
    const next = logWindow(
      view.log,
      { ...page, top: passing.at(first) },
      view.step,
      logCells({ columns }),
      log,
    );
    return { top: next.to === passing.count ? undefined : passing.at(first) };
  });
}

/** Holds the log where it is, or goes on with it. */
export function followLog(app: App): void {
  change(app, (page, view) => {
    if (page.top !== undefined) return { top: undefined };
    const { columns } = app.store.get();
    const { from, passing } = logWindow(view.log, page, view.step, logCells({ columns }), view.heights.log);
    return passing.count === 0 ? {} : { top: passing.at(Math.min(from, passing.count - 1)) };
  });
}

export function toggleErrors(app: App): void {
  change(app, (page) => ({ onlyErrors: !page.onlyErrors, top: undefined, match: undefined }));
  loadWhole(app, true);
}

export function toggleWrap(app: App): void {
  change(app, (page) => ({ wrap: !page.wrap }));
}

export function toggleInternal(app: App): void {
  change(app, (page, { steps, cursor, progress }) => {
    const step = steps[cursor];
    // A step that is hidden cannot keep the cursor.
    const stays = shownSteps(progress, !page.internal).some((each) => each.id === step?.id);
    return {
      internal: !page.internal,
      ...(page.step !== undefined && { step: stays ? step?.id : undefined }),
    };
  });
}

export function toggleWarnings(app: App): void {
  change(app, (page) => ({ warning: page.warning === undefined ? 0 : undefined }));
}

export function noWarnings(app: App): string | undefined {
  const view = buildView(app.store.get());
  return view === undefined || view.warnings.length === 0 ? 'this build has no warnings' : undefined;
}

export function searchStep(app: App): void {
  loadWhole(app, true);
  app.store.update((state) => ({ ...state, field: fieldOf(state.buildPage?.search ?? '') }));
}

/** Scrolls to the next line that holds the search text, around the end. */
export function nextStepMatch(app: App, step: 1 | -1): void {
  const view = buildView(app.store.get());
  if (view === undefined) return;
  const { search, match } = view.page;
  if (search === '') {
    app.say('plain', '/ searches the log of this step');
    return;
  }
  const wanted = search.toLowerCase();
  const { lines, first, loading } = view.log;
  if (loading) {
    app.say('plain', 'reading the log …');
    const unsubscribe = app.store.subscribe(() => {
      if (buildView(app.store.get())?.log.loading === true) return;
      unsubscribe();
      nextStepMatch(app, step);
    });
    return;
  }
  const matches = lines.flatMap((line, index) =>
    line.text.toLowerCase().includes(wanted) ? index + first : [],
  );
  if (matches.length === 0) {
    app.say('bad', `"${search}" is not in the log of this step`);
    return;
  }
  const at = match ?? (view.page.top ?? first) - 1;
  const next = step === 1 ? matches.find((line) => line > at) : matches.findLast((line) => line < at);
  const target = next ?? (step === 1 ? matches[0]! : matches.at(-1)!);
  change(app, () => ({ match: target, top: target, onlyErrors: false }));
  app.say('plain', `match ${matches.indexOf(target) + 1} of ${matches.length}`);
}

export function buildIsRunning(app: App): boolean {
  const job = buildJobOf(app.store.get());
  return job !== undefined && job.endedAt === undefined;
}

/** Why it cannot be stopped; undefined when it can. */
export function notCancellable(app: App): string | undefined {
  const job = buildJobOf(app.store.get());
  if (job === undefined || job.endedAt !== undefined) return 'this build has ended already';
  return job.origin === 'elsewhere' ? 'it was started elsewhere: only there it can be stopped' : undefined;
}

export function cancelBuild(app: App): void {
  const job = buildJobOf(app.store.get());
  const work = job === undefined ? undefined : app.session.works.get(job.id);
  if (job === undefined || work === undefined) return;
  work.cancel.abort();
  app.say('plain', `${titleOf(job)}: stopping`);
}

/** Why it cannot be built again; undefined when it can. */
export function notRebuildable(app: App): string | undefined {
  const state = app.store.get();
  const job = buildJobOf(state);
  if (job === undefined) return 'there is no build';
  if (job.endedAt === undefined) return 'this build has not ended yet';
  if (job.origin === 'elsewhere') return 'it was started elsewhere: b builds from here';
  if (job.request?.kind !== 'build') return 'it was asked for with an address that is not kept: b asks again';
  return state.connection.status === 'connected' && state.connection.info.address !== job.engine
    ? `it ran on another engine, ${job.engine}: E switches`
    : undefined;
}

export function rebuild(app: App, job = buildJobOf(app.store.get())): void {
  if (job?.request?.kind !== 'build') return;
  const { request } = job;
  if ((request.withheld ?? []).length > 0) {
    askBuild(app, request);
    return;
  }
  const id = startRequest(app, request);
  if (id !== undefined) openBuild(app, id);
}

export function noBuiltImage(app: App): string | undefined {
  const state = app.store.get();
  const job = buildJobOf(state);
  if (job === undefined || job.endedAt === undefined) return 'it has not ended yet';
  const [image] = job.images;
  if (image === undefined) return 'there is no image to open';
  return state.images.some((each) => each.id === image.id)
    ? undefined
    : `the image of ${builtName(job)} is not here any more`;
}

export function openBuilt(app: App): void {
  const [image] = buildJobOf(app.store.get())?.images ?? [];
  if (image !== undefined) openPageOf(app, image.id, 'overview');
}

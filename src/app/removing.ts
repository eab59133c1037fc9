/** Deleting: what is marked becomes a plan, the plan is shown, and only the shown plan is carried out. */

import { asEngineError } from '../engine/errors.ts';
import { type ExecutionResult, executePlan } from '../engine/execute.ts';
import type { Plan, Target } from '../engine/plan.ts';
import { planRemoval } from '../engine/planner.ts';
import type { Stock } from '../engine/stock.ts';
import type { App } from './app.ts';
import { bytes, grouped, plural, shortId, size as sizeText } from './format.ts';
import { type Job, withLog } from './jobs.ts';
import { currentImage } from './movement.ts';
import { type PlanDialog, WORD } from './overlay.ts';
import { rowsOf } from './rows.ts';
import { EMPTY_FIELD } from './text-field.ts';
import { closeOverlay } from './windows.ts';

/** A dialog that has just appeared hears nothing for so long: a key held down cannot confirm it. */
const DEAF_MS = 150;

/** The marked images, or else the one under the cursor; `dangling` takes all of those instead. */
export function askRemoval(app: App, what: 'chosen' | 'dangling' = 'chosen'): void {
  const state = app.store.get();
  let ids: readonly string[];
  if (what === 'dangling') ids = rowsOf({ ...state, filter: '' }).dangling.rows.map((row) => row.id);
  else if (state.page === undefined && state.marks.size > 0) ids = [...state.marks];
  else {
    const id = currentImage(state);
    ids = id === undefined ? [] : [id];
  }
  if (ids.length === 0) {
    app.say(
      'plain',
      what === 'dangling' ? 'there are no dangling images' : 'there is nothing to delete here',
    );
    return;
  }
  askRemovalOf(
    app,
    ids.map((id) => ({ id })),
  );
}

export function askRemovalOf(app: App, targets: readonly Target[], force = false, notice = ''): void {
  const dialog: PlanDialog = {
    targets,
    force,
    plan: undefined,
    needers: 0,
    progress: undefined,
    notice,
    typed: EMPTY_FIELD,
    focus: 'cancel',
    deafUntil: app.clock() + DEAF_MS,
    top: 0,
  };
  app.store.update((state) => ({ ...state, overlay: { kind: 'plan', dialog } }));
  app.session
    .freshStock((done, total) => changeDialog(app, dialog, (now) => ({ ...now, progress: { done, total } })))
    .then(
      (stock) => {
        const plan = planRemoval(stock, targets, { force });
        changeDialog(app, dialog, (now) => ({
          ...now,
          plan,
          needers: needersOf(plan, stock),
          focus: plan.weight === 'reversible' ? 'go' : 'cancel',
          deafUntil: app.clock() + DEAF_MS,
        }));
      },
      (thrown: unknown) => {
        const { overlay } = app.store.get();
        if (asEngineError(thrown).code === 'cancelled') return;
        if (overlay?.kind === 'plan' && overlay.dialog.targets === targets) closeOverlay(app);
        app.fail('the plan', thrown);
      },
    );
}

/** Images that still need what stays, build steps left out: nobody knows those by name. */
function needersOf(plan: Plan, stock: Stock): number {
  const steps = new Set(stock.images.flatMap((image) => (image.role === 'intermediate' ? [image.id] : [])));
  return new Set(plan.keeps.flatMap((keep) => keep.images.filter((id) => !steps.has(id)))).size;
}

/** Changes the dialog if it is still the one that was opened with these targets. */
function changeDialog(app: App, opened: PlanDialog, change: (dialog: PlanDialog) => PlanDialog): void {
  app.store.update((state) =>
    state.overlay?.kind === 'plan' && state.overlay.dialog.targets === opened.targets
      ? { ...state, overlay: { kind: 'plan', dialog: change(state.overlay.dialog) } }
      : state,
  );
}

function openDialog(app: App): PlanDialog | undefined {
  const { overlay } = app.store.get();
  return overlay?.kind === 'plan' ? overlay.dialog : undefined;
}

/** `y` goes on where no word is asked for; `enter` gives the focused answer, or confirms the typed word. */
export function answerPlan(app: App, key: 'y' | 'enter'): void {
  const dialog = openDialog(app);
  if (dialog?.plan === undefined || app.clock() < dialog.deafUntil) return;
  const { plan } = dialog;
  if (plan.weight === 'nothing') {
    if (key === 'enter') closeOverlay(app);
    return;
  }
  if (plan.weight === 'irreversible') {
    // Here `y` is a letter of what is typed; only the whole word and then enter go on.
    if (key === 'y')
      changeDialog(app, dialog, (now) => ({
        ...now,
        typed: { text: `${now.typed.text}y`, cursor: now.typed.text.length + 1 },
      }));
    else if (dialog.typed.text === WORD) execute(app, plan);
    return;
  }
  if (key === 'enter' && dialog.focus === 'cancel') closeOverlay(app);
  else execute(app, plan);
}

export function choosePlanAnswer(app: App): void {
  const dialog = openDialog(app);
  if (dialog !== undefined)
    changeDialog(app, dialog, (now) => ({ ...now, focus: now.focus === 'go' ? 'cancel' : 'go' }));
}

export function scrollPlan(app: App, step: 1 | -1): void {
  const dialog = openDialog(app);
  const rows = app.store.get().rows;
  const length =
    dialog?.plan === undefined ? 0 : dialog.plan.steps.length + dialog.plan.blockers.length * 2 + 12;
  if (dialog === undefined) return;
  changeDialog(app, dialog, (now) => ({
    ...now,
    top: Math.max(0, Math.min(Math.max(0, length - rows + 10), now.top + step)),
  }));
}

/** Plans again as docker's --force would act; what running containers hold still stays. */
export function forcePlan(app: App): void {
  const dialog = openDialog(app);
  if (dialog?.plan?.blockers.some((blocker) => blocker.forceable) === true && !dialog.force) {
    askRemovalOf(
      app,
      [...dialog.targets],
      true,
      'With force: stopped containers no longer stand in the way. They stay, without their image.',
    );
  }
}

function execute(app: App, plan: Plan): void {
  const engine = app.session.engine();
  closeOverlay(app);
  if (engine === undefined) {
    app.say('bad', 'the engine is gone: nothing was deleted');
    return;
  }
  const cancel = new AbortController();
  const images = plan.steps.filter((step) => step.action === 'delete' && !step.parent).length;
  const id = `remove-${app.clock()}`;
  const title = images === 0 ? 'removing names' : `deleting ${plural(images, 'image')}`;
  const job: Job = {
    id,
    title,
    status: 'running',
    note: '',
    done: 0,
    total: plan.calls.length,
    startedAt: app.clock(),
    endedAt: undefined,
    log: [],
    error: undefined,
  };
  app.store.update((state) => ({ ...state, jobs: [job, ...state.jobs] }));
  app.session.cancels.set(id, cancel);
  const change = (next: (job: Job) => Job): void =>
    app.store.stream((state) => ({
      ...state,
      jobs: state.jobs.map((each) => (each.id === id ? next(each) : each)),
    }));

  const work = async (): Promise<ExecutionResult> => {
    const steps = executePlan(engine, plan, { signal: cancel.signal });
    try {
      for (let step = await steps.next(); ; step = await steps.next()) {
        if (step.done) return step.value;
        const event = step.value;
        if (event.type === 'removing') {
          const left = `${event.index + 1} of ${event.total}`;
          change((now) => ({
            ...withLog(now, [`remove ${event.call.target}`]),
            done: event.index,
            note: left,
          }));
        } else if (event.type === 'removed') {
          const lines = event.entries.map((entry) =>
            entry.action === 'untagged' ? `Untagged: ${entry.reference}` : `Deleted: ${entry.id}`,
          );
          change((now) => withLog(now, lines));
        } else if (event.type === 'failed') {
          change((now) => withLog(now, [`refused: ${event.error.message}. ${event.error.hint}`]));
        }
      }
    } finally {
      await steps.return(undefined as never);
    }
  };
  work()
    .then(
      (result) => finish(app, plan, result, change),
      (thrown: unknown) => {
        const error = asEngineError(thrown);
        change((now) => ({
          ...withLog(now, [error.message]),
          status: 'failed',
          note: error.message,
          endedAt: app.clock(),
          error,
        }));
        app.fail('deleting', thrown);
      },
    )
    .finally(() => {
      app.session.cancels.delete(id);
      app.session.refresh();
    });
}

function finish(
  app: App,
  plan: Plan,
  result: ExecutionResult,
  change: (next: (job: Job) => Job) => void,
): void {
  const deleted = new Set(plan.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : [])));
  const gone = result.entries.flatMap((entry) =>
    entry.action === 'deleted' && deleted.has(entry.id) ? [entry.id] : [],
  );
  const untagged = result.entries.flatMap((entry) => (entry.action === 'untagged' ? [entry.reference] : []));
  const freed = `freed ${sizeText(result.freed)}`;
  const planned =
    result.freed.bytes === plan.freed.bytes ? 'as planned' : `planned were ${sizeText(plan.freed)}`;
  app.store.update((state) => {
    const marks = new Set(state.marks);
    for (const id of gone) marks.delete(id);
    return { ...state, marks };
  });
  const done = (status: Job['status'], note: string): void =>
    change((now) => ({
      ...withLog(now, [`${note} (${grouped(result.freed.bytes)} bytes, ${planned})`]),
      status,
      note,
      done: now.total,
      endedAt: app.clock(),
    }));

  if (result.outcome === 'moved') {
    done('cancelled', `stopped: ${result.reasons.join(', ')}`);
    askRemovalOf(
      app,
      plan.targets,
      false,
      `Planned again, because meanwhile ${result.reasons.join(' and ')}. Nothing beyond that was done.`,
    );
    return;
  }
  if (result.outcome === 'diverged') {
    done('failed', `stopped: the engine did more than was shown: ${result.reasons.join(', ')}`);
    app.say('bad', `stopped: ${result.reasons.join(', ')} without having been shown (4 has the log)`);
    return;
  }
  if (result.failures.length > 0) {
    const first = result.failures[0]!;
    done('failed', `${plural(result.failures.length, 'refusal')}, ${freed}`);
    app.fail(`${freed}, but ${shortName(first.call.target)} stays`, first.error);
    return;
  }
  if (result.outcome === 'cancelled') {
    done('cancelled', `cancelled, ${freed}`);
    app.say('plain', `cancelled: ${freed}`);
    return;
  }
  done('done', freed);
  if (gone.length === 0 && untagged.length > 0) {
    rememberUntags(app, plan, untagged);
    app.say(
      'good',
      `removed ${untagged.length === 1 ? `the name ${untagged[0]}` : plural(untagged.length, 'name')} · z takes it back`,
    );
  } else {
    app.say(
      'good',
      `deleted ${plural(gone.length, 'image')}, ${freed}${result.freed.bound === 'exact' ? ` (${bytes(result.freed.bytes)} ${planned})` : ''}`,
    );
  }
}

function shortName(target: string): string {
  return target.startsWith('sha256:') ? shortId(target) : target;
}

/** Names only went, so they can be given back. */
function rememberUntags(app: App, plan: Plan, untagged: readonly string[]): void {
  const pairs = plan.steps.flatMap((step) =>
    step.action === 'untag' && untagged.includes(step.reference) && !step.reference.includes('@')
      ? [[step.id, step.reference] as const]
      : [],
  );
  if (pairs.length === 0) return;
  app.undo.push({
    what:
      pairs.length === 1
        ? `the removal of ${pairs[0]![1]}`
        : `the removal of ${plural(pairs.length, 'name')}`,
    revert: async () => {
      for (const [id, reference] of pairs) await app.session.engine()?.tag(id, reference);
    },
  });
}

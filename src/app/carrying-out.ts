/** Carries out a shown plan as a job, and tells what became of it beside what was planned. */

import { asEngineError } from '../engine/errors.ts';
import { type ExecutionResult, executePlan } from '../engine/execute.ts';
import type { Plan } from '../engine/plan.ts';
import type { App } from './app.ts';
import { grouped, plural, shortId, size as sizeText } from './format.ts';
import { type Job, withLog } from './jobs.ts';
import { rememberUntags } from './naming.ts';
import { askRemovalOf } from './removing.ts';
import { closeOverlay } from './windows.ts';

export function carryOut(app: App, plan: Plan): void {
  const engine = app.session.engine();
  closeOverlay(app);
  if (engine === undefined) {
    app.say('bad', 'the engine is gone: nothing was deleted');
    return;
  }
  const cancel = new AbortController();
  const id = `remove-${app.clock()}`;
  const title = titleOf(plan);
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
          const left = `${grouped(event.index + 1)} of ${grouped(event.total)}`;
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
  const ended = work()
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
      app.session.works.delete(id);
      app.session.refresh();
    });
  app.session.works.set(id, { cancel, ended });
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
    const why = shortList(result.reasons);
    const before =
      gone.length > 0
        ? `${plural(gone.length, 'image')} deleted before that, ${freed}`
        : untagged.length > 0
          ? `${plural(untagged.length, 'name')} removed before that`
          : 'nothing was deleted';
    done('cancelled', `stopped: ${why}; ${before}`);
    const rest = plan.targets.filter((target) => !gone.includes(target.id));
    if (app.store.get().overlay !== undefined || rest.length === 0)
      app.say('bad', `stopped: ${why}; ${before} · d plans again`);
    else
      askRemovalOf(app, rest, {
        notice: `Planned again, because meanwhile ${why}: ${before}.`,
        unasked: true,
      });
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
    const part = `${grouped(gone.length)} of ${plural(deletedCount(plan), 'image')} deleted, ${freed}`;
    done('cancelled', `cancelled: ${part}`);
    app.say('plain', `cancelled: ${part}`);
    return;
  }
  done('done', freed);
  if (gone.length === 0 && untagged.length > 0) {
    const back = plan.steps.filter(
      (step) => step.action === 'untag' && untagged.includes(step.reference) && !step.reference.includes('@'),
    );
    rememberUntags(
      app,
      back.map((step) => ({ id: step.id, reference: step.reference })),
    );
    app.say(
      'good',
      `removed ${untagged.length === 1 ? `the name ${untagged[0]}` : plural(untagged.length, 'name')} · z takes it back`,
    );
  } else {
    app.say(
      'good',
      `deleted ${plural(gone.length, 'image')}, ${freed}${result.freed.bytes === plan.freed.bytes ? ' as planned' : `, ${planned}`}`,
    );
  }
}

/** The first few of many, and how many more. */
function shortList(reasons: readonly string[]): string {
  const more = reasons.length - 3;
  return reasons.slice(0, 3).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function deletedCount(plan: Plan): number {
  return plan.steps.filter((step) => step.action === 'delete' && !step.parent).length;
}

/** `delete app:1`, `delete 5 images`, `remove the name app:2`. */
function titleOf(plan: Plan): string {
  const count = deletedCount(plan);
  const first = plan.calls[0]!;
  if (count === 0)
    return plan.calls.length === 1
      ? `remove the name ${first.target}`
      : `remove ${plural(plan.calls.length, 'name')}`;
  return count === 1 ? `delete ${shortName(first.target)}` : `delete ${plural(count, 'image')}`;
}

function shortName(target: string): string {
  return target.startsWith('sha256:') ? shortId(target) : target;
}

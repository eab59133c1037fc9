/** Carries out a shown plan as a job, and tells what became of it beside what was planned. */

import type { Engine } from '../engine/engine.ts';
import { type ExecutionResult, executePlan } from '../engine/execute.ts';
import type { Plan } from '../engine/plan.ts';
import type { App } from './app.ts';
import { grouped, plural, shortId, size as sizeText } from './format.ts';
import { type JobEnding, type JobEvent, startJob } from './job-runner.ts';
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
  startJob(app, {
    kind: 'remove',
    ...titleOf(plan),
    run: (signal) => removal(app, engine, plan, signal),
    onEnd: (_job, error) => {
      if (error !== undefined) app.fail('deleting', error);
      void app.session.refresh();
    },
  });
}

async function* removal(
  app: App,
  engine: Engine,
  plan: Plan,
  signal: AbortSignal,
): AsyncGenerator<JobEvent, JobEnding, void> {
  const line = (topic: string, text: string): JobEvent => ({ type: 'line', topic, text });
  const steps = executePlan(engine, plan, { signal });
  try {
    for (let step = await steps.next(); ; step = await steps.next()) {
      if (step.done) return finish(app, plan, step.value);
      const event = step.value;
      if (event.type === 'removing') {
        const note = `${grouped(event.index + 1)} of ${grouped(event.total)}`;
        yield { type: 'steps', done: event.index, total: event.total, note };
        yield line('remove', event.call.target);
      } else if (event.type === 'removed') {
        for (const entry of event.entries)
          yield line(
            'engine',
            entry.action === 'untagged' ? `Untagged: ${entry.reference}` : `Deleted: ${entry.id}`,
          );
      } else if (event.type === 'failed') {
        yield line('refused', `${event.error.message}. ${event.error.hint}`);
      }
    }
  } finally {
    await steps.return(undefined as never);
  }
}

/** Says what became of it, and how the job ended. */
function finish(app: App, plan: Plan, result: ExecutionResult): JobEnding {
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
  const done = (status: JobEnding['status'], note: string): JobEnding => ({
    status,
    note,
    told: `${note} (${grouped(result.freed.bytes)} bytes, ${planned})`,
  });

  if (result.outcome === 'moved') {
    const why = shortList(result.reasons);
    const before =
      gone.length > 0
        ? `${plural(gone.length, 'image')} deleted before that, ${freed}`
        : untagged.length > 0
          ? `${plural(untagged.length, 'name')} removed before that`
          : 'nothing was deleted';
    const rest = plan.targets.filter((target) => !gone.includes(target.id));
    if (app.store.get().overlay !== undefined || rest.length === 0)
      app.say('bad', `stopped: ${why}; ${before} · d plans again`);
    else
      askRemovalOf(app, rest, {
        notice: `Planned again, because meanwhile ${why}: ${before}.`,
        unasked: true,
      });
    return done('cancelled', `stopped: ${why}; ${before}`);
  }
  if (result.outcome === 'diverged') {
    app.say('bad', `stopped: ${result.reasons.join(', ')} without having been shown (4 has the log)`);
    return done('failed', `stopped: the engine did more than was shown: ${result.reasons.join(', ')}`);
  }
  if (result.failures.length > 0) {
    const first = result.failures[0]!;
    app.fail(`${freed}, but ${shortName(first.call.target)} stays`, first.error);
    return done('failed', `${plural(result.failures.length, 'refusal')}, ${freed}`);
  }
  if (result.outcome === 'cancelled') {
    const part = `${grouped(gone.length)} of ${plural(deletedCount(plan), 'image')} deleted, ${freed}`;
    app.say('plain', `cancelled: ${part}`);
    return done('cancelled', `cancelled: ${part}`);
  }
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
  return done('done', freed);
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
function titleOf(plan: Plan): { verb: string; subject: string } {
  const count = deletedCount(plan);
  const first = plan.calls[0]!;
  if (count === 0) {
    const subject = plan.calls.length === 1 ? `the name ${first.target}` : plural(plan.calls.length, 'name');
    return { verb: 'remove', subject };
  }
  return { verb: 'delete', subject: count === 1 ? shortName(first.target) : plural(count, 'image') };
}

function shortName(target: string): string {
  return target.startsWith('sha256:') ? shortId(target) : target;
}

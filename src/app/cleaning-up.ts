/** Carries out a shown plan as a job, one step after the other, and tells what became of it beside what was planned. */
import { executeCleanup } from '../engine/cleanup/execute-cleanup.ts';
import type { Engine } from '../engine/engine.ts';
import { asEngineError } from '../engine/errors.ts';
import type { App } from './app.ts';
import { concludeRemoval, isWorthAPage } from './clean-up-result.ts';
import { bytesOf, grouped, shortId } from './format.ts';
import { type JobEnding, type JobEvent, startJob, unasked } from './job-runner.ts';
import { createRemovalFold, NO_TOTALS } from './removal-record.ts';
import { outcomeOf, titleOf } from './removal-words.ts';
import type { Asked, ShownPlan } from './shown-plan.ts';
import { closeOverlay } from './windows.ts';

export function carryOut(app: App, asked: Asked, shown: ShownPlan): void {
  const engine = app.session.engine();
  closeOverlay(app);
  if (engine === undefined) {
    app.say('bad', 'the engine is gone: nothing was deleted');
    return;
  }
  startJob(app, {
    kind: 'remove',
    ...titleOf(asked, shown.plan),
    run: (signal) => removal(app, engine, asked, shown, signal),
    onEnd: (job, error) => {
      concludeRemoval(app, job, error);
      void app.session.refresh();
    },
  });
}

async function* removal(
  app: App,
  engine: Engine,
  asked: Asked,
  shown: ShownPlan,
  signal: AbortSignal,
): AsyncGenerator<JobEvent, JobEnding, void> {
  const { plan } = shown;
  const fold = createRemovalFold(engine.info.kind, asked, shown);
  const line = (topic: string, text: string): JobEvent => ({ type: 'line', topic, text });
  const things = plan.containers.length + plan.buildCache.length + plan.volumes.length;
  const total = things + plan.images.calls.length;
  let begun = 0;
  const step = (): JobEvent => {
    begun += 1;
    const note = `${grouped(begun)} of ${grouped(total)}`;
    return { type: 'steps', done: begun - 1, total, note };
  };
  const waiting = (note: string): JobEvent => ({ type: 'steps', done: begun, total, note });
  yield { type: 'removal', record: fold.record };
  try {
    if (isWorthAPage(shown)) {
      yield waiting('asking the engine for its totals');
      fold.measure(await totalsBefore(engine, signal));
    }
    const trash = await app.trash?.();
    const steps = executeCleanup(engine, plan, { signal, ...(trash !== undefined && { trash }) });
    try {
      for (let next = await steps.next(); ; next = await steps.next()) {
        if (next.done === true) {
          fold.end(next.value);
          break;
        }
        const event = next.value;
        fold.add(event);
        switch (event.type) {
          case 'keeping':
            yield waiting(`keeping a copy, ${bytesOf(event.done, event.total)}`);
            break;
          case 'thing':
            yield step();
            yield line('remove', event.name);
            break;
          case 'removing':
            yield step();
            yield line('remove', event.call.target);
            break;
          case 'container-removed':
            yield line('engine', `Removed container: ${event.container.name}`);
            break;
          case 'cache-removed':
            yield line('engine', `Pruned build cache: ${shortId(event.record.id)}`);
            break;
          case 'volume-removed':
            yield line('engine', `Removed volume: ${event.volume.name}`);
            break;
          case 'removed':
            for (const entry of event.entries)
              yield line(
                'engine',
                entry.action === 'untagged' ? `Untagged: ${entry.reference}` : `Deleted: ${entry.id}`,
              );
            break;
          case 'failed':
          case 'thing-failed':
            yield line('refused', `${event.error.message}. ${event.error.hint}`);
        }
      }
    } finally {
      await steps.return(undefined as never);
    }
  } catch (thrown) {
    const error = unasked(asEngineError(thrown), signal);
    fold.fail(error);
    throw error;
  }
  return outcomeOf(fold.record());
}

/** What the engine says it holds before anything goes; a count that fails is no reason to stop. */
async function totalsBefore(engine: Engine, signal: AbortSignal): Promise<typeof NO_TOTALS> {
  try {
    return { ...NO_TOTALS, before: await engine.diskUsage({ signal }) };
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code === 'cancelled' || error.code === 'unreachable') throw error;
    return { ...NO_TOTALS, problem: error.message };
  }
}

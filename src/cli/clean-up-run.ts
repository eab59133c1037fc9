/** Clean-ups carried out: shown, asked about, done as planned, and told with what the engine says before and after. */
import { readFile } from 'node:fs/promises';
import type { CleanupPlan } from '../engine/cleanup/cleanup-plan.ts';
import { type CleanupResult, executeCleanup } from '../engine/cleanup/execute-cleanup.ts';
import { planFromFile, readPlanFile } from '../engine/cleanup/plan-file.ts';
import type { DiskUsage } from '../engine/disk-usage.ts';
import type { RemovalEntry } from '../engine/engine.ts';
import { asEngineError, EngineError } from '../engine/errors.ts';
import { volumeId } from '../engine/volume.ts';
import { boundSize } from './bound-size.ts';
import { type CleanupRequest, planRequest } from './clean-up.ts';
import { cleanupDocument, contractDocument, sizeFields } from './clean-up-document.ts';
import { cleanupReport, freeText, stepLines } from './clean-up-report.ts';
import { stockAndUsage } from './connected-stock.ts';
import type { Context } from './context.ts';
import { dockerSize } from './docker-size.ts';
import { DONE, FAILED } from './failure.ts';
import { pinsOf } from './known-pins.ts';
import { trashReport, withKeepingShown } from './known-trash.ts';
import { count, row } from './plan-report.ts';
import { ask, askLine } from './question.ts';
import { concludeExecution, dockerLine, PLANNING_ATTEMPTS, tooBusy } from './removal.ts';

const SURE = 'Are you sure you want to continue?';
/** What is in volumes is somebody's data: a key pressed too soon must not take it. */
const WORD = 'delete';

/** Plans by rules, asks, does it; where the engine changed before anything was done, plans and asks again. */
export async function runCleanUp(context: Context, request: CleanupRequest, sure: boolean): Promise<number> {
  const { flags, io, output, complain } = context;
  const json = flags.on('json');
  for (let attempt = 0; attempt < PLANNING_ATTEMPTS; attempt++) {
    const planned = await planRequest(context, request);
    const { engine } = await context.connect();
    const document = () => cleanupDocument(engine.info, planned);
    const report = async () =>
      `${cleanupReport(planned)}${await trashReport(context, planned.scene.stock, planned.plan.images)}`;
    if (flags.on('dry-run')) {
      if (json) await output.json({ dryRun: true, ...document() });
      else await output.write(await report());
      return planned.reached === false ? FAILED : DONE;
    }
    if (sure && planned.reached === false) {
      const { freed } = planned.plan;
      complain(
        `only ${boundSize(freed)} can be freed, not ${dockerSize(request.free ?? 0)}, so nothing was removed`,
        'ask for less, or take pins and containers away that hold images',
      );
      return FAILED;
    }
    const { plan, usage } = planned;
    if (!sure) {
      io.stderr.write(await report());
      if (!isNothing(plan) && !(await isSure(context, plan))) return DONE;
    }
    const result = await carryOut(context, plan);
    // What the engine refuses, it would refuse again.
    if (result.outcome === 'moved' && isUntouched(result) && result.failures.length === 0) continue;
    return await conclude(context, { plan, usage, result, document });
  }
  throw tooBusy();
}

/** Does what a file says, or nothing where it would not be exactly that any more. */
export async function runPlanFile(context: Context, path: string, sure: boolean): Promise<number> {
  const { flags, io, output, complain } = context;
  const json = flags.on('json');
  const file = readPlanFile(await readText(path));
  const { engine } = await context.connect();
  const { stock, usage } = await stockAndUsage(context, { volumes: file.volumes.length > 0 });
  const { plan, moved } = planFromFile(file, stock, await pinsOf(context), engine.info.address);
  if (plan === undefined) return refuse(moved);
  const document = () => contractDocument(engine.info, plan, stock, file.options);
  const lines = `${[...stepLines(plan, stock), row('Free', freeText(plan))].join('\n')}\n`;
  const report = async () => `${lines}${await trashReport(context, stock, plan.images)}`;
  if (flags.on('dry-run')) {
    if (json) await output.json({ dryRun: true, ...document() });
    else await output.write(await report());
    return DONE;
  }
  if (!sure) {
    io.stderr.write(await report());
    if (!isNothing(plan) && !(await isSure(context, plan))) return DONE;
  }
  const result = await carryOut(context, plan);
  if (result.outcome === 'moved' && isUntouched(result)) return refuse(result.reasons);
  return await conclude(context, { plan, usage, result, document });

  function refuse(reasons: readonly string[]): number {
    complain(
      `nothing was removed, because it is not as the plan saw it: ${reasons.join(', ')}`,
      'plan again with nacre plan',
    );
    return FAILED;
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new EngineError({
      code: 'bad-input',
      message: `the plan ${path} cannot be read: ${(cause as Error).message}`,
      hint: 'Give the file that nacre plan --json was written to.',
      cause,
    });
  }
}

async function isSure({ io, signal }: Context, { volumes }: CleanupPlan): Promise<boolean> {
  if (volumes.length === 0) return await ask(io, SURE, signal);
  const what = `What is in ${count(volumes.length, 'volume')} cannot come back.`;
  return (await askLine(io, `${what} Type ${WORD} to continue: `, signal)) === WORD;
}

function isNothing({ containers, buildCache, volumes, images }: CleanupPlan): boolean {
  return containers.length + buildCache.length + volumes.length + images.calls.length === 0;
}

function isUntouched({ containers, buildCache, volumes, images }: CleanupResult): boolean {
  return containers.length + buildCache.length + volumes.length + (images?.entries.length ?? 0) === 0;
}

async function carryOut(context: Context, plan: CleanupPlan): Promise<CleanupResult> {
  const { output, complain, flags } = context;
  const { engine } = await context.connect();
  const say = async (text: string) => {
    if (!flags.on('json')) await output.write(text);
  };
  const execution = withKeepingShown(context, (options) => executeCleanup(engine, plan, options));
  for (;;) {
    const next = await execution.next();
    if (next.done) return next.value;
    const event = next.value;
    switch (event.type) {
      case 'container-removed':
        await say(`Removed: ${event.container.name}\n`);
        break;
      case 'cache-removed':
        await say(`Pruned: ${event.record.id}\n`);
        break;
      case 'volume-removed':
        await say(`Removed: ${volumeId(event.volume.name)}\n`);
        break;
      case 'removed':
        for (const entry of event.entries satisfies readonly RemovalEntry[]) await say(dockerLine(entry));
        break;
      case 'failed':
      case 'thing-failed':
        complain(event.error.message, event.error.hint);
    }
  }
}

interface Outcome {
  readonly plan: CleanupPlan;
  readonly usage: DiskUsage;
  readonly result: CleanupResult;
  readonly document: () => object;
}

/** What was predicted beside what came of it, and the engine's own totals before and after. */
async function conclude(context: Context, { plan, usage, result, document }: Outcome): Promise<number> {
  const { engine } = await context.connect();
  // What was done must be told, whether the engine can be measured once more or not.
  const after = await engine.diskUsage().catch((thrown: unknown) => {
    const { message, hint } = asEngineError(thrown);
    context.complain(`what is left was not measured: ${message}`, hint);
    return undefined;
  });
  if (context.flags.on('json')) {
    await context.output.json({
      dryRun: false,
      ...document(),
      predictedBytes: plan.freed.bytes,
      outcome: result.outcome,
      reasons: result.reasons,
      removed: {
        containers: result.containers.map(({ id }) => id),
        buildCache: result.buildCache.map(({ id }) => id),
        images: result.images?.entries ?? [],
        volumes: result.volumes.map(({ name }) => name),
      },
      ...sizeFields(result.freed),
      engineTotals: { before: totals(usage), after: after === undefined ? null : totals(after) },
      failures: result.failures.map(({ name, error }) => ({
        reference: name,
        message: error.message,
        hint: error.hint,
      })),
    });
  } else {
    const changed = after === undefined ? [] : changes(usage, after);
    await context.output.write(
      [
        ...(isUntouched(result) ? [] : ['']),
        `Total reclaimed space: ${boundSize(result.freed)}`,
        `Predicted: ${boundSize(plan.freed)}`,
        ...(changed.length > 0 ? [`The engine says: ${changed.join('; ')}`] : []),
        '',
      ].join('\n'),
    );
  }
  return concludeExecution(context, result);
}

function changes(usage: DiskUsage, after: DiskUsage): string[] {
  const kinds = [
    ['images', usage.layersTotal, after.layersTotal],
    ['containers', usage.containers.size, after.containers.size],
    ['build cache', usage.buildCache.size, after.buildCache.size],
    ['volumes', usage.volumes.size, after.volumes.size],
  ] as const;
  return kinds
    .filter(([, before, now]) => before.bytes !== now.bytes)
    .map(([kind, before, now]) => `${kind} ${boundSize(before)}, now ${boundSize(now)}`);
}

function totals({ layersTotal, containers, volumes, buildCache }: DiskUsage) {
  return {
    imageBytes: layersTotal.bytes,
    containerBytes: containers.size.bytes,
    volumeBytes: volumes.size.bytes,
    buildCacheBytes: buildCache.size.bytes,
  };
}

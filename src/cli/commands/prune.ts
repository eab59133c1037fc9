/** `nacre prune`: shows what goes and what that frees, asks, and does exactly that. */
import type { Spared } from '../../engine/cleanup/guard.ts';
import { planGuardedPrune } from '../../engine/cleanup/prune-plan.ts';
import type { RemovalEntry, Size } from '../../engine/engine.ts';
import { EngineError } from '../../engine/errors.ts';
import type { ExecutionResult } from '../../engine/execute.ts';
import { parseFilters } from '../../engine/filters.ts';
import type { ImageFilters } from '../../engine/image.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Stock } from '../../engine/stock.ts';
import { boundSize } from '../bound-size.ts';
import { cleanupRequest } from '../clean-up.ts';
import { sparedLines } from '../clean-up-report.ts';
import { runCleanUp, runPlanFile } from '../clean-up-run.ts';
import { connectedStock } from '../connected-stock.ts';
import type { Context } from '../context.ts';
import { dockerSize } from '../docker-size.ts';
import { DONE, UsageError } from '../failure.ts';
import { pinsOf } from '../known-pins.ts';
import { trashReport } from '../known-trash.ts';
import { planDocument } from '../plan-document.ts';
import { planReport } from '../plan-report.ts';
import { ask } from '../question.ts';
import { carryOut, concludeExecution, PLANNING_ATTEMPTS, tooBusy } from '../removal.ts';

interface Freed {
  readonly images: Size;
  readonly buildCache: Size | undefined;
}

/** Flags that choose what goes: each way of choosing excludes the others. */
const AS_DOCKER = ['all', 'build-cache', 'filter'];
const BY_RULES = ['rule', 'free', 'by', 'with-containers', 'with-children', 'check-registry'];

export async function run(context: Context): Promise<number> {
  const { flags, io } = context;
  const sure = flags.on('force') || flags.on('yes');
  const path = flags.text('plan');
  const ways = [AS_DOCKER, BY_RULES, ['plan']].map((names) => names.filter((name) => flags.has(name)));
  const [one, other] = ways.flatMap(([name]) => (name === undefined ? [] : [`--${name}`]));
  if (other !== undefined)
    throw new UsageError(`${one} and ${other} choose in different ways: leave one of the two out`);
  const request = path === undefined ? cleanupRequest(context) : undefined;
  if (request !== undefined && request.rules.length === 0 && request.free === undefined) {
    throw new UsageError('--with-containers and --with-children need --rule or --free');
  }
  if (request === undefined && flags.on('check-registry')) {
    throw new UsageError('--check-registry needs --rule or --free');
  }
  if (!flags.on('dry-run') && !sure && io.stdin.isTTY !== true) {
    throw new UsageError('prune cannot ask here, because stdin is no terminal: give --force or --dry-run');
  }
  if (path !== undefined) return await runPlanFile(context, path, sure);
  if (request !== undefined) return await runCleanUp(context, request, sure);
  return await pruneAsDocker(context, sure);
}

async function pruneAsDocker(context: Context, sure: boolean): Promise<number> {
  const { flags, io, output } = context;
  const filters = pruneFilters(flags.list('filter'));
  // The engine's build cache has no labels: all of it would go.
  if (filters.label !== undefined && flags.on('build-cache')) {
    throw new UsageError('--build-cache cannot be filtered by label: leave one of the two out');
  }
  const json = flags.on('json');
  const { engine } = await context.connect();
  if (flags.on('build-cache') && engine.buildCache === undefined) {
    throw new EngineError({
      code: 'unsupported',
      message: `the build cache cannot be pruned: ${engine.absent.buildCache ?? 'this engine has none'}`,
      hint: 'Leave --build-cache out.',
    });
  }
  const pins = await pinsOf(context);

  const removed: RemovalEntry[] = [];
  for (let attempt = 0; attempt < PLANNING_ATTEMPTS; attempt++) {
    const stock = await connectedStock(context);
    const { plan, spared } = planGuardedPrune(stock, { unused: flags.on('all'), filters, pins });
    const pinned = pinnedReport(spared);
    const trashed = await trashReport(context, stock, plan);
    if (flags.on('dry-run')) {
      await showPlan(context, plan, stock, { pinned, trashed });
      return DONE;
    }
    if (!sure) {
      io.stderr.write(
        `${warning(context)}\n${pinned}${planReport(plan, stock.images)}${trashed}${cacheReport(context, stock)}`,
      );
      if (plan.calls.length === 0 && !flags.on('build-cache')) {
        await report(context, plan, undefined, [], { images: plan.freed, buildCache: undefined });
        return DONE;
      }
      if (!(await ask(io, 'Are you sure you want to continue?', context.signal))) return DONE;
    }
    const result = await carryOut(context, engine, plan, async (entry) => {
      if (!json && removed.length === 0) await output.write('Deleted Images:\n');
      removed.push(entry);
      if (!json) await output.write(entryLine(entry));
    });
    // Nothing was done yet: plan again, and ask again.
    if (result.outcome === 'moved' && removed.length === 0) continue;
    const buildCache = result.outcome === 'done' ? await pruneCache(context, filters) : undefined;
    await report(context, plan, result, removed, { images: result.freed, buildCache });
    return concludeExecution(context, result);
  }
  throw tooBusy();
}

/** Docker's prune says nothing of what it leaves alone; that pins do so is worth a line. */
function pinnedReport(spared: readonly Spared[]): string {
  const lines = sparedLines(spared.filter(({ why }) => why === 'pinned'));
  return lines.map((text) => `${text}\n`).join('');
}

function pruneFilters(forms: readonly string[]): Pick<ImageFilters, 'label' | 'until'> {
  const { label, until, ...others } = parseFilters(forms);
  const [other] = Object.keys(others);
  if (other !== undefined) throw new UsageError(`prune has no filter '${other}', only until and label`);
  return { ...(label === undefined ? {} : { label }), ...(until === undefined ? {} : { until }) };
}

function warning({ flags }: Context): string {
  const what = flags.on('all') ? 'all images without at least one container' : 'all dangling images';
  const cache = flags.on('build-cache') ? ', and unused build cache' : '';
  return `WARNING! This will remove ${what}${cache}.`;
}

/** How much of the build cache may go; the engine alone decides what of it. */
function cacheReport({ flags }: Context, stock: Stock): string {
  if (!flags.on('build-cache')) return '';
  const idle = (stock.buildCache ?? []).filter((item) => !item.inUse && !item.shared);
  const bytes = idle.reduce((sum, item) => sum + item.size, 0);
  return `Build cache not in use: ${idle.length}, at most ${dockerSize(bytes)}\n`;
}

async function pruneCache(
  context: Context,
  filters: Pick<ImageFilters, 'label' | 'until'>,
): Promise<Size | undefined> {
  const { flags, signal } = context;
  const { engine } = await context.connect();
  if (!flags.on('build-cache') || engine.buildCache === undefined) return undefined;
  const answer = await engine.buildCache.prune({
    all: flags.on('all'),
    filters: filters.until === undefined ? {} : { until: [filters.until] },
    signal,
  });
  return answer.freed;
}

async function showPlan(
  context: Context,
  plan: Plan,
  stock: Stock,
  { pinned, trashed }: { readonly pinned: string; readonly trashed: string },
): Promise<void> {
  const images = planReport(plan, stock.images);
  if (context.flags.on('json')) await context.output.json({ dryRun: true, ...planDocument(plan) });
  else await context.output.write(pinned + images + trashed + cacheReport(context, stock));
}

async function report(
  context: Context,
  plan: Plan,
  result: ExecutionResult | undefined,
  removed: readonly RemovalEntry[],
  freed: Freed,
): Promise<void> {
  const { images, buildCache } = freed;
  const bytes = images.bytes + (buildCache?.bytes ?? 0);
  const doubtful = images.bound !== 'exact' ? images : (buildCache ?? images);
  const total: Size = { ...doubtful, bytes };
  if (!context.flags.on('json')) {
    const cache = buildCache === undefined ? '' : `Build cache: ${boundSize(buildCache)}\n`;
    await context.output.write(
      `${removed.length > 0 ? '\n' : ''}${cache}Total reclaimed space: ${boundSize(total)}\n`,
    );
    return;
  }
  await context.output.json({
    dryRun: false,
    ...planDocument(plan),
    predictedBytes: plan.freed.bytes,
    outcome: result?.outcome ?? 'done',
    removed,
    freedBytes: bytes,
    exact: total.bound === 'exact',
    bound: total.bound,
    reason: total.reason ?? '',
    buildCacheFreedBytes: buildCache?.bytes ?? 0,
    failures: (result?.failures ?? []).map(({ call, error }) => ({
      reference: call.target,
      message: error.message,
      hint: error.hint,
    })),
  });
}

/** Docker writes these in lower case here. */
function entryLine(entry: RemovalEntry): string {
  return entry.action === 'untagged' ? `untagged: ${entry.reference}\n` : `deleted: ${entry.id}\n`;
}

/** From the flags of `plan` and `prune` to a clean-up plan. */
import { type CleanupOptions, type CleanupPlan, planCleanup } from '../engine/cleanup/cleanup-plan.ts';
import { freeUp } from '../engine/cleanup/free-up.ts';
import { type LastUsedLedger, openLastUsed } from '../engine/cleanup/last-used.ts';
import { markedOf, union } from '../engine/cleanup/marked.ts';
import { parseSize } from '../engine/cleanup/measure.ts';
import { checkRegistries, type RegistryAnswer, withAnswers } from '../engine/cleanup/registry-check.ts';
import type { Rule } from '../engine/cleanup/rule.ts';
import { answerRule, type RuleAnswer } from '../engine/cleanup/rule-answers.ts';
import { matchRules } from '../engine/cleanup/rule-match.ts';
import { parseAgeBy, parseRule } from '../engine/cleanup/rule-text.ts';
import type { Scene } from '../engine/cleanup/scene.ts';
import { readTagTimes } from '../engine/cleanup/tag-times.ts';
import type { DiskUsage } from '../engine/disk-usage.ts';
import type { Engine } from '../engine/engine.ts';
import { EngineError } from '../engine/errors.ts';
import type { Blocker } from '../engine/plan.ts';
import { targetsFromReferences } from '../engine/removal-targets.ts';
import { stateFolder } from '../engine/state-folder.ts';
import { stockAndUsage } from './connected-stock.ts';
import type { Context } from './context.ts';
import { UsageError } from './failure.ts';
import { pinsOf } from './known-pins.ts';

export interface CleanupRequest {
  readonly rules: readonly Rule[];
  /** Bytes that are to be freed at least. */
  readonly free: number | undefined;
  readonly operands: readonly string[];
  readonly withContainers: boolean;
  readonly withChildren: boolean;
  readonly checkRegistry: boolean;
}

export interface PlannedCleanup {
  readonly request: CleanupRequest;
  readonly scene: Scene;
  readonly usage: DiskUsage;
  readonly plan: CleanupPlan;
  /** What each rule alone would do. */
  readonly answers: readonly RuleAnswer[];
  /** Whether the goal can be met; undefined where there is none. */
  readonly reached: boolean | undefined;
  /** By image id; empty unless registries were asked. */
  readonly registries: ReadonlyMap<string, RegistryAnswer>;
  /** Operands that mean nothing here. */
  readonly missing: readonly Blocker[];
}

/** What is asked for, or undefined where the flags ask for no clean-up. Errors: UsageError. */
export function cleanupRequest({
  flags,
  operands,
}: Pick<Context, 'flags' | 'operands'>): CleanupRequest | undefined {
  const free = flags.text('free');
  const rules = flags.list('rule');
  const withContainers = flags.on('with-containers');
  const withChildren = flags.on('with-children');
  if (rules.length === 0 && free === undefined && !withContainers && !withChildren) {
    if (flags.has('by')) throw new UsageError('--by says what a rule counts from: give it with --rule');
    return undefined;
  }
  return {
    ...asUsage(() => {
      const by = flags.text('by');
      const preset = by === undefined ? undefined : parseAgeBy(by);
      return {
        rules: rules.map((text) => parseRule(text, preset)),
        free: free === undefined ? undefined : parseSize(free),
      };
    }),
    operands,
    withContainers,
    withChildren,
    checkRegistry: flags.on('check-registry'),
  };
}

/** What is wrong with a word of the command line is wrong usage. */
function asUsage<Result>(body: () => Result): Result {
  try {
    return body();
  } catch (thrown) {
    if (thrown instanceof EngineError && thrown.code === 'bad-input')
      throw new UsageError(`${thrown.message}. ${thrown.hint}`);
    throw thrown;
  }
}

/** Reads the engine and plans. Errors: `bad-input` for an operand, `unreachable`, `cancelled`. */
export async function planRequest(context: Context, request: CleanupRequest): Promise<PlannedCleanup> {
  const { engine } = await context.connect();
  const config = await context.config();
  const volumes = request.rules.some((rule) => rule.kind === 'unused-volumes');
  const { stock, usage } = await stockAndUsage(context, { volumes });
  const now = Date.now() / 1000;
  const ledger = await lastUsed(context, engine, now);
  ledger.observe(stock, now);
  if (needsTagTimes(request)) {
    const ids = stock.images.flatMap(({ id, role }) => (role === 'intermediate' ? [] : [id]));
    ledger.learnArrivals(await readTagTimes(engine, ids, { signal: context.signal }));
  }
  await keep(ledger);
  const scene: Scene = { stock, uses: ledger.uses, pins: await pinsOf(context), now };

  const { targets, blockers } = targetsFromReferences(stock, request.operands);
  const marks = matchRules(scene, request.rules);
  const all = { ...marks, images: union([marks.images, markedOf(targets)]) };
  const options: CleanupOptions = {
    withContainers: request.withContainers,
    withChildren: request.withChildren,
    canStop: engine.containers?.stop !== undefined,
  };
  const check = (ids: ReadonlySet<string>) =>
    checkRegistries(
      stock.images.filter(({ id }) => ids.has(id)),
      { insecure: config.registries.insecure, env: context.io.env, signal: context.signal },
    );
  const choice =
    request.free === undefined
      ? { plan: planCleanup(scene, all, options), reached: undefined }
      : freeUp(scene, request.free, all, options);
  let { plan } = choice;
  let registries: PlannedCleanup['registries'] = new Map();
  if (request.checkRegistry) {
    registries = await check(
      new Set(plan.images.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : []))),
    );
    plan = { ...plan, images: withAnswers(plan.images, registries) };
  }
  const answers = request.rules.map((rule) => answerRule(scene, rule, options));
  return { request, scene, usage, plan, answers, reached: choice.reached, registries, missing: blockers };
}

function needsTagTimes({ rules, free }: CleanupRequest): boolean {
  const asks = (rule: Rule) =>
    rule.kind === 'images' &&
    rule.all.some(
      (one) => one.kind === 'not-used-for' || (one.kind === 'older-than' && one.by !== 'created'),
    );
  return free !== undefined || rules.some(asks);
}

async function lastUsed(context: Context, engine: Engine, now: number): Promise<LastUsedLedger> {
  return await openLastUsed({ folder: stateFolder(context.io.env), engine: engine.info, now });
}

/** A ledger that cannot be kept only knows less the next time. */
async function keep(ledger: LastUsedLedger): Promise<void> {
  await ledger.save().catch(() => {});
}

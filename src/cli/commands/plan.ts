/** `nacre plan`: what a removal or a clean-up would do, without doing it. */
import { cleanupOf } from '../../engine/cleanup/cleanup-plan.ts';
import { planScript } from '../../engine/cleanup/plan-script.ts';
import { checkRegistries, withAnswers } from '../../engine/cleanup/registry-check.ts';
import { type CleanupRequest, cleanupRequest, planRequest } from '../clean-up.ts';
import { cleanupDocument, contractDocument } from '../clean-up-document.ts';
import { cleanupReport } from '../clean-up-report.ts';
import type { Context } from '../context.ts';
import { DONE, FAILED, UsageError } from '../failure.ts';
import { pinsOf } from '../known-pins.ts';
import { trashReport } from '../known-trash.ts';
import { blockerLine, pinnedLines, planReport } from '../plan-report.ts';
import { planArguments } from '../planning.ts';

/** Fails only for what does not exist or is no reference: that something blocks is an answer. */
export async function run(context: Context): Promise<number> {
  const { flags, operands } = context;
  if (flags.on('json') && flags.on('script')) throw new UsageError('give --json or --script, not both');
  const request = cleanupRequest(context);
  if (request !== undefined) return await planCleanUp(context, request);
  if (operands.length === 0) throw new UsageError('plan needs an IMAGE, --rule or --free');
  return await planRemovals(context);
}

async function planRemovals(context: Context): Promise<number> {
  const { flags, output, complain } = context;
  const { plan: asked, stock, failures, options } = await planArguments(context);
  const { engine } = await context.connect();
  const { registries } = await context.config();
  const deleted = new Set(asked.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : [])));
  const answers = flags.on('check-registry')
    ? await checkRegistries(
        stock.images.filter(({ id }) => deleted.has(id)),
        { insecure: registries.insecure, env: context.io.env, signal: context.signal },
      )
    : new Map();
  const plan = flags.on('check-registry') ? withAnswers(asked, answers) : asked;
  const whole = cleanupOf(stock, [], [], { images: plan });
  for (const text of pinnedLines(stock, plan, await pinsOf(context))) complain(text);
  if (flags.on('script')) {
    for (const blocker of plan.blockers) complain(blockerLine(blocker), blocker.help);
    await output.write(planScript(engine.info, whole));
  } else if (flags.on('json')) {
    await output.json({ ...contractDocument(engine.info, whole, stock, options), failures });
  } else await output.write(planReport(plan, stock.images) + (await trashReport(context, stock, plan)));
  const missing = plan.blockers.some((blocker) => blocker.kind === 'not-found');
  return failures.length > 0 || missing ? FAILED : DONE;
}

async function planCleanUp(context: Context, request: CleanupRequest): Promise<number> {
  const { flags, output, complain } = context;
  for (const flag of ['force', 'no-prune']) {
    if (flags.on(flag)) throw new UsageError(`--${flag} is for named images, not for rules`);
  }
  const planned = await planRequest(context, request);
  const { engine } = await context.connect();
  for (const blocker of planned.missing) complain(blockerLine(blocker), blocker.help);
  if (flags.on('script')) await output.write(planScript(engine.info, planned.plan));
  else if (flags.on('json')) await output.json(cleanupDocument(engine.info, planned));
  else {
    const { scene, plan } = planned;
    await output.write(cleanupReport(planned) + (await trashReport(context, scene.stock, plan.images)));
  }
  return planned.missing.length > 0 || planned.reached === false ? FAILED : DONE;
}

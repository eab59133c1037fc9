/** `nacre plan IMAGE…`: what `rmi` would do, without doing it. */
import type { Context } from '../context.ts';
import { DONE, FAILED } from '../failure.ts';
import { planDocument } from '../plan-document.ts';
import { planReport } from '../plan-report.ts';
import { planArguments } from '../planning.ts';

/** Fails only for what does not exist or is no reference: that something blocks is an answer. */
export async function run(context: Context): Promise<number> {
  const { plan, stock, failures } = await planArguments(context);
  if (context.flags.on('json')) await context.output.json({ ...planDocument(plan), failures });
  else await context.output.write(planReport(plan, stock.images));
  const missing = plan.blockers.some((blocker) => blocker.kind === 'not-found');
  return failures.length > 0 || missing ? FAILED : DONE;
}

/** `nacre rmi IMAGE…`: docker's removal, done as the plan says and not otherwise. */
import type { RemovalEntry } from '../../engine/engine.ts';
import type { ExecutionResult } from '../../engine/execute.ts';
import type { Context } from '../context.ts';
import { DONE, FAILED } from '../failure.ts';
import { pinsOf } from '../known-pins.ts';
import { trashReport } from '../known-trash.ts';
import { planDocument } from '../plan-document.ts';
import { blockerLine, pinnedLines, planReport } from '../plan-report.ts';
import { type Planning, planArguments } from '../planning.ts';
import { carryOut, concludeExecution, dockerLine } from '../removal.ts';

/** What is blocked or unknown fails with a line of its own; the others go. */
export async function run(context: Context): Promise<number> {
  const { flags, output, complain } = context;
  const json = flags.on('json');
  const planning = await planArguments(context);
  const { plan, stock, failures } = planning;
  const wrong = failures.length > 0 || plan.blockers.length > 0;

  // Pins hold against what takes many at once; a name that is typed is meant.
  for (const text of pinnedLines(stock, plan, await pinsOf(context))) complain(text);
  if (flags.on('dry-run')) {
    if (json) await output.json({ dryRun: true, ...planDocument(plan), failures });
    else await output.write(`${planReport(plan, stock.images)}${await trashReport(context, stock, plan)}`);
    return wrong ? FAILED : DONE;
  }
  for (const blocker of plan.blockers) complain(blockerLine(blocker), blocker.help);
  const { engine } = await context.connect();
  const result = await carryOut(context, engine, plan, async (entry) => {
    if (!json) await output.write(dockerLine(entry));
  });
  if (json) await output.json(removalDocument(planning, result));
  const code = concludeExecution(context, result);
  return code === DONE && wrong ? FAILED : code;
}

/** What was planned and what became of it. */
function removalDocument({ plan, failures }: Planning, result: ExecutionResult) {
  return {
    dryRun: false,
    ...planDocument(plan),
    predictedBytes: plan.freed.bytes,
    outcome: result.outcome,
    removed: result.entries satisfies readonly RemovalEntry[],
    freedBytes: result.freed.bytes,
    exact: result.freed.bound === 'exact',
    bound: result.freed.bound,
    reason: result.freed.reason ?? '',
    failures: [
      ...failures,
      ...result.failures.map(({ call, error }) => ({
        reference: call.target,
        message: error.message,
        hint: error.hint,
      })),
    ],
  };
}

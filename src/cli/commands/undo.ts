/** `nacre undo [ID]`: takes a change back, as far as it can come back. */
import { EngineError } from '../../engine/errors.ts';
import type { RecordedAct } from '../../engine/undo/change.ts';
import { type Facts, factsOf } from '../../engine/undo/facts.ts';
import { lastUndoable, passedOver } from '../../engine/undo/last-act.ts';
import { restore } from '../../engine/undo/restoring.ts';
import { summarise } from '../../engine/undo/summary.ts';
import { stepText, type Way, wayBack } from '../../engine/undo/way-back.ts';
import { wayReport } from '../act-report.ts';
import type { Context } from '../context.ts';
import { DONE, FAILED, UsageError } from '../failure.ts';
import { trashOf } from '../known-trash.ts';
import { follow } from '../progress/follow.ts';
import { ask } from '../question.ts';

export async function run(context: Context): Promise<number> {
  const { flags, io, output, complain, operands, signal } = context;
  const json = flags.on('json');
  const { engine, changes } = await context.connect();
  const trash = await trashOf(context);
  const facts = await factsOf(engine, { trash, signal });
  const acts = await changes.list({ engine: facts.engine });
  const act = choose(acts, operands[0], facts);
  const way = wayBack(act, facts);
  const passed = operands[0] === undefined ? passedOver(acts, facts, act) : undefined;
  if (passed !== undefined) warnOf(context, passed, act, facts);
  if (flags.on('dry-run')) {
    if (json) await output.jsonLine({ type: 'undo', ...document(act, way) });
    else await output.write(wayReport(act, way));
    return DONE;
  }
  if (way.steps.length === 0) throw noWay(act, way);
  // Names are given back in a moment; what is fetched may be large.
  const isLong = way.kind !== 'retag';
  const isAsked = passed !== undefined || (isLong && !flags.on('yes'));
  if (passed === undefined && isAsked && io.stdin.isTTY !== true)
    throw new UsageError(
      `undo ${way.kind === 'pull' ? 'pulls' : 'loads'} and cannot ask here, because stdin is no terminal: give --yes or --dry-run`,
    );
  if (json) await output.jsonLine({ type: 'undo', ...document(act, way) });
  else io.stderr.write(wayReport(act, way));
  if (isAsked && !(await ask(io, 'Take it back?', signal))) return DONE;
  const result = await follow(context, restore({ engine, journal: changes, act, way, trash, signal }));
  if (json) await output.jsonLine({ type: 'result', undid: act.id, ...result });
  else {
    await output.write(result.done.map((text) => `${text}\n`).join(''));
    for (const lack of result.lacks) complain(`not all came back: ${lack}`);
  }
  return result.lacks.length === 0 ? DONE : FAILED;
}

function choose(acts: readonly RecordedAct[], id: string | undefined, facts: Facts): RecordedAct {
  if (id === undefined) {
    const last = lastUndoable(acts, facts);
    if (last !== undefined) return last;
    throw new EngineError({
      code: 'not-found',
      message: 'nothing that was done to this engine can be taken back',
      hint: 'See what was done with nacre journal.',
    });
  }
  const found = acts.filter((act) => act.id.startsWith(id));
  const [act, other] = found;
  if (act !== undefined && other === undefined) return act;
  throw new EngineError({
    code: act === undefined ? 'not-found' : 'bad-input',
    message:
      act === undefined
        ? `nothing that was done to this engine has the id ${id}`
        : `${found.length} changes have an id that begins with ${id}`,
    hint: act === undefined ? 'See the ids with nacre journal.' : 'Give more of the id.',
  });
}

/** An older change than the last is not taken back unseen. */
function warnOf({ flags, io, complain }: Context, passed: RecordedAct, act: RecordedAct, facts: Facts): void {
  const why = `the last change, ${passed.id} ${summarise(passed, facts).title}, cannot be taken back: ${wayBack(passed, facts).why}`;
  if (!flags.on('dry-run') && (flags.on('yes') || io.stdin.isTTY !== true))
    throw new EngineError({
      code: 'engine',
      message: why,
      hint: `To take back the one before it: nacre undo ${act.id}.`,
    });
  complain(why, 'this was before that');
}

function document(act: RecordedAct, way: Way) {
  return { id: act.id, kind: way.kind, why: way.why, steps: way.steps.map(stepText), lacks: way.lacks };
}

function noWay(act: RecordedAct, way: Way): EngineError {
  return new EngineError({
    code: 'engine',
    message: `${act.id} cannot be taken back: ${way.why}`,
    hint: 'See nacre journal for what can be.',
  });
}

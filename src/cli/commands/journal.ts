/** `nacre journal`: what was done to engines, newest first, and whether it can come back. */
import { asEngineError } from '../../engine/errors.ts';
import { type RecordedAct, sameEngine } from '../../engine/undo/change.ts';
import { openChangeJournal } from '../../engine/undo/change-journal.ts';
import { changesFolder } from '../../engine/undo/changes-folder.ts';
import { type Facts, factsOf } from '../../engine/undo/facts.ts';
import { summarise } from '../../engine/undo/summary.ts';
import { type Way, wayBack } from '../../engine/undo/way-back.ts';
import { actDocument, actSize, comesBack } from '../act-report.ts';
import type { Context } from '../context.ts';
import { dockerAge } from '../docker-duration.ts';
import { DONE, UsageError } from '../failure.ts';
import { trashOf } from '../known-trash.ts';
import { alignTabs } from '../tab-table.ts';

const LIMIT = 50;

/** What was done is known without an engine, too: only whether it can come back is not. */
export async function run(context: Context): Promise<number> {
  const { flags, output, io } = context;
  const limit = limitOf(flags.text('limit'));
  const journal = openChangeJournal({ folder: changesFolder(io.env) });
  const facts = await knownFacts(context);
  const every = flags.on('all') || facts === undefined;
  const acts = await journal.list(every ? { limit } : { limit, engine: facts.engine });
  const factsOn = (act: RecordedAct): Facts | undefined =>
    facts !== undefined && sameEngine(facts.engine, act.engine) ? facts : undefined;
  const wayOf = (act: RecordedAct): Way | undefined => {
    const known = factsOn(act);
    return known === undefined ? undefined : wayBack(act, known);
  };
  if (flags.on('json')) {
    await output.json(acts.map((act) => actDocument(act, wayOf(act), factsOn(act))));
    return DONE;
  }
  const now = Date.now() / 1000;
  const rows = acts.map((act) => [
    act.id,
    dockerAge(act.time / 1000, now),
    ...(every ? [act.engine.address] : []),
    summarise(act, factsOn(act)).title,
    actSize(act, factsOn(act)),
    comesBack(act, wayOf(act)),
  ]);
  const head = ['ID', 'WHEN', ...(every ? ['ENGINE'] : []), 'WHAT', 'SIZE', 'COMES BACK'];
  const { journal: settings } = await context.config();
  if (!settings.keep)
    context.complain(
      '[journal] keep = false in the settings: what is done now is not written down and cannot be taken back',
    );
  else if (rows.length === 0)
    io.stderr.write(
      `Nothing was changed here yet${every ? '' : ', as far as this engine goes: --all shows the others'}.\n`,
    );
  if (rows.length > 0)
    await output.write(alignTabs([head, ...rows, []].map((cells) => cells.join('\t')).join('\n')));
  return DONE;
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return LIMIT;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--limit needs a number, not ${text}`);
  return Number(text) || Number.POSITIVE_INFINITY;
}

async function knownFacts(context: Context): Promise<Facts | undefined> {
  try {
    const { engine } = await context.connect();
    return await factsOf(engine, { trash: await trashOf(context), signal: context.signal });
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code === 'cancelled' || (thrown as Error).name === 'ConfigError') throw thrown;
    context.complain(`whether it can come back is not known: ${error.message}`, error.hint);
    return undefined;
  }
}

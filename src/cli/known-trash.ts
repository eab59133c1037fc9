/** The trash as commands see it. */
import { homedir } from 'node:os';
import type { ExecuteOptions } from '../engine/execute.ts';
import type { Plan } from '../engine/plan.ts';
import type { Stock } from '../engine/stock.ts';
import { type KeepingEvent, openTrash, type Trash } from '../engine/trash/trash.ts';
import { trashOutlook } from '../engine/trash/trash-estimate.ts';
import { trashFolder } from '../engine/trash/trash-folder.ts';
import { trashWords } from '../engine/trash/trash-words.ts';
import { boundSize } from './bound-size.ts';
import type { Context } from './context.ts';
import { row } from './plan-report.ts';
import { viewFor } from './progress/follow.ts';

/** Errors: ConfigError, and those of opening a folder. */
export async function trashOf({ config, io }: Pick<Context, 'config' | 'io'>): Promise<Trash> {
  const { trash: settings } = await config();
  return await openTrash({ folder: trashFolder(io.env, io.env['HOME'] || homedir()), settings });
}

/** Where deleted images are kept first; undefined where the settings or `--no-trash` say that they are not. */
export async function keepingTrash(context: Context): Promise<Trash | undefined> {
  const { trash: settings } = await context.config();
  if (settings === undefined || context.flags.on('no-trash')) return undefined;
  return await trashOf(context);
}

/** Lines for a plan's report on what the trash will keep of it; `''` where it keeps nothing. */
export async function trashReport(
  context: Context,
  stock: Stock,
  plan: Pick<Plan, 'steps'>,
): Promise<string> {
  const trash = await keepingTrash(context);
  if (trash === undefined) return '';
  const { engine } = await context.connect();
  const outlook = await trashOutlook(trash, engine.info, stock, plan);
  if (outlook === undefined) return '';
  const home = context.io.env['HOME'] || homedir();
  const { keeps, disk } = trashWords(outlook, { size: boundSize, home });
  return [keeps, disk].map((text) => (text === '' ? '' : `${row('Trash', text)}\n`)).join('');
}

/** Runs something that deletes, and shows how images go into the trash before it. */
export async function* withKeepingShown<Event extends { readonly type: string }, Result>(
  context: Context,
  execute: (options: ExecuteOptions) => AsyncGenerator<Event, Result, void>,
): AsyncGenerator<Exclude<Event, KeepingEvent>, Result, void> {
  const trash = await keepingTrash(context);
  const { signal, flags } = context;
  const events = execute({ signal, trash });
  // A document has no place for progress.
  const view = trash === undefined || flags.on('json') ? undefined : viewFor(context);
  let last: KeepingEvent | undefined;
  const show = (stage: 'writing' | 'done') => {
    if (last === undefined) return;
    const { done, total } = last;
    view?.show({ type: 'part', id: 'trash', stage, done, total: stage === 'done' ? done : total });
  };
  try {
    for (;;) {
      const next = await events.next();
      if (!next.done && isKeeping(next.value)) {
        last = next.value;
        show('writing');
        continue;
      }
      // Whatever comes next, the trash has all of it.
      show('done');
      last = undefined;
      if (next.done) return next.value;
      yield next.value as Exclude<Event, KeepingEvent>;
    }
  } finally {
    view?.end();
    await events.return(undefined as never);
  }
}

function isKeeping(event: { readonly type: string }): event is KeepingEvent {
  return event.type === 'keeping';
}

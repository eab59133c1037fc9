/** `nacre trash`: deleted images that can come back, and their way back. */
import { homedir } from 'node:os';
import { asEngineError, EngineError } from '../../engine/errors.ts';
import { parseReference, shortId } from '../../engine/reference.ts';
import type { Restored, Trash } from '../../engine/trash/trash.ts';
import type { TrashItem } from '../../engine/trash/trash-item.ts';
import { dayText, folderText } from '../../engine/trash/trash-words.ts';
import { inOneAct } from '../../engine/undo/journaling.ts';
import type { Context } from '../context.ts';
import { dockerAge } from '../docker-duration.ts';
import { dockerSize } from '../docker-size.ts';
import { DONE, FAILED, UsageError } from '../failure.ts';
import { trashOf } from '../known-trash.ts';
import { count, some } from '../plan-report.ts';
import { follow } from '../progress/follow.ts';
import { ask } from '../question.ts';
import { alignTabs } from '../tab-table.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands, options } = context;
  const [action, ...images] = operands;
  if (action !== undefined && action !== 'restore')
    throw new UsageError(`trash cannot '${action}': it lists, restores with restore IMAGE, or --empty`);
  if (action === 'restore' && images.length === 0) throw new UsageError('restore needs an IMAGE');
  if (action === 'restore' && flags.on('empty'))
    throw new UsageError('restore and --empty exclude each other');
  const trash = await trashOf(context);
  if (!options.readOnly) await trash.expire();
  if (flags.on('empty')) return await empty(context, trash);
  return action === undefined ? await list(context, trash) : await restore(context, trash, images);
}

async function list(context: Context, trash: Trash): Promise<number> {
  const { flags, output, io } = context;
  const [items, usage] = await Promise.all([trash.list(), trash.usage()]);
  if (flags.on('json')) {
    const { folder, settings = null } = trash;
    await output.json({ folder, settings, bytes: usage.bytes, items });
    return DONE;
  }
  const now = Date.now() / 1000;
  const rows = items.map(
    ({ id, references, engine, kept, until, size }) =>
      `${shortId(id)}\t${references.length === 0 ? '<none>' : some(references)}\t${dockerAge(kept, now)}\t${dockerSize(size)}\t${dayText(until, now)}\t${engine.address}`,
  );
  if (rows.length > 0) {
    await output.write(alignTabs(['IMAGE ID\tNAMES\tDELETED\tSIZE\tUNTIL\tENGINE', ...rows, ''].join('\n')));
  }
  io.stderr.write(`${stateLine(context, trash, usage.bytes, items.length)}\n`);
  return DONE;
}

/** `3 images, 1.2GB in ~/.local/share/nacre/trash; kept for …`. */
function stateLine({ io }: Context, { folder, settings }: Trash, bytes: number, images: number): string {
  const place = folderText(folder, io.env['HOME'] || homedir());
  const what =
    images === 0
      ? `The trash ${place} is empty`
      : `${count(images, 'image')}, ${dockerSize(bytes)} in ${place}`;
  return settings === undefined ? `${what}. It is off: nothing new goes into it.` : `${what}.`;
}

async function empty(context: Context, trash: Trash): Promise<number> {
  const { flags, io, output, options } = context;
  if (options.readOnly) {
    throw new EngineError({
      code: 'read-only',
      message: '--empty would delete images for good, and --read-only forbids that',
      hint: 'leave --read-only out to do it',
    });
  }
  const sure = flags.on('force') || flags.on('yes');
  if (!sure && io.stdin.isTTY !== true)
    throw new UsageError('--empty cannot ask here, because stdin is no terminal: give --force');
  const items = await trash.list();
  if (!sure && items.length > 0) {
    const names = some(items.map(nameOf));
    io.stderr.write(`This deletes ${count(items.length, 'image')} for good: ${names}.\n`);
    if (!(await ask(io, 'Are you sure you want to continue?', context.signal))) return DONE;
  }
  const emptied = await trash.empty(sure ? undefined : items.map(({ key }) => key));
  if (flags.on('json')) {
    await output.json({ deleted: emptied.items, freedBytes: emptied.freed });
    return DONE;
  }
  await output.write(emptied.items.map((item) => `Deleted: ${nameOf(item)}\n`).join(''));
  await output.write(`Total reclaimed space: ${dockerSize(emptied.freed)}\n`);
  return DONE;
}

/** One after the other; what cannot be restored fails with a line of its own. */
async function restore(context: Context, trash: Trash, images: readonly string[]): Promise<number> {
  const { flags, output, complain, signal } = context;
  const { engine } = await context.connect();
  const done: Restored[] = [];
  let code = DONE;
  for (const image of images) {
    try {
      const item = find(await trash.list(), image, engine.info);
      // All its names are one change in the journal.
      const events = trash.restore(inOneAct(engine), item.key, { signal });
      const restored = flags.on('json') ? await toEnd(events) : await follow(context, events);
      done.push(restored);
      if (!flags.on('json')) await output.write(restoredText(restored));
      for (const { reference, id } of restored.taken) {
        complain(`${reference} is the name of ${shortId(id)} by now, which keeps it`);
        code = FAILED;
      }
    } catch (thrown) {
      const { code: kind, message, hint } = asEngineError(thrown);
      if (kind === 'cancelled') throw thrown;
      complain(message, hint);
      code = FAILED;
    }
  }
  if (flags.on('json')) await output.json(done);
  return code;
}

async function toEnd<Result>(events: AsyncGenerator<unknown, Result, void>): Promise<Result> {
  for (;;) {
    const next = await events.next();
    if (next.done) return next.value;
  }
}

function restoredText({ id, sameId, item, references, lostDigests }: Restored): string {
  const lines = [`Restored: ${id}`, ...references.map((reference) => `Tagged: ${reference}`)];
  if (!sameId) lines.push(`It was ${item.id} before: engines of different kinds call images differently`);
  for (const digest of lostDigests) lines.push(`Not given back: ${digest}, which only a pull gives`);
  return `${lines.join('\n')}\n`;
}

function nameOf({ references, id }: TrashItem): string {
  return references[0] ?? shortId(id);
}

/** The newest that is meant, of this engine before others. Errors: `not-found`, `bad-input` for an id's beginning of several. */
function find(
  items: readonly TrashItem[],
  image: string,
  engine: { readonly kind: string; readonly address: string },
): TrashItem {
  const exact = items.filter((item) => item.key === image || item.references.includes(tagged(image)));
  const start = image.replace(/^sha256:/, '');
  const found =
    exact.length > 0 || !/^[0-9a-f]{2,64}$/.test(start)
      ? exact
      : items.filter(({ id }) => id.startsWith(`sha256:${start}`));
  const ids = new Set(found.map(({ id }) => id));
  if (exact.length === 0 && ids.size > 1) {
    throw new EngineError({
      code: 'bad-input',
      message: `${image} is the beginning of ${ids.size} image ids in the trash`,
      hint: 'Give more digits of the id, or a name.',
    });
  }
  const [first] = found;
  const item =
    found.find(({ engine: { kind, address } }) => kind === engine.kind && address === engine.address) ??
    first;
  if (item !== undefined) return item;
  throw new EngineError({
    code: 'not-found',
    message: `no image in the trash is called ${image}`,
    hint: 'See what is there with: nacre trash',
  });
}

function tagged(image: string): string {
  try {
    return parseReference(image).withDefaultTag().familiar();
  } catch {
    return '';
  }
}

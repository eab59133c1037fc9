/** `nacre store check|gc|path`: looks after the embedded engine's store. */
import { chooseEngine } from '../../engine/choose.ts';
import { checkStore, type Problem } from '../../engine/embedded/check.ts';
import { collectGarbage } from '../../engine/embedded/collect.ts';
import { Store } from '../../engine/embedded/store.ts';
import type { Context } from '../context.ts';
import { dockerSize } from '../docker-size.ts';
import { DONE, FAILED, UsageError } from '../failure.ts';
import { viewFor } from '../progress/follow.ts';

const ACTIONS = new Map([
  ['check', check],
  ['gc', collect],
  ['path', tellPath],
]);

export async function run(context: Context): Promise<number> {
  const [action = ''] = context.operands;
  const perform = ACTIONS.get(action);
  if (perform === undefined)
    throw new UsageError(`store cannot '${action}', only ${[...ACTIONS.keys()].join(', ')}`);
  return perform(context);
}

/** Whatever else is set: these commands are of use to nothing but the store. */
async function folderOf({ options, io, config }: Context): Promise<string> {
  const { engine: settings } = await config();
  const choice = await chooseEngine({ ...options, embedded: true, settings }, { env: io.env });
  return 'store' in choice ? choice.store : '';
}

async function tellPath(context: Context): Promise<number> {
  const path = await folderOf(context);
  if (context.flags.on('json')) await context.output.json({ path });
  else await context.output.write(`${path}\n`);
  return DONE;
}

async function check(context: Context): Promise<number> {
  const { flags, signal, output, complain } = context;
  const json = flags.on('json');
  const store = await Store.open(await folderOf(context));
  const view = json ? undefined : viewFor(context);
  const report = await checkStore(store, {
    signal,
    onProgress: (done, total) =>
      void view?.show({ type: 'part', id: 'store', stage: 'checking', done, total }),
  }).finally(() => view?.end());
  const { problems, images, blobs, bytes, reclaimable } = report;
  if (json) await output.json(report);
  else {
    const { now, later } = reclaimable;
    const waste =
      later === 0 ? '' : `, ${dockerSize(now)} to be reclaimed now and ${dockerSize(later)} in a day`;
    await output.write(problems.map(problemLine).join(''));
    await output.write(
      `${count(blobs, 'blob')} of ${count(images, 'image')} read, ${dockerSize(bytes)}${waste}\n`,
    );
  }
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) complain(`the store ${store.folder} has ${count(errors, 'error')}`);
  return errors > 0 ? FAILED : DONE;
}

async function collect(context: Context): Promise<number> {
  const { flags, signal, output } = context;
  const young = flags.on('all');
  const dryRun = flags.on('dry-run');
  const store = await Store.open(await folderOf(context));
  const { digests, freed } = dryRun
    ? await collectGarbage(store, { young, dryRun })
    : await store.collect({ young, signal });
  if (flags.on('json')) {
    await output.json({ dryRun, deleted: digests, freedBytes: freed });
    return DONE;
  }
  const verb = dryRun ? 'would delete' : 'deleted';
  await output.write(digests.map((digest) => `${verb}: ${digest}\n`).join(''));
  await output.write(`${dryRun ? 'Would reclaim' : 'Total reclaimed space'}: ${dockerSize(freed)}\n`);
  return DONE;
}

function problemLine({ severity, message, hint }: Problem): string {
  return `${severity}: ${message}. ${hint}\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

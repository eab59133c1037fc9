/** `nacre df`: docker's summary of disk usage, with what an image clean-up would really give back. */

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { unusedImages } from '../../engine/cleanup/unused-images.ts';
import type { DiskUsage, Usage } from '../../engine/disk-usage.ts';
import type { Size } from '../../engine/engine.ts';
import { asEngineError } from '../../engine/errors.ts';
import { buildLedger, type Ledger } from '../../engine/ledger.ts';
import type { TrashUsage } from '../../engine/trash/trash.ts';
import { dayText, folderText } from '../../engine/trash/trash-words.ts';
import { boundReasons, boundSize } from '../bound-size.ts';
import { stockAndUsage } from '../connected-stock.ts';
import type { Context } from '../context.ts';
import { dockerAge } from '../docker-duration.ts';
import { dockerSize } from '../docker-size.ts';
import { DONE } from '../failure.ts';
import { imageRows, truncatedId } from '../image-row.ts';
import { pinsOf } from '../known-pins.ts';
import { trashOf } from '../known-trash.ts';
import { count } from '../plan-report.ts';
import { alignTabs } from '../tab-table.ts';

export async function run(context: Context): Promise<number> {
  const { flags, output, io } = context;
  const { stock, usage: engineUsage } = await stockAndUsage(context);
  const ledger = buildLedger(stock);
  // The engine adds up sizes that images share; the plan of removing all unused ones does not.
  const { freed: reclaimable } = unusedImages(stock, await pinsOf(context));
  const usage: DiskUsage = { ...engineUsage, images: { ...engineUsage.images, reclaimable } };
  const trash = await trashUsage(context);
  if (flags.on('json')) {
    const document = flags.on('verbose') ? { ...usage, ledger: ledgerDocument(ledger) } : summary(usage);
    await output.json({ ...document, ...(trash !== undefined && { trash }) });
    return DONE;
  }
  const kinds: [string, Usage][] = [
    ['Images', usage.images],
    ['Containers', usage.containers],
    ['Local Volumes', usage.volumes],
    ['Build Cache', usage.buildCache],
  ];
  const sizes = kinds.flatMap(([, kind]) => [kind.size, kind.reclaimable]);
  let text = '';
  if (flags.on('verbose')) {
    const rows = imageSection(ledger, sizes);
    text += `Images space usage:\n\n${rows}\n`;
    text += `Build cache usage: ${boundSize(usage.buildCache.size)}\n\n${cacheSection(usage)}\n`;
  }
  text += table(
    'TYPE\tTOTAL\tACTIVE\tSIZE\tRECLAIMABLE',
    kinds.map(([name, kind]) => {
      const { count, active, size, reclaimable: back } = kind;
      const share = name === 'Build Cache' ? '' : percent(back, size);
      return `${name}\t${count}\t${active}\t${boundSize(size)}\t${boundSize(back)}${share}`;
    }),
  );
  if (trash !== undefined) text += trashLine(context, trash);
  await output.write(text);
  for (const reason of boundReasons(sizes)) io.stderr.write(`${reason}\n`);
  return DONE;
}

interface TrashTotals extends TrashUsage {
  readonly folder: string;
}

/** Undefined where it is off and nothing is left in it. What cannot be read of it is complained about. */
async function trashUsage(context: Context): Promise<TrashTotals | undefined> {
  try {
    const trash = await trashOf(context);
    if (trash.settings === undefined && !existsSync(trash.folder)) return undefined;
    const usage = await trash.usage();
    return trash.settings === undefined && usage.images === 0
      ? undefined
      : { folder: trash.folder, ...usage };
  } catch (thrown) {
    const { message, hint } = asEngineError(thrown);
    context.complain(message, hint);
    return undefined;
  }
}

/** It is no part of the engine, so it stands below its table. */
function trashLine({ io }: Context, { folder, bytes, images, next }: TrashTotals): string {
  const place = folderText(folder, io.env['HOME'] || homedir());
  const until = next === undefined ? '' : `, the next goes ${dayText(next)}`;
  return `\nTrash: ${count(images, 'deleted image')}, ${dockerSize(bytes)} in ${place}${until}\n`;
}

/** Adds the sizes it shows to `sizes`, so that their reasons are told too. */
function imageSection(ledger: Ledger, sizes: Size[]): string {
  const now = Date.now() / 1000;
  const known = ledger.stock.images.filter((image) => image.role !== 'intermediate');
  const users = new Map<string, number>();
  for (const { imageId } of ledger.stock.containers) users.set(imageId, (users.get(imageId) ?? 0) + 1);
  return table(
    'REPOSITORY\tTAG\tIMAGE ID\tCREATED\tSIZE\tSHARED SIZE\tUNIQUE SIZE\tCONTAINERS',
    imageRows(known, false).map(({ image, repository, tag }) => {
      const shared = ledger.shared(image.id);
      const own = ledger.own(image.id);
      sizes.push(shared, own);
      const containers = ledger.stock.containersKnown ? String(users.get(image.id) ?? 0) : 'N/A';
      const start = `${repository}\t${tag}\t${truncatedId(image.id)}\t${dockerAge(image.created, now)}`;
      return `${start}\t${dockerSize(image.size)}\t${boundSize(shared)}\t${boundSize(own)}\t${containers}`;
    }),
  );
}

function cacheSection(usage: DiskUsage): string {
  const now = Date.now() / 1000;
  return table(
    'CACHE ID\tCACHE TYPE\tSIZE\tCREATED\tLAST USED\tUSAGE\tSHARED',
    usage.buildCacheItems.map((item) => {
      const used = item.lastUsed === 0 ? '' : dockerAge(item.lastUsed, now);
      const start = `${item.id.slice(0, 12)}\t${item.type}\t${dockerSize(item.size)}`;
      return `${start}\t${dockerAge(item.created, now)}\t${used}\t${item.usageCount}\t${item.shared}`;
    }),
  );
}

function table(heading: string, rows: readonly string[]): string {
  return alignTabs([heading, ...rows, ''].join('\n'));
}

function percent(part: Size, whole: Size): string {
  return whole.bytes > 0 ? ` (${Math.trunc((part.bytes * 100) / whole.bytes)}%)` : '';
}

function summary({ layersTotal, images, containers, volumes, buildCache }: DiskUsage) {
  return { layersTotal, images, containers, volumes, buildCache };
}

function ledgerDocument(ledger: Ledger) {
  return ledger.stock.images.map(({ id, references }) => ({
    id,
    references,
    own: ledger.own(id),
    shared: ledger.shared(id),
  }));
}

/**
 * Finds images by the table `repositories` alone, as Docker before 1.10 wrote it: an image is a chain of
 * `<id>/json` with one `<id>/layer.tar` each. Made into one with a config as Docker itself migrates them,
 * so that it has the id that `docker load` gives it. Source: Docker image specification 1.0.
 */
import { isRecord } from '../oci/descriptor.ts';
import type { TransferLine } from '../transfer.ts';
import { assemble } from './docker-archive.ts';
import { damaged, shown } from './fault.ts';
import { addName, type FoundImage } from './found-image.ts';
import { goJson, sortedKeys } from './go-json.ts';
import type { Intake } from './intake.ts';
import { readTable } from './table.ts';

/** Docker itself has never built deeper ones. */
const MAX_LAYERS = 512;
/** What belongs to one link of the chain, not to the image. */
const OF_ONE_LINK = new Set(['id', 'parent', 'Size', 'parent_id', 'layer_id', 'throwaway']);

/** Errors: `corrupt`. */
export async function findV1Images(intake: Intake, log: (line: TransferLine) => void): Promise<FoundImage[]> {
  const table = await readTable(intake, 'repositories');
  if (!isRecord(table)) throw damaged('its file repositories is no table');
  const byTop = new Map<string, FoundImage>();
  for (const [name, tags] of Object.entries(table)) {
    if (!isRecord(tags)) throw damaged('its file repositories is no table of tags');
    for (const [tag, top] of Object.entries(tags)) {
      if (typeof top !== 'string') throw damaged(`the name ${shown(`${name}:${tag}`)} leads nowhere`);
      const image = byTop.get(top) ?? (await migrate(intake, top));
      byTop.set(top, image);
      const line = addName(image, `${name}:${tag}`);
      if (line !== undefined) log(line);
    }
  }
  return [...byTop.values()];
}

interface Link {
  readonly id: string;
  readonly json: Readonly<Record<string, unknown>>;
}

async function migrate(intake: Intake, top: string): Promise<FoundImage> {
  const chain = await readChain(intake, top);
  const paths = chain.map(({ id }) => `${id}/layer.tar`);
  const diffIds: string[] = [];
  for (const path of paths) {
    const blob = await intake.blob(path);
    if (blob === undefined) throw damaged(`the layer ${shown(path)} is not in it`);
    if ((await intake.compressionOf(blob.digest)) !== 'none')
      throw damaged(`the layer ${shown(path)} is no plain tar`);
    diffIds.push(blob.digest);
  }
  const own = Object.entries(chain.at(-1)!.json).filter(([key]) => !OF_ONE_LINK.has(key));
  const config = Object.fromEntries([
    ...own,
    ['history', chain.map(({ json }) => historyOf(json))],
    ['rootfs', { type: 'layers', diff_ids: diffIds }],
  ]);
  return await assemble(intake, Buffer.from(goJson(sortedKeys(config))), diffIds, paths);
}

/** From the base up. */
async function readChain(intake: Intake, top: string): Promise<Link[]> {
  const chain: Link[] = [];
  const seen = new Set<string>();
  for (let id = top; id !== ''; ) {
    if (!/^[0-9a-f]{64}$/.test(id)) throw damaged(`${JSON.stringify(shown(id))} is no id of a layer`);
    if (seen.has(id) || chain.length >= MAX_LAYERS)
      throw damaged(`the layers below ${shown(top)} have no end`);
    seen.add(id);
    const json = await readTable(intake, `${id}/json`);
    if (!isRecord(json)) throw damaged(`the description of the layer ${id.slice(0, 12)} is not in it`);
    chain.push({ id, json });
    const { parent } = json;
    id = typeof parent === 'string' ? parent : '';
  }
  return chain.reverse();
}

function historyOf(json: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const container = isRecord(json['container_config']) ? json['container_config'] : {};
  const command = Array.isArray(container['Cmd']) ? container['Cmd'].join(' ') : '';
  return {
    created: json['created'],
    ...(json['author'] ? { author: json['author'] } : {}),
    ...(command && { created_by: command }),
    ...(json['comment'] ? { comment: json['comment'] } : {}),
  };
}

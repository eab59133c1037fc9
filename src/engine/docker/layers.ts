/** An image's layers: diff IDs from its inspection, sizes from its history, joined where that is beyond doubt. */
import { createHash } from 'node:crypto';
import type { CallOptions } from '../engine.ts';
import type { History, ImageLayers, Layer } from '../image.ts';
import { tidyInstruction } from '../instruction.ts';
import { imageHistory } from './history.ts';
import { fetchInspect } from './images.ts';
import { readInspect } from './inspect-document.ts';
import type { Session } from './session.ts';

/** Source: `GET /images/{name}/json` (`RootFS.Layers`) and `GET /images/{name}/history`. */
export async function imageLayers(
  session: Session,
  image: string,
  options: CallOptions = {},
): Promise<ImageLayers> {
  const [answer, history] = await Promise.all([
    fetchInspect(session, image, options),
    imageHistory(session, image, options),
  ]);
  const { id, diffIds, size } = readInspect(session, answer);
  // Only a classic store's image size is the sum of its layers.
  return matchLayers(id, diffIds, history, session.kind === 'docker-classic' ? size : undefined);
}

/**
 * Joins diff IDs (from the base up) with history rows (newest first). Rows with a size are layers; rows
 * without may be: a layer can hold nothing but a directory. `total` is the image's size where it is the
 * sum of its layers.
 */
export function matchLayers(
  id: string,
  diffIds: readonly string[],
  history: readonly History[],
  total: number | undefined,
): ImageLayers {
  const rows = history.toReversed();
  const chains = chainIds(diffIds);
  const make = (found: readonly (Found | undefined)[]): Layer[] =>
    diffIds.map((diffId, index) => ({
      chainId: chains[index]!,
      diffId,
      size: found[index]?.size ?? 0,
      createdBy: found[index]?.createdBy ?? '',
    }));

  const sum = rows.reduce((bytes, row) => bytes + row.size, 0);
  if (diffIds.length === 1 && total !== undefined && sum !== total) {
    return { id, layers: make([{ size: total, createdBy: '', step: 0 }]), exact: true };
  }
  const { found, reason } = assign(rows, diffIds.length);
  const doubt =
    reason ?? (total !== undefined && sum !== total ? 'its history does not add up to its size' : undefined);
  return {
    id,
    layers: make(found),
    exact: doubt === undefined,
    ...(doubt !== undefined && { reason: doubt }),
  };
}

/** Which step made a layer, for each from the base up; `''` and 0 where the history does not tell. `total`: as in `matchLayers`. */
export function layerSteps(
  diffIds: readonly string[],
  history: readonly History[],
  total: number | undefined,
): readonly Pick<Found, 'createdBy' | 'step'>[] {
  const rows = history.toReversed();
  const sum = rows.reduce((bytes, row) => bytes + row.size, 0);
  const isOther = diffIds.length === 1 && total !== undefined && sum !== total;
  const found = isOther ? [] : assign(rows, diffIds.length).found;
  return diffIds.map((_, at) => ({ createdBy: found[at]?.createdBy ?? '', step: found[at]?.step ?? 0 }));
}

interface Found {
  readonly size: number;
  readonly createdBy: string;
  /** Its row, counted from the oldest, which is 1. */
  readonly step: number;
}

/** One entry a layer; sizes are certain unless there is a reason. */
function assign(
  rows: readonly History[],
  count: number,
): { readonly found: readonly (Found | undefined)[]; readonly reason?: string } {
  const sized = rows.filter((row) => row.size > 0).length;
  const missing = count - sized;
  if (missing < 0) return { found: [], reason: 'its history names more layers than it has' };
  const all = rows.filter((row) => row.size === 0).length;
  const likely = rows.filter((row) => row.size === 0 && mayBeLayer(row)).length;
  // Either no row without a size is a layer, or all that can be are.
  if (missing === 0) return { found: take(rows, (row) => row.size > 0) };
  if (missing === likely) return { found: take(rows, (row) => row.size > 0 || mayBeLayer(row)) };
  if (missing === all) return { found: take(rows, () => true) };
  if (missing > likely) return { found: [], reason: 'its history does not tell of all its layers' };
  return assignAmong(rows, missing);
}

/** Some of the rows without a size are layers: certain for sizes only when all of those lie between the same two layers. */
function assignAmong(
  rows: readonly History[],
  missing: number,
): { readonly found: readonly (Found | undefined)[]; readonly reason?: string } {
  const found: (Found | undefined)[] = [];
  let gaps = 0;
  let inGap = false;
  for (const [at, row] of rows.entries()) {
    if (row.size > 0) {
      found.push(fact(row, at));
      inGap = false;
    } else if (mayBeLayer(row) && !inGap) {
      inGap = true;
      gaps++;
      if (gaps === 1) for (let one = 0; one < missing; one++) found.push(undefined);
    }
  }
  if (gaps === 1) return { found };
  return { found, reason: 'its history does not tell which of its empty steps made a layer' };
}

function take(rows: readonly History[], isLayer: (row: History) => boolean): Found[] {
  return rows.flatMap((row, at) => (isLayer(row) ? [fact(row, at)] : []));
}

function fact(row: History, at: number): Found {
  return { size: row.size, createdBy: tidyInstruction(row.createdBy), step: at + 1 };
}

/** Instructions that only change the configuration never make a layer. */
const CONFIGURES =
  /^(?:ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b/i;

function mayBeLayer(row: History): boolean {
  return !CONFIGURES.test(tidyInstruction(row.createdBy));
}

/** Source: OCI image spec, Layer ChainID. */
export function chainIds(diffIds: readonly string[]): string[] {
  let chain = '';
  return diffIds.map((diffId) => {
    chain =
      chain === '' ? diffId : `sha256:${createHash('sha256').update(`${chain} ${diffId}`).digest('hex')}`;
    return chain;
  });
}

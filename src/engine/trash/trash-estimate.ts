/** What the trash will take of a plan, before anything is done. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EngineInfo, EngineKind, Size } from '../engine.ts';
import type { ImageLayers } from '../image.ts';
import type { Plan } from '../plan.ts';
import { type Doubt, sizeOf } from '../removal-doubt.ts';
import type { Stock } from '../stock.ts';
import type { Trash } from './trash.ts';

/** Ids of the images that the trash keeps of a plan: untagged parents that go along are in their children's layers. */
export function keptOf(plan: Pick<Plan, 'steps'>): string[] {
  return plan.steps.flatMap((step) => (step.action === 'delete' && !step.parent ? [step.id] : []));
}

const TARS: Doubt = { bound: 'about', reason: 'layers are kept as tars, a little larger than their files' };
const PACKED: Doubt = {
  bound: 'about',
  reason: 'layers are kept packed, as the containerd store sends them',
};
const UNREAD: Doubt = { bound: 'at-least', reason: 'the layers of some of these images are not known yet' };

/** Bytes at most: what of it the trash has already is kept once. */
export function trashEstimate(stock: Stock, plan: Pick<Plan, 'steps'>): Size {
  const ids = keptOf(plan);
  const parts = new Map<string, number>();
  const doubts: Doubt[] = [];
  for (const id of ids) {
    const layers = stock.layers.get(id);
    if (layers === undefined) doubts.push(UNREAD);
    else for (const [digest, size] of partsOf(layers, stock.kind)) parts.set(digest, size);
  }
  if (ids.length > 0 && stock.kind !== 'embedded') {
    doubts.push(stock.kind === 'docker-containerd' ? PACKED : TARS);
  }
  return sizeOf(
    [...parts.values()].reduce((sum, size) => sum + size, 0),
    doubts,
  );
}

/** Unlike on the disk of an engine that unpacks them, the same layer on other ones is the same file. */
function partsOf({ layers, metadata = [] }: ImageLayers, kind: EngineKind): [string, number][] {
  const own = layers.map(({ blob, diffId, size }): [string, number] => [blob ?? diffId, size]);
  if (kind !== 'embedded') return own;
  return [...own, ...metadata.map(({ digest, size }): [string, number] => [digest, size])];
}

export interface TrashOutlook {
  readonly bytes: Size;
  /** Unix seconds until when it stays. */
  readonly until: number;
  readonly folder: string;
  /**
   * Where `yes`, deleting frees less by what the trash takes, until it goes from there; `linked`: trash and store are
   * to share files, so that nothing more is taken and nothing of what goes is free before then.
   */
  readonly sameDisk: 'yes' | 'linked' | 'no' | 'unknown';
  /** More than the trash may have: carrying out the plan would fail before anything is deleted. */
  readonly tooLarge: boolean;
}

/** Undefined where the trash is off, or the plan deletes no image. `now` in Unix seconds. */
export async function trashOutlook(
  trash: Trash,
  engine: EngineInfo,
  stock: Stock,
  plan: Pick<Plan, 'steps'>,
  now: number = Math.floor(Date.now() / 1000),
): Promise<TrashOutlook | undefined> {
  const { settings, folder } = trash;
  if (settings === undefined || keptOf(plan).length === 0) return undefined;
  const bytes = trashEstimate(stock, plan);
  return {
    bytes,
    until: now + settings.keep,
    folder,
    sameDisk: await isSameDisk(engine, folder),
    // What containerd tells are unpacked bytes, and what it sends may be fewer.
    tooLarge: bytes.bytes > settings.size && engine.kind !== 'docker-containerd',
  };
}

const IS_HERE = /^(?:unix:|tcp:\/\/(?:localhost|127\.|\[::1\]))/;

async function isSameDisk({ kind, address }: EngineInfo, folder: string): Promise<TrashOutlook['sameDisk']> {
  // Only of a local engine can it be; where it keeps its images no API call tells all clients.
  if (kind !== 'embedded') return IS_HERE.test(address) ? 'unknown' : 'no';
  const [own, other] = await Promise.all([diskOf(address), diskOf(folder)]);
  if (own === undefined || other === undefined) return 'unknown';
  return own === other ? 'linked' : 'no';
}

/** Of a folder, or of the place where it will be made. */
async function diskOf(folder: string): Promise<number | undefined> {
  try {
    return (await stat(folder)).dev;
  } catch {
    const parent = dirname(folder);
    return parent === folder ? undefined : await diskOf(parent);
  }
}

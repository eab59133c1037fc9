/** What an engine says about disk space. */

import { setTimeout } from 'node:timers/promises';
import type { BuildCacheItem, DiskUsage, ImageUsage, Usage } from '../disk-usage.ts';
import type { CallOptions, EngineKind, Size } from '../engine.ts';
import { cancelled, EngineError } from '../errors.ts';
import { SLOW_MS } from './http.ts';
import { imageId, known, number, seconds, text, texts } from './normalise.ts';
import type { Session } from './session.ts';
import type { BuildCacheRow, ContainerRow, SystemDf, VolumeRow } from './wire.ts';

/** Source: `GET /system/df`. */
export async function diskUsage(session: Session, options: CallOptions = {}): Promise<DiskUsage> {
  const { signal } = options;
  for (let waited = 0; ; waited += BUSY_PAUSE) {
    try {
      const answer = await session.http.object<SystemDf>({
        path: '/system/df',
        doing: 'measure disk usage',
        timeout: SLOW_MS,
        signal,
      });
      return readDiskUsage(session.kind, answer);
    } catch (thrown) {
      if (!(thrown instanceof EngineError)) throw thrown;
      const isBusy = BUSY.test(`${thrown.message} ${thrown.detail}`) && waited < SLOW_MS;
      const isStumble =
        session.kind === 'docker-containerd' && STUMBLES.has(thrown.code) && waited < STUMBLE_MS;
      if (!isBusy && !isStumble) throw thrown;
      await setTimeout(BUSY_PAUSE, undefined, signal === undefined ? {} : { signal }).catch(() => {
        throw cancelled();
      });
    }
  }
}

/** Docker 20 measures for one client at a time and sends the others away. */
const BUSY = /disk usage operation is already running/i;
const BUSY_PAUSE = 100;
/** A containerd store stumbles over what is being removed while it measures, and answers 404. */
const STUMBLES: ReadonlySet<string> = new Set(['not-found', 'unsupported']);
const STUMBLE_MS = 2_000;

export function readDiskUsage(kind: EngineKind, answer: Partial<SystemDf>): DiskUsage {
  const perImage = readImages(kind, rowsOf(answer.Images));
  const items = rowsOf(answer.BuildCache).map(readItem);
  const layersTotal = totalOf(kind, number(answer.LayersSize), perImage, rowsOf(answer.Images));
  return {
    layersTotal,
    images: imageUsage(kind, perImage, layersTotal),
    containers: containerUsage(rowsOf(answer.Containers)),
    volumes: volumeUsage(rowsOf(answer.Volumes)),
    buildCache: cacheUsage(items),
    perImage,
    buildCacheItems: items,
    written: writtenBy(rowsOf(answer.Containers)),
    volumeSizes: volumeSizes(rowsOf(answer.Volumes)),
  };
}

function volumeSizes(rows: readonly Partial<VolumeRow>[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    rows.flatMap((row) => {
      const size = known(row.UsageData?.Size);
      return size === undefined ? [] : [[text(row.Name), size]];
    }),
  );
}

function writtenBy(rows: readonly Partial<ContainerRow>[]): Readonly<Record<string, number>> {
  return Object.fromEntries(rows.map((row) => [text(row.Id), known(row.SizeRw) ?? 0]));
}

/** Podman has a row for each name of an image, and shares that it gets wrong. */
function readImages(kind: EngineKind, rows: NonNullable<SystemDf['Images']>): ImageUsage[] {
  const byId = new Map<string, ImageUsage>();
  for (const row of rows) {
    const id = imageId(row.Id);
    if (id === '' || byId.has(id)) continue;
    byId.set(id, {
      id,
      size: number(row.Size),
      sharedSize: kind === 'podman' ? undefined : known(row.SharedSize),
      containers: known(row.Containers),
    });
  }
  return [...byId.values()];
}

function totalOf(
  kind: EngineKind,
  bytes: number,
  images: readonly ImageUsage[],
  rows: NonNullable<SystemDf['Images']>,
): Size {
  if (kind === 'docker-classic') return exact(bytes);
  if (kind === 'docker-containerd') {
    return about(bytes, 'the containerd store counts disk blocks, and compressed layers besides');
  }
  if (bytes > 0) return about(bytes, 'Podman counts layers of several images more than once');
  if (images.length === 0) return exact(0);
  // Podman 4 gives no total: what every image has alone, and the largest share once.
  const shares = new Map(rows.map((row) => [imageId(row.Id), number(row.SharedSize)]));
  const own = images.reduce((sum, { id, size }) => sum + Math.max(0, size - (shares.get(id) ?? 0)), 0);
  return about(
    own + Math.max(0, ...shares.values()),
    'this Podman tells no total; it is added up from its images',
  );
}

/** Reclaimable as far as the engine tells: once layers are known, the plan of all unused images tells more. */
function imageUsage(kind: EngineKind, images: readonly ImageUsage[], total: Size): Usage {
  const idle = images.filter((image) => (image.containers ?? 0) === 0);
  return {
    count: images.length,
    active: images.length - idle.length,
    size: total,
    reclaimable: reclaimable(),
  };

  function reclaimable(): Size {
    if (idle.length === images.length) return total;
    if (idle.length === 0) return exact(0);
    if (idle.some((image) => image.sharedSize === undefined)) {
      return { bytes: 0, bound: 'at-least', reason: 'the engine does not tell what its images share' };
    }
    const own = idle.reduce((sum, image) => sum + Math.max(0, image.size - (image.sharedSize ?? 0)), 0);
    if (kind === 'docker-containerd') {
      return about(
        Math.min(own, total.bytes),
        'the containerd store counts shared compressed layers for each image',
      );
    }
    return { bytes: own, bound: 'at-least', reason: 'layers that only unused images share come on top' };
  }
}

function containerUsage(rows: readonly Partial<ContainerRow>[]): Usage {
  const running = rows.filter((row) => /^(running|paused|restarting)$/i.test(text(row.State)));
  const bytes = (some: readonly Partial<ContainerRow>[]) =>
    exact(some.reduce((sum, row) => sum + (known(row.SizeRw) ?? 0), 0));
  const size = bytes(rows);
  return {
    count: rows.length,
    active: running.length,
    size,
    reclaimable: exact(size.bytes - bytes(running).bytes),
  };
}

function volumeUsage(rows: readonly Partial<VolumeRow>[]): Usage {
  const used = rows.filter((row) => number(row.UsageData?.RefCount) > 0);
  const unknown = rows.some((row) => known(row.UsageData?.Size) === undefined);
  const bytes = (some: readonly Partial<VolumeRow>[]): Size => {
    const sum = some.reduce((total, row) => total + (known(row.UsageData?.Size) ?? 0), 0);
    if (!unknown) return exact(sum);
    return { bytes: sum, bound: 'at-least', reason: 'the engine cannot measure volumes of other drivers' };
  };
  return {
    count: rows.length,
    active: used.length,
    size: bytes(rows),
    reclaimable: bytes(rows.filter((row) => !used.includes(row))),
  };
}

/** Cache that is an image's layer too is the image's. */
function cacheUsage(items: readonly BuildCacheItem[]): Usage {
  const bytes = (some: readonly BuildCacheItem[]) => exact(some.reduce((sum, item) => sum + item.size, 0));
  const own = items.filter((item) => !item.shared);
  return {
    count: items.length,
    active: items.filter((item) => item.inUse).length,
    size: bytes(own),
    reclaimable: bytes(own.filter((item) => !item.inUse)),
  };
}

function readItem(row: Partial<BuildCacheRow>): BuildCacheItem {
  const parents = texts(row[' Parents'] ?? row.Parents ?? row.Parent);
  return {
    id: text(row.ID),
    type: text(row.Type),
    description: text(row.Description),
    inUse: row.InUse === true,
    shared: row.Shared === true,
    size: number(row.Size),
    created: seconds(row.CreatedAt),
    lastUsed: seconds(row.LastUsedAt),
    usageCount: number(row.UsageCount),
    parents: parents.filter((parent) => parent !== ''),
  };
}

function rowsOf<Row>(rows: readonly Row[] | null | undefined): readonly Row[] {
  return Array.isArray(rows) ? rows : [];
}

function exact(bytes: number): Size {
  return { bytes, bound: 'exact' };
}

function about(bytes: number, reason: string): Size {
  return { bytes, bound: 'about', reason };
}

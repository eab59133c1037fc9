/** Removing what nothing uses: images and build cache. */
import type { BuildCachePruner } from '../disk-usage.ts';
import type { PruneOptions, PruneResult, RemovalEntry, Size } from '../engine.ts';
import { parseMoment } from '../moment.ts';
import { filterQuery, SLOW_MS } from './http.ts';
import { imageId, number, texts } from './normalise.ts';
import { readRemoval } from './removal.ts';
import type { Session } from './session.ts';
import type { RemovalRow } from './wire.ts';

const PRUNING = 'prune images';

/** Source: `POST /images/prune`; Podman before 5 removes unused images only through its own route. */
export async function pruneImages(session: Session, options: PruneOptions = {}): Promise<PruneResult> {
  const { unused = false, filters = {}, signal } = options;
  const until =
    filters.until === undefined
      ? undefined
      : [String(Math.floor(parseMoment(filters.until, Date.now() / 1000)))];
  if (session.kind === 'podman' && unused) {
    const rows = await session.http.rows<{ Id: string; Size: number; Err: string }>({
      method: 'POST',
      path: '/v4.0.0/libpod/images/prune',
      query: { all: 'true', filters: filterQuery({ label: filters.label, until }) },
      unversioned: true,
      doing: PRUNING,
      timeout: SLOW_MS,
      signal,
    });
    const gone = rows.filter((row) => !row.Err && imageId(row.Id) !== '');
    const removed = gone.map((row): RemovalEntry => ({ action: 'deleted', id: imageId(row.Id) }));
    return {
      removed,
      freed: freed(
        session,
        gone.reduce((bytes, row) => bytes + number(row.Size), 0),
      ),
    };
  }
  const answer = await session.http.object<{
    ImagesDeleted: readonly Partial<RemovalRow>[] | null;
    SpaceReclaimed: number;
  }>({
    method: 'POST',
    path: '/images/prune',
    query: { filters: filterQuery({ dangling: [String(!unused)], label: filters.label, until }) },
    doing: PRUNING,
    timeout: SLOW_MS,
    signal,
  });
  const rows = Array.isArray(answer.ImagesDeleted) ? answer.ImagesDeleted : [];
  return { removed: readRemoval(session.kind, rows), freed: freed(session, number(answer.SpaceReclaimed)) };
}

function freed(session: Session, bytes: number): Size {
  if (session.kind === 'podman') {
    return { bytes, bound: 'about', reason: 'Podman adds up whole images, layers that stay included' };
  }
  if (session.kind === 'docker-containerd') {
    return { bytes, bound: 'about', reason: 'the containerd store counts compressed layers alone' };
  }
  return { bytes, bound: 'exact' };
}

/** Source: `POST /build/prune`. */
export function buildCachePruner(session: Session): BuildCachePruner {
  return {
    async prune(options = {}) {
      const answer = await session.http.object<{
        CachesDeleted: readonly string[] | null;
        SpaceReclaimed: number;
      }>({
        method: 'POST',
        path: '/build/prune',
        query: { all: options.all || undefined, filters: filterQuery(options.filters ?? {}) },
        doing: 'prune the build cache',
        timeout: SLOW_MS,
        signal: options.signal,
      });
      return {
        deleted: texts(answer.CachesDeleted),
        freed: { bytes: number(answer.SpaceReclaimed), bound: 'exact' },
      };
    },
  };
}

/** The line of disk usage above the status row. */
import { size as sizeText } from '../app/format.ts';
import { kept } from '../app/kept.ts';
import type { Layout } from '../app/layout.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { reclaimableOf } from '../app/unused-images.ts';
import { width } from '../app/width.ts';
import type { Size } from '../engine/engine.ts';
import { bar, compose, type Piece } from './line.ts';

/** The line of disk usage by kind, with what could be reclaimed. */
export function diskRow(state: AppState, layout: Layout, theme: Theme): string {
  const { usage, unused, connection, absent } = state;
  return keptDisk(usage, unused, connection.status, absent, layout.columns, theme);
}

const keptDisk = kept(drawDisk);

function drawDisk(
  usage: AppState['usage'],
  unused: AppState['unused'],
  status: AppState['connection']['status'],
  absent: AppState['absent'],
  cells: number,
  theme: Theme,
): string {
  if (usage === undefined) {
    if (status !== 'connected') return compose(theme, cells, []);
    return compose(theme, cells, [' ', ['strong', 'DISK'], '  ', ['muted', 'the engine is counting …']]);
  }
  const total =
    usage.images.size.bytes +
    usage.buildCache.size.bytes +
    usage.containers.size.bytes +
    usage.volumes.size.bytes;
  const share = (value: number): number => (total === 0 ? 0 : value / total);
  const parts: [string, number, number][] = [
    [`images ${sizeText(usage.images.size)}`, share(usage.images.size.bytes), 11],
    ...parted(absent.buildCache, 'build cache', usage.buildCache.size, share, 2),
    ...parted(absent.containers, 'containers', usage.containers.size),
    ...parted(absent.containers, 'volumes', usage.volumes.size),
  ];
  const { total: free } = reclaimableOf(usage, unused);
  const reclaimable = free.bytes > 0 ? `${sizeText(free)} reclaimable` : 'nothing to reclaim';
  const left: Piece[] = [' ', ['strong', 'DISK'], '  '];
  const wanted = parts.reduce((sum, [label, , room]) => sum + width(label) + (room > 0 ? room + 1 : 0), 7);
  // Gaps give way before a part does.
  const gap = ' '.repeat(
    Math.max(1, Math.min(3, Math.floor((cells - wanted - width(reclaimable)) / parts.length))),
  );
  let used = 7;
  for (const [label, filled, room] of parts) {
    const need = width(label) + gap.length + (room > 0 ? room + 1 : 0);
    if (used + need + width(reclaimable) > cells) break;
    left.push(label, ...(room > 0 ? [' ', ...bar(room, filled)] : []), gap);
    used += need;
  }
  return compose(theme, cells, left, [['accent', reclaimable]]);
}

/** A kind of disk usage, unless the engine has no such thing. */
function parted(
  absent: string | undefined,
  name: string,
  size: Size,
  share: (value: number) => number = () => 0,
  room = 0,
): [string, number, number][] {
  return absent === undefined ? [[`${name} ${sizeText(size)}`, share(size.bytes), room]] : [];
}

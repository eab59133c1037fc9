/** Disk space by kind, as the engine accounts for it: in brief above the planner, and in full with the build cache item by item. */
import { ago, bytes, plural, shortId, size as sizeText } from '../app/format.ts';
import type { Layout } from '../app/layout.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { reclaimableOf } from '../app/unused-images.ts';
import { fit, fitEnd, wrap } from '../app/width.ts';
import type { DiskUsage, Usage } from '../engine/disk-usage.ts';
import type { Size } from '../engine/engine.ts';
import { bar, compose, fill, type Piece, rule } from './line.ts';

/** The whole of it in place of the planner. */
export function usageScreen(state: AppState, height: number, layout: Layout, theme: Theme): string[] {
  const cells = layout.columns;
  const { usage } = state;
  if (usage === undefined)
    return fill([rule(theme, cells, 'Disk', 'cursor'), compactUsage(state, theme, cells)], height, cells);
  const body = [
    ...usageRows(state, theme, cells),
    ...reasonRows(usage, state, theme, cells),
    compose(theme, cells, []),
    ...cacheRows(usage, state, theme, cells),
  ];
  const room = height - 1;
  const top = Math.max(0, Math.min(state.diskTop, body.length - room));
  const more =
    body.length > room ? ` · rows ${top + 1} to ${Math.min(body.length, top + room)} of ${body.length}` : '';
  return fill(
    [rule(theme, cells, `Disk ${bytes(diskTotal(usage))}${more}`, 'cursor'), ...body.slice(top, top + room)],
    height,
    cells,
  );
}

export function diskTotal({ images, buildCache, containers, volumes }: DiskUsage): number {
  return images.size.bytes + buildCache.size.bytes + containers.size.bytes + volumes.size.bytes;
}

/** All kinds in one row; without figures, why there are none. */
export function compactUsage({ usage, connection, absent }: AppState, theme: Theme, cells: number): string {
  if (usage === undefined) {
    const why = connection.status === 'connected' ? 'the engine is counting …' : 'no engine is connected';
    return compose(theme, cells, ['  ', ['muted', why]]);
  }
  const parts = [
    `images ${sizeText(usage.images.size)}`,
    ...(absent.buildCache === undefined ? [`build cache ${sizeText(usage.buildCache.size)}`] : []),
    ...(absent.containers === undefined
      ? [`containers ${sizeText(usage.containers.size)}`, `volumes ${sizeText(usage.volumes.size)}`]
      : []),
  ];
  return compose(theme, cells, [' ', parts.join('  ')]);
}

/** A row a kind. */
export function usageRows(state: AppState, theme: Theme, cells: number): string[] {
  return state.usage === undefined ? [] : kindRows(state.usage, diskTotal(state.usage), state, theme, cells);
}

function kindRows(usage: DiskUsage, total: number, state: AppState, theme: Theme, cells: number): string[] {
  const { absent } = state;
  const barCells = Math.max(8, Math.min(46, cells - 74));
  const row = (label: string, part: Usage, text: string): string =>
    compose(theme, cells, [
      ' ',
      fit(label, 12),
      fitEnd(sizeText(part.size), 12),
      '  ',
      ...bar(barCells, total === 0 ? 0 : part.size.bytes / total),
      '  ',
      ['muted', text],
    ]);
  const unused = reclaimableOf(usage, state.unused);
  const can = (size: Size): string =>
    size.bytes > 0 ? `${cells < 100 ? '' : 'reclaimable '}${sizeText(size)}` : 'nothing to reclaim';
  const missing = (label: string, why: string): string =>
    compose(theme, cells, [' ', fit(label, 12), '   ', ['muted', why]]);
  return [
    row('images', usage.images, `${can(unused.images)}${unused.where === '' ? '' : ` in ${unused.where}`}`),
    absent.buildCache === undefined
      ? row(
          'build cache',
          usage.buildCache,
          `${can(usage.buildCache.reclaimable)}, ${plural(usage.buildCache.count, 'record')}`,
        )
      : missing('build cache', absent.buildCache),
    ...(absent.containers === undefined
      ? [
          row(
            'containers',
            usage.containers,
            `writable layers of ${plural(usage.containers.count, 'container')}, ${usage.containers.active} running`,
          ),
          row(
            'volumes',
            usage.volumes,
            `${plural(usage.volumes.count, 'volume')}, ${usage.volumes.active} in use; go only by their rule`,
          ),
        ]
      : [missing('containers', absent.containers)]),
  ];
}

/** Why a number above, or in the bar of other screens, is not exact, each reason once. */
function reasonRows(usage: DiskUsage, state: AppState, theme: Theme, cells: number): string[] {
  const { images, total } = reclaimableOf(usage, state.unused);
  const sizes: Size[] = [
    usage.layersTotal,
    usage.images.size,
    images,
    total,
    usage.buildCache.size,
    usage.containers.size,
    usage.volumes.size,
  ];
  const reasons = new Map<string, string>();
  for (const size of sizes) {
    if (size.reason !== undefined) reasons.set(size.reason, size.bound === 'at-least' ? '≥' : '≈');
  }
  if (reasons.size === 0) return [];
  return [
    compose(theme, cells, []),
    ...[...reasons].flatMap(([reason, sign]) =>
      wrap(reason, cells - 6).map((text, index) =>
        compose(theme, cells, [' ', ['warn', index === 0 ? sign : ' '], ' ', ['muted', text]]),
      ),
    ),
  ];
}

function cacheRows(usage: DiskUsage, state: AppState, theme: Theme, cells: number): string[] {
  const items = [...usage.buildCacheItems].sort((a, b) => b.size - a.size);
  if (state.absent.buildCache !== undefined) return [];
  const lines = [rule(theme, cells, `Build cache ${items.length}`, 'strong')];
  if (items.length === 0) return [...lines, compose(theme, cells, ['   ', ['muted', 'empty']])];
  const name = Math.max(16, cells - 66);
  lines.push(
    compose(theme, cells, [
      [
        'muted',
        `   ${fit('ID', 14)}${fit('KIND', 16)}${fitEnd('SIZE', 10)}  ${fit('LAST USED', 16)}${fit('DESCRIPTION', name)}`,
      ],
    ]),
  );
  for (const item of items) {
    const state_: Piece = item.inUse ? ['good', '●'] : item.shared ? ['accent', '◇'] : ' ';
    lines.push(
      compose(theme, cells, [
        ' ',
        state_,
        ' ',
        fit(shortId(item.id), 14),
        fit(item.type, 16),
        fitEnd(bytes(item.size), 10),
        '  ',
        fit(item.lastUsed > 0 ? ago(item.lastUsed, state.now) : 'never', 16),
        ['muted', item.description],
      ]),
    );
  }
  return [
    ...lines,
    compose(theme, cells, ['   ', ['muted', '● in use   ◇ its bytes are an image layer too']]),
  ];
}

/** What an engine holds, for planning; layers read by earlier runs are not asked for again. */
import type { DiskUsage } from '../engine/disk-usage.ts';
import type { ImageLayers } from '../engine/image.ts';
import { openLayerCache } from '../engine/layer-cache.ts';
import {
  gatherStock,
  glance,
  readLayers,
  readVolumes,
  type Stock,
  unreadImages,
  withLayers,
  withUsage,
} from '../engine/stock.ts';
import type { Context } from './context.ts';

export async function connectedStock(context: Context): Promise<Stock> {
  const { engine } = await context.connect();
  const cache = await openLayerCache(engine.info);
  const stock = await gatherStock(engine, { signal: context.signal, cache });
  await cache.save();
  return stock;
}

/**
 * The same together with disk usage, which engines measure slowly and some only for one caller at a time; volumes only
 * where they are asked for.
 */
export async function stockAndUsage(
  context: Context,
  wanted: { readonly volumes: boolean } = { volumes: false },
): Promise<{ stock: Stock; usage: DiskUsage }> {
  const { engine } = await context.connect();
  const { signal } = context;
  const [base, usage, volumes, cache] = await Promise.all([
    glance(engine, { signal }),
    engine.diskUsage({ signal }),
    wanted.volumes ? readVolumes(engine, { signal }) : undefined,
    openLayerCache(engine.info),
  ]);
  const layers: ImageLayers[] = [];
  const vanished: string[] = [];
  for await (const batch of readLayers(engine, unreadImages(base), { signal, cache })) {
    layers.push(...batch.layers);
    vanished.push(...batch.vanished);
  }
  await cache.save();
  const stock = withUsage(withLayers(base, { layers, vanished }), usage);
  return { stock: volumes === undefined ? stock : { ...stock, volumes }, usage };
}

/** What an engine holds, for planning; layers read by earlier runs are not asked for again. */
import { openLayerCache } from '../engine/layer-cache.ts';
import { gatherStock, type Stock } from '../engine/stock.ts';
import type { Context } from './context.ts';

export async function connectedStock(context: Context): Promise<Stock> {
  const { engine } = await context.connect();
  const cache = await openLayerCache(engine.info);
  const stock = await gatherStock(engine, { signal: context.signal, cache });
  await cache.save();
  return stock;
}

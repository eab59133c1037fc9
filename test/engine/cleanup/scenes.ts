/** Scenes for rules: a made stock, an hour, pins and what was seen of use. */
import { createPins, NO_PIN_SETTINGS, type PinSettings } from '../../../src/engine/cleanup/pins.ts';
import type { Scene } from '../../../src/engine/cleanup/scene.ts';
import { type ImageUse, NO_USES, type Uses } from '../../../src/engine/cleanup/uses.ts';
import type { Stock } from '../../../src/engine/stock.ts';
import { idOf } from '../stock-maker.ts';

export const DAY = 86_400;
/** Images of made stocks are from the first seconds of 1970: this is 100 days later. */
export const NOW = 100 * DAY;

export function sceneOf(stock: Stock, facts: { pins?: Partial<PinSettings>; uses?: Uses } = {}): Scene {
  return {
    stock,
    uses: facts.uses ?? NO_USES,
    pins: createPins({ ...NO_PIN_SETTINGS, ...facts.pins }),
    now: NOW,
  };
}

/** The same stock with other days of building, by name of the made image. */
export function dated(stock: Stock, days: Readonly<Record<string, number>>): Stock {
  const created = new Map(Object.entries(days).map(([name, day]) => [idOf(name), day * DAY]));
  return {
    ...stock,
    images: stock.images.map((image) => ({ ...image, created: created.get(image.id) ?? image.created })),
  };
}

/** What was seen since a day, by name of the made image. */
export function seenSince(day: number, images: Readonly<Record<string, Partial<ImageUse>>> = {}): Uses {
  const since = day * DAY;
  const uses = new Map(
    Object.entries(images).map(([name, use]) => [idOf(name), { first: since, used: 0, arrived: 0, ...use }]),
  );
  return { since, of: (id) => uses.get(id) };
}

/** As the embedded engine keeps them: layers as blobs, a manifest of each image's own, and no parents. */
export function withBlobs(stock: Stock): Stock {
  const layers = [...stock.layers].map(
    ([id, known]) =>
      [
        id,
        {
          ...known,
          layers: known.layers.map((layer) => ({ ...layer, blob: layer.diffId })),
          metadata: [{ digest: `manifest ${id}`, size: 7 }],
        },
      ] as const,
  );
  const images = stock.images.map((image) => ({
    ...image,
    parentId: '',
    role: image.role === 'intermediate' ? ('dangling' as const) : image.role,
  }));
  return { ...stock, images, layers: new Map(layers) };
}

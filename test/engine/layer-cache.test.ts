import { randomUUID } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ImageLayers } from '../../src/engine/image.ts';
import { openLayerCache } from '../../src/engine/layer-cache.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nacre-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PLACE = { kind: 'docker-classic', storage: 'overlay2' } as const;
const open = (limit?: number) => openLayerCache(PLACE, { folder, ...(limit !== undefined && { limit }) });
const hex = (number: number) => `sha256:${number.toString(16).padStart(64, '0')}`;

/** Layers `0 … depth-1` of a common base, then one of its own. */
function layersOf(number: number, depth = 2): ImageLayers {
  const base = Array.from({ length: depth }, (_, index) => ({
    chainId: hex(1_000_000 + index),
    diffId: hex(2_000_000 + index),
    size: index * 100,
    createdBy: 'RUN base',
  }));
  const own = {
    chainId: hex(3_000_000 + number),
    diffId: hex(4_000_000 + number),
    size: number,
    createdBy: `RUN ${number}`,
  };
  return { id: hex(number), layers: [...base, own], exact: true };
}

describe('the layer cache', () => {
  test('gives back what it was given, in the next run too', async () => {
    const cache = await open();
    const given = [layersOf(1), layersOf(2, 0), layersOf(3, 5), { id: hex(4), layers: [], exact: true }];
    for (const layers of given) cache.set(layers);
    expect(cache.get(hex(1))).toEqual(given[0]);
    await cache.save();
    const next = await open();
    expect(next.size).toBe(4);
    for (const layers of given) expect(next.get(layers.id)).toEqual(layers);
    expect(next.get(hex(9))).toBeUndefined();
  });

  test('adds to what it had', async () => {
    const first = await open();
    first.set(layersOf(1));
    await first.save();
    const second = await open();
    second.set(layersOf(2));
    await second.save();
    const third = await open();
    expect([third.get(hex(1)), third.get(hex(2))]).toEqual([layersOf(1), layersOf(2)]);
  });

  test('leaves out what is not exact', async () => {
    const cache = await open();
    cache.set({ ...layersOf(1), exact: false, reason: 'doubt' });
    expect(cache.get(hex(1))).toBeUndefined();
  });

  test('keeps kinds of engines apart', async () => {
    const classic = await open();
    classic.set(layersOf(1));
    await classic.save();
    const other = await openLayerCache({ kind: 'podman', storage: 'overlay' }, { folder });
    expect(other.size).toBe(0);
  });

  test('writes nothing for a store where the same id can have other layers', async () => {
    const place = { kind: 'docker-containerd', storage: 'overlayfs' } as const;
    const cache = await openLayerCache(place, { folder });
    cache.set(layersOf(1));
    await cache.save();
    expect(cache.get(hex(1))).toEqual(layersOf(1));
    expect(readdirSync(folder)).toEqual([]);
    // Nor is what an earlier version wrote believed.
    const classic = await open();
    classic.set(layersOf(2));
    await classic.save();
    renameSync(
      join(folder, 'layers-docker-classic-overlay2.json'),
      join(folder, 'layers-docker-containerd-overlayfs.json'),
    );
    expect((await openLayerCache(place, { folder })).size).toBe(0);
  });

  test('removes what runs that were killed left an hour ago, and nothing else', async () => {
    const old = new Date(Date.now() - 2 * 3_600_000);
    const stale = `layers-podman-overlay.json.${randomUUID()}`;
    const fresh = `layers-docker-classic-overlay2.json.${randomUUID()}`;
    for (const name of [stale, fresh, 'layers-podman-overlay.json', 'other.json.old']) {
      writeFileSync(join(folder, name), '');
      if (name !== fresh) utimesSync(join(folder, name), old, old);
    }
    await open();
    expect(readdirSync(folder)).toEqual([fresh, 'layers-podman-overlay.json', 'other.json.old'].sort());
  });

  test('drops what was longest unused', async () => {
    const cache = await open(2);
    for (const number of [1, 2, 3]) cache.set(layersOf(number));
    cache.get(hex(1));
    await cache.save();
    const next = await open(2);
    expect([1, 2, 3].map((number) => next.get(hex(number)) !== undefined)).toEqual([true, false, true]);
  });

  test.each([
    ['garbage', () => 'garbage'],
    ['half of it', (text: string) => text.slice(0, text.length / 2)],
    ['nothing', () => ''],
    ['another format', (text: string) => text.replace('"format":1', '"format":99')],
    ['an index that leads nowhere', (text: string) => text.replace(/"tops":\[\d+/, '"tops":[99')],
    ['an index in a circle', (text: string) => text.replace(/"below":\[-1,0/, '"below":[-1,1')],
    ['a size that is none', (text: string) => text.replace(/"sizes":\[0/, '"sizes":[-5')],
    ['a missing column', (text: string) => text.replace('"diffs"', '"other"')],
    ['null', () => 'null'],
  ])('takes %s for an empty one, and recovers', async (_, damage) => {
    const cache = await open();
    cache.set(layersOf(1));
    await cache.save();
    const path = join(folder, readdirSync(folder)[0]!);
    const text = readFileSync(path, 'utf8');
    expect(damage(text)).not.toBe(text);
    writeFileSync(path, damage(text));
    const damaged = await open();
    expect(damaged.size).toBe(0);
    damaged.set(layersOf(2));
    await damaged.save();
    expect((await open()).get(hex(2))).toEqual(layersOf(2));
  });

  test('replaces its file in one step and leaves nothing behind', async () => {
    const cache = await open();
    cache.set(layersOf(1));
    await Promise.all([cache.save(), cache.save()]);
    expect(readdirSync(folder)).toEqual(['layers-docker-classic-overlay2.json']);
  });

  test('that cannot be written is only not remembered', async () => {
    writeFileSync(join(folder, 'file'), '');
    const cache = await openLayerCache(PLACE, { folder: join(folder, 'file/below') });
    cache.set(layersOf(1));
    await cache.save();
    expect(cache.get(hex(1))).toEqual(layersOf(1));
  });

  test('opens with ten thousand images', async () => {
    const cache = await open();
    for (let number = 0; number < 10_000; number++) cache.set(layersOf(number, 8));
    await cache.save();
    const next = await open();
    expect(next.size).toBe(10_000);
    expect(next.get(hex(9_999))).toEqual(layersOf(9_999, 8));
  });
});

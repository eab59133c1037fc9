/** What all unused images together free is told as it is, not as the sum of what each has alone. */
import { describe, expect, test } from 'vitest';
import { createPins, NO_PINS } from '../../../src/engine/cleanup/pins.ts';
import { answerRule } from '../../../src/engine/cleanup/rule-answers.ts';
import { parseRule } from '../../../src/engine/cleanup/rule-text.ts';
import { unusedImages } from '../../../src/engine/cleanup/unused-images.ts';
import { NO_USES } from '../../../src/engine/cleanup/uses.ts';
import { readDiskUsage } from '../../../src/engine/docker/disk-usage.ts';
import type { EngineKind } from '../../../src/engine/engine.ts';
import { idOf, type MadeImage, stockOf } from '../stock-maker.ts';

const BASE = ['base', 100] as const;
const TOOLS = ['tools', 50] as const;
/** One image is used; three unused ones share 50 bytes with each other, and 100 with the used one. */
const IMAGES: readonly MadeImage[] = [
  { name: 'used', tags: ['web:2'], layers: [BASE, ['web', 7]] },
  { name: 'a', tags: ['tool:1'], layers: [BASE, TOOLS, ['a', 1]] },
  { name: 'b', tags: ['tool:2'], layers: [BASE, TOOLS, ['b', 2]] },
  { name: 'c', layers: [BASE, TOOLS] },
];
const CONTAINERS = [{ name: 'web', image: 'used', running: true }];
const all = (kind: EngineKind = 'docker-classic') => stockOf(IMAGES, { kind, containers: CONTAINERS });

test('the engine tells a bound that is far too low', () => {
  const { images } = readDiskUsage('docker-classic', {
    LayersSize: 160,
    Images: [
      { Id: idOf('used'), Size: 107, SharedSize: 100, Containers: 1 },
      { Id: idOf('a'), Size: 151, SharedSize: 150, Containers: 0 },
      { Id: idOf('b'), Size: 152, SharedSize: 150, Containers: 0 },
      { Id: idOf('c'), Size: 150, SharedSize: 150, Containers: 0 },
    ],
  });
  expect(images.reclaimable).toMatchObject({ bytes: 3, bound: 'at-least' });
  expect(unusedImages(all(), NO_PINS)).toEqual({
    count: 3,
    removable: 3,
    freed: { bytes: 53, bound: 'exact' },
    heldByCache: false,
  });
});

describe('the figure is that of the rule about unused images', () => {
  const pinned = createPins({ names: ['tool:1'], labels: [] });
  for (const kind of ['docker-classic', 'docker-containerd', 'podman'] as const) {
    test.each([
      ['without pins', NO_PINS],
      ['with a pin', pinned],
    ])(`${kind}, %s`, (_, pins) => {
      const stock = all(kind);
      const { removable, freed } = unusedImages(stock, pins);
      const answer = answerRule({ stock, uses: NO_USES, pins, now: 2_000 }, parseRule('unused'));
      expect(freed).toEqual(answer.freed);
      expect(removable).toBe(answer.images.length);
    });
  }
});

test('an unused image that a used one was built on is unused, but stays', () => {
  const stock = stockOf(
    [
      { name: 'parent', tags: ['web:1'], layers: [BASE] },
      { name: 'used', tags: ['web:2'], parent: 'parent', layers: [BASE, ['web', 7]] },
      { name: 'idle', tags: ['tool:1'], layers: [BASE, TOOLS] },
    ],
    { containers: CONTAINERS },
  );
  expect(unusedImages(stock, NO_PINS)).toMatchObject({ count: 2, removable: 1, freed: { bytes: 50 } });
});

test('layers that the build cache holds too stay, and that is told', () => {
  const buildCache = [
    {
      id: 'x',
      type: 'regular',
      description: '',
      inUse: false,
      shared: true,
      size: 50,
      created: 0,
      lastUsed: 0,
      usageCount: 1,
      parents: [],
    },
  ];
  const stock = stockOf(
    [
      { name: 'used', tags: ['web:2'], layers: [BASE] },
      { name: 'idle', tags: ['tool:1'], layers: [TOOLS, ['a', 1]] },
    ],
    { containers: CONTAINERS, buildCache },
  );
  expect(unusedImages(stock, NO_PINS)).toMatchObject({
    freed: { bytes: 1, bound: 'exact' },
    heldByCache: true,
  });
});

test('unknown layers keep it a bound', () => {
  const stock = stockOf([...IMAGES, { name: 'unread', tags: ['unread:1'] }], { containers: CONTAINERS });
  expect(unusedImages(stock, NO_PINS).freed).toMatchObject({ bytes: 53, bound: 'about' });
});

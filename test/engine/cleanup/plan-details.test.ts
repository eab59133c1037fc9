import { expect, it } from 'vitest';
import { NO_MARKS, planCleanup } from '../../../src/engine/cleanup/cleanup-plan.ts';
import { WHOLE } from '../../../src/engine/cleanup/marked.ts';
import { planDetails } from '../../../src/engine/cleanup/plan-details.ts';
import type { EngineKind } from '../../../src/engine/engine.ts';
import { buildLedger } from '../../../src/engine/ledger.ts';
import { planRemoval } from '../../../src/engine/planner.ts';
import { FAMILY, idOf, random, randomStock, stockOf, whole } from '../stock-maker.ts';
import { sceneOf, withBlobs } from './scenes.ts';

it('tells of each image what goes, what goes only with others, and what stays for whom', () => {
  const stock = stockOf([
    {
      name: 'train',
      tags: ['train:old'],
      layers: [
        ['b', 500],
        ['pip', 640],
        ['t', 6000],
      ],
    },
    {
      name: 'lost',
      layers: [
        ['b', 500],
        ['pip', 640],
        ['l', 1000],
      ],
    },
    {
      name: 'web',
      tags: ['web:1', 'web:2'],
      layers: [
        ['b', 500],
        ['w', 7],
      ],
    },
  ]);
  const images = new Map<string, ReadonlySet<string> | typeof WHOLE>([
    [idOf('train'), WHOLE],
    [idOf('lost'), WHOLE],
    [idOf('web'), new Set(['web:1'])],
  ]);
  const { images: plan } = planCleanup(sceneOf(stock), { ...NO_MARKS, images });
  const { fates, alone, together } = planDetails(stock, plan);
  expect(JSON.parse(JSON.stringify(fates))).toEqual([
    {
      id: idOf('train'),
      name: 'train:old',
      untagged: ['train:old'],
      deleted: true,
      pullable: 'no',
      alone: { layers: 1, bytes: 6000 },
      together: { layers: 1, bytes: 640, with: [idOf('lost')] },
      stays: { layers: 1, bytes: 500, images: [idOf('web')], containers: [], buildCache: false },
    },
    expect.objectContaining({
      id: idOf('lost'),
      untagged: [],
      together: { layers: 1, bytes: 640, with: [idOf('train')] },
    }),
    expect.objectContaining({
      id: idOf('web'),
      untagged: ['web:1'],
      deleted: false,
      alone: { layers: 0, bytes: 0 },
    }),
  ]);
  expect(alone).toBe(7000);
  expect(together).toEqual([{ images: [idOf('train'), idOf('lost')], layers: 1, bytes: 640 }]);
  expect(plan.freed.bytes).toBe(7640);
});

it('books untagged parents on what was built on them', () => {
  const stock = stockOf(FAMILY);
  const { fates, alone } = planDetails(stock, planRemoval(stock, whole('child', 'app')));
  expect(fates.map(({ name, alone: { bytes } }) => [name, bytes])).toEqual([
    ['child:1', 1],
    ['app:1', 0],
  ]);
  // What child stands on too goes only together with it.
  expect(alone).toBe(1);
});

it.each(['docker-classic', 'docker-containerd', 'podman', 'embedded'] as EngineKind[])(
  'adds up to what the plan frees, and says of one image alone what the ledger says: %s',
  (kind) => {
    for (let seed = 0; seed < 60; seed++) {
      const made = randomStock(seed, kind);
      const stock = kind === 'embedded' ? withBlobs(made) : made;
      const pick = random(seed + 70);
      const targets = stock.images.filter(() => pick(3) === 0).map(({ id }) => ({ id }));
      const plan = planRemoval(stock, targets);
      const { alone, together, fates } = planDetails(stock, plan);
      const shared = together.reduce((sum, group) => sum + group.bytes, 0);
      expect(alone + shared, `seed ${seed}`).toBe(plan.freed.bytes);
      if (kind !== 'docker-classic' || plan.steps.some((step) => step.action === 'delete' && step.parent))
        continue;
      const ledger = buildLedger(stock);
      for (const fate of fates.filter(({ deleted }) => deleted)) {
        expect(fate.alone.bytes, `seed ${seed}`).toBe(ledger.own(fate.id).bytes);
      }
    }
  },
);

/** Plans in files and scripts. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { cleanupOf, NO_MARKS, planCleanup } from '../../../src/engine/cleanup/cleanup-plan.ts';
import { WHOLE } from '../../../src/engine/cleanup/marked.ts';
import { NO_PINS } from '../../../src/engine/cleanup/pins.ts';
import { planFile, planFromFile, readPlanFile } from '../../../src/engine/cleanup/plan-file.ts';
import { planScript, quote } from '../../../src/engine/cleanup/plan-script.ts';
import type { EngineInfo, EngineKind } from '../../../src/engine/engine.ts';
import { planRemoval } from '../../../src/engine/planner.ts';
import type { Stock } from '../../../src/engine/stock.ts';
import {
  cacheItem,
  FAMILY,
  idOf,
  type MadeImage,
  random,
  randomStock,
  stockOf,
  whole,
} from '../stock-maker.ts';
import { sceneOf } from './scenes.ts';

const info = { kind: 'docker-classic', name: 'docker', version: '20.10', address: 'unix:///x' } as EngineInfo;
const facts = {
  containers: [{ name: 'job', image: 'lone' }],
  buildCache: [cacheItem('cache', 9, { shared: false })],
};
const world = stockOf(FAMILY, facts);

const planned = (stock: Stock) =>
  planCleanup(
    sceneOf(stock),
    {
      ...NO_MARKS,
      images: new Map(whole('child', 'lone').map(({ id }) => [id, WHOLE])),
      buildCache: stock.buildCache!,
    },
    { withContainers: true },
  );
const written = () => JSON.stringify(planFile(info, planned(world)));

describe('a plan in a file', () => {
  it('is the same plan when it is read, whatever the engine', () => {
    const { plan } = planFromFile(readPlanFile(written()), world, NO_PINS, info.address);
    expect(plan).toEqual({ ...planned(world), spared: [] });
    for (const kind of ['docker-classic', 'docker-containerd', 'podman', 'embedded'] as const) {
      for (let seed = 0; seed < 60; seed++) {
        const stock = randomStock(seed, kind);
        const pick = random(seed);
        const options = { force: pick(2) === 0, noPrune: pick(2) === 0 };
        const targets = stock.images.filter(() => pick(2) === 0).map(({ id }) => ({ id }));
        const images = planRemoval(stock, targets, options);
        const file = JSON.stringify(
          planFile({ ...info, kind }, cleanupOf(stock, [], [], { images }), options),
        );
        const read = planFromFile(readPlanFile(file), stock, NO_PINS, info.address);
        expect(read.plan?.images.calls).toEqual(images.calls);
        expect(read.plan?.freed).toEqual(images.freed);
      }
    }
  });

  it.each<[string, (stock: Stock) => Stock, string]>([
    [
      'an image is gone',
      (stock) => ({ ...stock, images: stock.images.filter(({ id }) => id !== idOf('lone')) }),
      'lone:1 is gone',
    ],
    [
      'a name came',
      (stock) => ({
        ...stock,
        images: stock.images.map((image) =>
          image.id === idOf('child') ? { ...image, references: ['child:1', 'x:1'] } : image,
        ),
      }),
      'the names of child:1 changed',
    ],
    [
      'a container started',
      (stock) => ({ ...stock, containers: stock.containers.map((one) => ({ ...one, running: true })) }),
      'container job runs now',
    ],
    ['a container is gone', (stock) => ({ ...stock, containers: [] }), 'container job is gone'],
    [
      'another container was made',
      (stock) => ({ ...stock, containers: [...stock.containers, { ...stock.containers[0]!, id: 'new' }] }),
      'containers of lone:1 changed',
    ],
    [
      'cache is used',
      (stock) => ({ ...stock, buildCache: [cacheItem('cache', 9, { shared: false, inUse: true })] }),
      'is in use now',
    ],
    ['cache is gone', (stock) => ({ ...stock, buildCache: [] }), 'build cache cache is gone'],
    ['the engine is another', (stock) => ({ ...stock, kind: 'podman' }), 'made for another kind of engine'],
    [
      'a layer is held by a new image',
      (stock) => ({
        ...stock,
        images: [...stock.images, { ...stock.images[0]!, id: 'sha256:new', references: ['new:1'] }],
        layers: new Map([...stock.layers, ['sha256:new', stock.layers.get(idOf('child'))!]]),
      }),
      'would not go in the same way',
    ],
  ])('does nothing where %s', (_, change, reason) => {
    const { plan, moved } = planFromFile(readPlanFile(written()), change(world), NO_PINS, info.address);
    expect(plan).toBeUndefined();
    expect(moved.join(', ')).toContain(reason);
  });

  it('does nothing on another engine that has the same images', () => {
    const { plan, moved } = planFromFile(readPlanFile(written()), world, NO_PINS, 'ssh://other');
    expect(plan).toBeUndefined();
    expect(moved).toEqual(['it was made for the engine at unix:///x, and this one is at ssh://other']);
  });

  it('is refused where it is damaged or says more than its targets do', () => {
    const good = JSON.parse(written());
    for (const [field, value] of Object.entries({
      document: 'other',
      version: 2,
      targets: [{ id: 5 }],
      calls: [{ target: 'a' }],
      basis: {},
      options: {},
      containers: [{ id: 'x' }],
      buildCache: 'all',
      freedBytes: '1',
    })) {
      expect(() => readPlanFile(JSON.stringify({ ...good, [field]: value })), field).toThrow(
        /no plan of nacre's/,
      );
    }
    for (const text of ['', '[]', 'null', '{}'])
      expect(() => readPlanFile(text)).toThrow(/no plan of nacre's/);
    const smuggled = { ...good, calls: [...good.calls, { ...good.calls[0], target: 'base:1' }] };
    expect(planFromFile(readPlanFile(JSON.stringify(smuggled)), world, NO_PINS, info.address).moved).toEqual([
      'the same images would not go in the same way any more',
    ]);
  });
});

describe('a plan as a script', () => {
  it('is a script that a shell understands, with nothing but what is listed', () => {
    const script = planScript(info, planned(world));
    expect(spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
    const acts = script.split('\n').filter((text) => /^"\$docker"/.test(text));
    expect(acts).toEqual([
      `"$docker" container rm ${world.containers[0]!.id}`,
      '"$docker" builder prune --force --all --filter id=cache',
      '"$docker" image rm --no-prune child:1',
      '"$docker" image rm --no-prune lone:1',
    ]);
  });

  it('names each parent that goes, so that no other can', () => {
    const steps: MadeImage[] = [
      { name: 'bottom', layers: [['b', 1]] },
      {
        name: 'middle',
        parent: 'bottom',
        layers: [
          ['b', 1],
          ['m', 2],
        ],
      },
      {
        name: 'top',
        parent: 'middle',
        tags: ['top:1'],
        layers: [
          ['b', 1],
          ['m', 2],
          ['t', 4],
        ],
      },
      {
        name: 'beside',
        parent: 'bottom',
        tags: ['beside:1'],
        layers: [
          ['b', 1],
          ['x', 8],
        ],
      },
    ];
    const script = (kind: EngineKind) => {
      const stock = stockOf(steps, { kind });
      const images = planRemoval(stock, whole('top'));
      const text = planScript({ ...info, kind }, cleanupOf(stock, [], [], { images }));
      return text.split('\n').filter((one) => /^"\$docker"/.test(one));
    };
    expect(script('docker-classic')).toEqual([
      '"$docker" image rm --no-prune top:1',
      `"$docker" image rm --no-prune ${idOf('middle')}`,
    ]);
    expect(script('podman')).toEqual(['"$docker" image rm top:1']);
  });

  it('cannot be made to run something else by a name', () => {
    const evil = `x'; touch /tmp/nacre-was-here; echo '`;
    expect(spawnSync('sh', ['-c', `printf %s ${quote(evil)}`], { encoding: 'utf8' }).stdout).toBe(evil);
    expect(quote('-rf')).toBe(`'-rf'`);
    const script = planScript({ ...info, address: 'unix:///a\nrm -rf /b', version: '$(id)' }, planned(world));
    expect(script.split('\n').filter((text) => text.includes('rm -rf'))).toEqual([
      expect.stringMatching(/^# A clean-up planned by nacre/),
    ]);
  });

  it('is not made for the embedded engine', () => {
    expect(() => planScript({ ...info, kind: 'embedded' }, planned(world))).toThrow(/cannot be a script/);
  });
});

import { describe, expect, it } from 'vitest';
import type { EngineKind } from '../../src/engine/engine.ts';
import { buildForest } from '../../src/engine/forest.ts';
import type { Plan, Target } from '../../src/engine/plan.ts';
import { planPrune, planReferences, planRemoval } from '../../src/engine/planner.ts';
import type { Stock } from '../../src/engine/stock.ts';
import {
  cacheItem,
  chainOf,
  hex,
  idOf,
  type MadeImage,
  random,
  randomStock,
  stockOf,
} from './stock-maker.ts';

const DIGEST = `reg.io/app@sha256:${hex('manifest')}`;
const FAMILY: MadeImage[] = [
  { name: 'base', tags: ['base:1'], layers: [['b', 100]] },
  {
    name: 'step',
    parent: 'base',
    layers: [
      ['b', 100],
      ['s', 20],
    ],
  },
  {
    name: 'app',
    tags: ['app:1', 'reg.io/app:1'],
    digests: [DIGEST],
    parent: 'step',
    layers: [
      ['b', 100],
      ['s', 20],
      ['a', 3],
    ],
  },
  {
    name: 'child',
    tags: ['child:1'],
    parent: 'app',
    layers: [
      ['b', 100],
      ['s', 20],
      ['a', 3],
      ['c', 1],
    ],
  },
  { name: 'lone', tags: ['lone:1'], layers: [['l', 7]] },
];
const whole = (...names: string[]): Target[] => names.map((name) => ({ id: idOf(name) }));
/** The engine's lines, as docker prints them. */
const answers = (plan: Plan) =>
  plan.calls.flatMap((call) =>
    call.expected.map((entry) =>
      entry.action === 'untagged' ? `Untagged: ${entry.reference}` : `Deleted: ${entry.id}`,
    ),
  );

describe('a plan for a classic store', () => {
  const stock = stockOf(FAMILY);

  it('removes a set children first, each name by itself, and frees what the whole set frees', () => {
    const plan = planRemoval(stock, whole('app', 'child'));
    expect(plan.calls.map((call) => call.target)).toEqual(['child:1', 'app:1', 'reg.io/app:1']);
    expect(answers(plan)).toEqual([
      'Untagged: child:1',
      `Deleted: ${idOf('child')}`,
      `Deleted: ${chainOf(['b', 's', 'a', 'c'])}`,
      'Untagged: app:1',
      'Untagged: reg.io/app:1',
      `Untagged: ${DIGEST}`,
      `Deleted: ${idOf('app')}`,
      `Deleted: ${chainOf(['b', 's', 'a'])}`,
      `Deleted: ${idOf('step')}`,
      `Deleted: ${chainOf(['b', 's'])}`,
    ]);
    expect(plan.freed).toEqual({ bytes: 24, bound: 'exact' });
    expect(plan.keeps).toEqual([
      {
        chainId: chainOf(['b']),
        size: 100,
        createdBy: 'made b',
        images: [idOf('base')],
        containers: [],
        buildCache: false,
      },
    ]);
    expect(plan).toMatchObject({ blockers: [], weight: 'irreversible', lost: [idOf('child')] });
    expect(
      plan.steps
        .filter((step) => step.action === 'delete')
        .map((step) => [step.id, step.parent, step.pullable]),
    ).toEqual([
      [idOf('child'), false, 'no'],
      [idOf('app'), false, 'yes'],
      [idOf('step'), true, 'no'],
    ]);
  });

  it('weighs what can be pulled again less than what cannot', () => {
    const alone = stockOf(FAMILY.filter((image) => image.name !== 'child'));
    expect(planRemoval(alone, whole('app'))).toMatchObject({ weight: 'pullable', lost: [] });
    expect(planRemoval(alone, whole('lone'))).toMatchObject({ weight: 'irreversible', lost: [idOf('lone')] });
    expect(planRemoval(alone, [])).toMatchObject({
      weight: 'nothing',
      steps: [],
      freed: { bytes: 0, bound: 'exact' },
    });
  });

  it('only untags while names remain', () => {
    const plan = planRemoval(stock, [{ id: idOf('app'), references: ['app:1'] }]);
    expect(plan).toMatchObject({
      weight: 'reversible',
      freed: { bytes: 0, bound: 'exact' },
      keeps: [],
      blockers: [],
    });
    expect(answers(plan)).toEqual(['Untagged: app:1']);
  });

  it('takes the digest reference along with the last tag of its repository, and no hand can give it back', () => {
    const plan = planRemoval(stock, [{ id: idOf('app'), references: ['reg.io/app:1'] }]);
    expect(answers(plan)).toEqual(['Untagged: reg.io/app:1', `Untagged: ${DIGEST}`]);
    expect(plan.weight).toBe('pullable');
  });

  it('leaves an image without a name where others were built on it, when asked for its names', () => {
    const plan = planRemoval(stock, [{ id: idOf('app'), references: ['app:1', 'reg.io/app:1'] }]);
    expect(plan.steps.every((step) => step.action === 'untag')).toBe(true);
    expect(plan.notes).toEqual(['app:1 loses its name but stays on disk: other images were built on it.']);
  });

  it('is blocked by child images a person knows', () => {
    const plan = planRemoval(stock, whole('base', 'lone'));
    expect(plan.blockers).toEqual([
      {
        kind: 'child-image',
        id: idOf('base'),
        name: 'base:1',
        by: ['app:1'],
        help: 'remove app:1 first',
        forceable: false,
      },
    ]);
    expect(plan.calls.map((call) => call.target)).toEqual(['lone:1']);
  });

  it('needs no call for a parent that goes along', () => {
    const plan = planRemoval(stock, whole('step', 'app', 'child'));
    expect(plan.calls.map((call) => call.target)).not.toContain(idOf('step'));
    expect(plan.blockers).toEqual([]);
    expect(plan.freed.bytes).toBe(24);
  });

  it('keeps untagged parents with noPrune', () => {
    const plan = planRemoval(stock, whole('child', 'app'), { noPrune: true });
    expect(plan.freed.bytes).toBe(4);
    expect(plan.calls.every((call) => call.noPrune)).toBe(true);
  });

  it('says what is not there', () => {
    const plan = planRemoval(stock, [...whole('nobody'), { id: idOf('lone'), references: ['lone:2'] }]);
    expect(plan.blockers.map((blocker) => [blocker.kind, blocker.name])).toEqual([
      ['not-found', idOf('nobody').slice(7, 19)],
      ['not-found', 'lone:2'],
    ]);
    expect(plan.steps).toEqual([]);
  });

  it('names what stands behind the plan', () => {
    expect(planRemoval(stock, whole('child')).basis).toEqual([
      { id: idOf('child'), names: ['child:1'], children: [], containers: [] },
    ]);
  });
});

describe('containers in the way', () => {
  const held = (running: boolean, kind: EngineKind = 'docker-classic') =>
    stockOf(FAMILY, { kind, containers: [{ name: 'web-1', image: 'child', running }] });

  it.each([
    [true, 'running-container', 'stop and remove web-1', false],
    [false, 'stopped-container', 'remove web-1, or use force', true],
  ])('block a whole image, which keeps all its names (running: %s)', (running, kind, help, forceable) => {
    const plan = planRemoval(held(running), whole('child', 'app'));
    expect(plan.steps).toEqual([]);
    expect(plan.blockers[0]).toMatchObject({ kind, help, forceable, by: ['web-1'], name: 'child:1' });
    expect(plan.blockers[1]).toMatchObject({ kind: 'child-image', name: 'app:1', by: ['child:1'] });
  });

  it('never take the first of several names when the last would be refused', () => {
    const stock = stockOf([{ name: 'two', tags: ['two:a', 'two:b'], layers: [['t', 5]] }], {
      containers: [{ name: 'job', image: 'two' }],
    });
    const both = planRemoval(stock, [{ id: idOf('two'), references: ['two:a', 'two:b'] }]);
    expect(both).toMatchObject({ steps: [], blockers: [{ kind: 'stopped-container' }] });
    const one = planRemoval(stock, [{ id: idOf('two'), references: ['two:b'] }]);
    expect(one).toMatchObject({ blockers: [], weight: 'reversible' });
  });

  it('never take another name along when a digest reference would be refused', () => {
    const stock = stockOf(
      [{ name: 'a', tags: ['a:1', 'reg.io/app:1'], digests: [DIGEST], layers: [['a', 1]] }],
      {
        containers: [{ name: 'job', image: 'a' }],
      },
    );
    const plan = planRemoval(stock, [{ id: idOf('a'), references: ['a:1', DIGEST] }]);
    expect(plan).toMatchObject({ steps: [], blockers: [{ kind: 'stopped-container', by: ['job'] }] });
  });

  it('stand in the way of the last name before child images do', () => {
    const stock = stockOf(FAMILY, { containers: [{ name: 'job', image: 'base' }] });
    const plan = planRemoval(stock, [{ id: idOf('base'), references: ['base:1'] }]);
    expect(plan).toMatchObject({ steps: [], blockers: [{ kind: 'stopped-container', by: ['job'] }] });
  });

  it('keep their layers when their image is forced away', () => {
    const plan = planRemoval(held(false), whole('child'), { force: true });
    expect(plan.calls).toMatchObject([{ target: idOf('child'), force: true }]);
    expect(plan.freed).toEqual({ bytes: 0, bound: 'exact' });
    expect(plan.keeps.at(-1)).toMatchObject({
      chainId: chainOf(['b', 's', 'a', 'c']),
      images: [],
      containers: ['web-1'],
    });
  });

  it('cannot be forced while they run, but a name can, and then the image stays', () => {
    expect(planRemoval(held(true), whole('child'), { force: true }).steps).toEqual([]);
    const plan = planRemoval(held(true), [{ id: idOf('child'), references: ['child:1'] }], { force: true });
    expect(answers(plan)).toEqual(['Untagged: child:1']);
    expect(plan.notes).toEqual(['child:1 loses its name but stays on disk: a container still uses it.']);
  });

  it('can never be forced on Podman, which would delete them', () => {
    for (const target of [{ id: idOf('child') }, { id: idOf('child'), references: ['child:1'] }]) {
      const plan = planRemoval(held(false, 'podman'), [target], { force: true });
      expect(plan).toMatchObject({ steps: [], blockers: [{ kind: 'stopped-container', forceable: false }] });
    }
  });
});

describe('how true the freed bytes are', () => {
  it('is a lower bound for images whose layers are not known, with the reason', () => {
    const stock = stockOf([{ name: 'late', tags: ['late:1'] }, ...FAMILY]);
    expect(planRemoval(stock, whole('late')).freed).toMatchObject({ bytes: 0, bound: 'at-least' });
    expect(planRemoval(stock, whole('lone')).freed).toMatchObject({ bytes: 7, bound: 'about' });
  });

  it('does not count what the build cache keeps', () => {
    const records = [
      cacheItem('base', 0),
      cacheItem('s', 20, { parents: ['base'] }),
      cacheItem('a', 3, { parents: ['s'] }),
    ];
    const stock = stockOf(FAMILY, { buildCache: records });
    const plan = planRemoval(stock, whole('child', 'app'));
    expect(plan.freed).toEqual({ bytes: 1, bound: 'exact' });
    expect(plan.keeps.filter((keep) => keep.buildCache).map((keep) => keep.size)).toEqual([20, 3]);
    expect(plan.notes).toEqual(['2 layers stay in the build cache: pruning the build cache frees them.']);
    expect(answers(plan)).not.toContain(`Deleted: ${chainOf(['b', 's', 'a'])}`);
  });

  it('says so when the build cache may hold a layer or not', () => {
    // A base of size 0 with nothing on it may end at any layer.
    const plan = planRemoval(stockOf(FAMILY, { buildCache: [cacheItem('base', 0)] }), whole('lone'));
    expect(plan.freed).toEqual({
      bytes: 7,
      bound: 'about',
      reason: 'the build cache may hold some of these layers',
    });
  });

  it('cannot tell the records of the containerd store apart', () => {
    const stock = stockOf(FAMILY, { kind: 'docker-containerd', buildCache: [cacheItem('a', 3)] });
    expect(planRemoval(stock, whole('lone')).freed).toMatchObject({
      bytes: 7,
      bound: 'about',
      reason: expect.stringContaining('the build cache may hold some of these layers'),
    });
  });

  it('ignores records of the build cache that are no image layers', () => {
    const plan = planRemoval(
      stockOf(FAMILY, { buildCache: [cacheItem('x', 7, { shared: false })] }),
      whole('lone'),
    );
    expect(plan.freed).toEqual({ bytes: 7, bound: 'exact' });
  });
});

describe('other stores', () => {
  it('lets an image of containerd go while others were built on it, but keeps it unnamed', () => {
    const plan = planRemoval(stockOf(FAMILY, { kind: 'docker-containerd' }), whole('app'));
    expect(plan.blockers).toEqual([]);
    expect(plan.notes).toEqual(['app:1 loses its name but stays on disk: other images were built on it.']);
  });

  it('does not claim that a digest proves a registry where every tag has one', () => {
    for (const kind of ['docker-containerd', 'podman'] as const) {
      const stock = stockOf(
        [{ name: 'a', tags: ['a:1'], digests: [`a@sha256:${hex('a')}`], layers: [['a', 1]] }],
        { kind },
      );
      const plan = planRemoval(stock, whole('a'));
      expect(plan).toMatchObject({ weight: 'irreversible', lost: [idOf('a')] });
      expect(plan.calls.map((call) => call.target)).toEqual(['a:1']);
    }
  });

  it('lets parents on Podman go although grandchildren are left', () => {
    const plan = planRemoval(stockOf(FAMILY, { kind: 'podman' }), whole('app'));
    expect(plan.steps.filter((step) => step.action === 'delete').map((step) => step.id)).toEqual([
      idOf('app'),
      idOf('step'),
    ]);
    expect(plan.freed.bytes).toBe(0);
  });
});

describe('what the arguments of rmi mean', () => {
  const stock = stockOf(FAMILY);

  it('removes a name, with its implied tag and domain', () => {
    const plan = planReferences(stock, ['docker.io/library/app:1']);
    expect(plan.targets).toEqual([{ id: idOf('app'), references: ['app:1'] }]);
    const latest = stockOf([{ name: 'l', tags: ['l:latest', 'l:1'], layers: [] }]);
    expect(planReferences(latest, ['l']).targets).toEqual([{ id: idOf('l'), references: ['l:latest'] }]);
  });

  it('removes an image by its id or the beginning of it', () => {
    for (const ref of [
      idOf('lone'),
      idOf('lone').slice(7),
      idOf('lone').slice(7, 19),
      idOf('lone').slice(0, 15),
    ]) {
      expect(planReferences(stock, [ref])).toMatchObject({
        targets: whole('lone'),
        blockers: [],
        freed: { bytes: 7 },
      });
    }
  });

  it('refuses an id with several names, unless forced', () => {
    const alone = stockOf(FAMILY.filter((image) => image.name !== 'child'));
    const plan = planReferences(alone, [idOf('app')]);
    expect(plan).toMatchObject({
      steps: [],
      blockers: [{ kind: 'several-names', forceable: true, name: 'app:1' }],
    });
    expect(planReferences(alone, [idOf('app')], { force: true }).steps).toHaveLength(5);
    const one = stockOf([{ name: 'p', tags: ['reg.io/app:1'], digests: [DIGEST], layers: [] }]);
    expect(planReferences(one, [idOf('p')]).blockers).toEqual([]);
  });

  it('goes on with the others when one does not exist', () => {
    const plan = planReferences(stock, ['nope:1', 'lone:1', 'fffffffff']);
    expect(plan.blockers.map((blocker) => [blocker.kind, blocker.name])).toEqual([
      ['not-found', 'nope:1'],
      ['not-found', 'fffffffff'],
    ]);
    expect(plan.freed.bytes).toBe(7);
  });

  it('refuses what is no reference, and the beginning of several ids', () => {
    expect(() => planReferences(stock, ['UPPER:1'])).toThrow(/lower case/);
    const many = stockOf(Array.from({ length: 40 }, (_, index) => ({ name: `n${index}`, layers: [] })));
    const first = idOf('n0').slice(7, 8);
    expect(() => planReferences(many, [first])).toThrow(
      new RegExp(`${first} is the beginning of \\d+ image ids`),
    );
  });

  it('prefers a name over an id', () => {
    const tricky = stockOf([
      { name: 'a', layers: [] },
      { name: 'b', tags: [`${idOf('a').slice(7, 13)}:latest`], layers: [] },
    ]);
    expect(planReferences(tricky, [idOf('a').slice(7, 13)]).targets[0]?.id).toBe(idOf('b'));
  });
});

describe('a prune', () => {
  const images: MadeImage[] = [
    ...FAMILY,
    { name: 'old', layers: [['o', 11]], labels: { keep: 'no' } },
    { name: 'used', layers: [['u', 13]] },
    { name: 'digest', digests: [`reg.io/x@sha256:${hex('x')}`], layers: [['d', 17]] },
  ];
  const stock = stockOf(images, {
    containers: [
      { name: 'web', image: 'used' },
      { name: 'job', image: 'app' },
    ],
  });

  it('takes dangling images that nothing uses, exactly', () => {
    const plan = planPrune(stock);
    expect(plan.targets).toEqual(whole('old', 'digest'));
    expect(plan).toMatchObject({ freed: { bytes: 28, bound: 'exact' }, blockers: [] });
  });

  it('takes all unused images, but none that an image in use was built on', () => {
    const plan = planPrune(stock, { unused: true });
    expect(plan.targets.map((target) => target.id).sort()).toEqual(
      ['child', 'lone', 'old', 'digest'].map(idOf).sort(),
    );
    expect(plan.blockers).toEqual([]);
    expect(plan.freed.bytes).toBe(1 + 7 + 11 + 17);
  });

  it('keeps to its filters', () => {
    expect(planPrune(stock, { filters: { label: ['keep=no'] } }).targets).toEqual(whole('old'));
    expect(planPrune(stock, { filters: { until: '1003' } }).targets).toEqual([]);
  });
});

describe('plans for random stocks', () => {
  const KINDS: EngineKind[] = ['docker-classic', 'docker-containerd', 'podman'];

  it.each(KINDS)(
    'free what the store has less afterwards, in whatever order they were asked for: %s',
    (kind) => {
      for (let seed = 0; seed < 300; seed++) {
        const stock = randomStock(seed, kind);
        const pick = random(seed + 1000);
        const targets = stock.images
          .filter(() => pick(3) === 0)
          .map((image): Target => {
            const names = image.references.filter(() => pick(2) === 0);
            return pick(3) === 0 && names.length > 0 ? { id: image.id, references: names } : { id: image.id };
          });
        const plan = planRemoval(stock, targets);
        const left = after(stock, plan);
        expect(plan.freed.bytes).toBe(buildForest(stock).bytes - buildForest(left).bytes);

        const shuffled = [...targets].sort(() => pick(2) - 0.5);
        const again = planRemoval(stock, shuffled);
        expect(again.freed).toEqual(plan.freed);
        expect(deletedBy(again)).toEqual(deletedBy(plan));

        for (const blocker of plan.blockers) {
          const touched = plan.steps.filter((step) => step.id === blocker.id);
          expect(
            touched.filter(
              (step) =>
                step.action === 'delete' ||
                targets.some((target) => target.id === step.id && !target.references),
            ),
          ).toEqual([]);
        }
        const gone = new Set(deletedBy(plan));
        for (const container of stock.containers) expect(gone.has(container.imageId)).toBe(false);
        for (const target of targets) {
          const blocked = plan.blockers.some((blocker) => blocker.id === target.id);
          const hidden = kind === 'docker-containerd' && !target.references;
          if (!target.references && !blocked && !hidden) expect(gone.has(target.id)).toBe(true);
        }
        for (const keep of plan.keeps) expect(keep.images.length).toBeGreaterThan(0);
      }
    },
  );

  it('plans ten thousand images in a moment', () => {
    const layers = (index: number): [string, number][] =>
      Array.from({ length: 10 }, (_, layer): [string, number] => [
        layer < 6 ? `b${index % 40}-${layer}` : `${index}-${layer}`,
        10,
      ]);
    const stock = stockOf(
      Array.from({ length: 10_000 }, (_, index) => ({
        name: `${index}`,
        tags: [`a:${index}`],
        layers: layers(index),
      })),
    );
    const start = performance.now();
    const plan = planRemoval(
      stock,
      stock.images.map((image) => ({ id: image.id })),
    );
    const took = performance.now() - start;
    expect(plan.freed.bytes).toBe(40 * 60 + 10_000 * 40);
    // Far more than it takes, so that only a wrong algorithm fails on a busy machine.
    expect(took).toBeLessThan(5000);
  });
});

function deletedBy(plan: Plan): string[] {
  return plan.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : [])).sort();
}

/** The stock with the plan carried out, by nothing but its steps. */
function after(stock: Stock, plan: Plan): Stock {
  const gone = new Set(deletedBy(plan));
  return { ...stock, images: stock.images.filter((image) => !gone.has(image.id)) };
}

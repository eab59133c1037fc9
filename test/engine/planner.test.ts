import { describe, expect, it } from 'vitest';
import type { EngineKind } from '../../src/engine/engine.ts';
import { planRemoval } from '../../src/engine/planner.ts';
import { answers, chainOf, APP_DIGEST as DIGEST, FAMILY, idOf, stockOf, whole } from './stock-maker.ts';

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

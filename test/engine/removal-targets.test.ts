/** What `rmi` and `prune` mean. */
import { describe, expect, it } from 'vitest';
import { planPrune } from '../../src/engine/cleanup/prune-plan.ts';
import { planReferences } from '../../src/engine/planner.ts';
import { APP_DIGEST as DIGEST, FAMILY, hex, idOf, type MadeImage, stockOf, whole } from './stock-maker.ts';

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
    const first = idOf('n0').slice(0, 8);
    expect(() => planReferences(many, [first])).toThrow(
      new RegExp(`${first} is the beginning of \\d+ image ids`),
    );
  });

  it('takes no fewer than four digits for an id, unless they say that they are one', () => {
    const digits = idOf('lone').slice(7);
    for (const few of [digits.slice(0, 1), digits.slice(0, 3)]) {
      expect(planReferences(stock, [few])).toMatchObject({
        targets: [],
        steps: [],
        blockers: [{ kind: 'not-found', name: few, help: expect.stringContaining('4 of its digits') }],
      });
    }
    expect(planReferences(stock, [digits.slice(0, 4)]).targets).toEqual(whole('lone'));
    expect(planReferences(stock, [`sha256:${digits.slice(0, 3)}`]).targets).toEqual(whole('lone'));
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

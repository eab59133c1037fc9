/** What each rule marks. */
import { describe, expect, it } from 'vitest';
import { NO_MARKS, planCleanup } from '../../../src/engine/cleanup/cleanup-plan.ts';
import { WHOLE } from '../../../src/engine/cleanup/marked.ts';
import { answerRule } from '../../../src/engine/cleanup/rule-answers.ts';
import { matchRules } from '../../../src/engine/cleanup/rule-match.ts';
import { parseRule } from '../../../src/engine/cleanup/rule-text.ts';
import type { Scene } from '../../../src/engine/cleanup/scene.ts';
import { cacheItem, idOf, type MadeImage, stockOf } from '../stock-maker.ts';
import { DAY, dated, NOW, sceneOf, seenSince } from './scenes.ts';

const base: [string, number] = ['b', 100];
const IMAGES: MadeImage[] = [
  { name: 'v1', tags: ['app:1'], layers: [base, ['v1', 1]] },
  { name: 'v2', tags: ['app:2'], layers: [base, ['v2', 2]], labels: { team: 'core' } },
  { name: 'v3', tags: ['app:3', 'app:latest', 'prod:live'], layers: [base, ['v3', 4]] },
  { name: 'lost', layers: [base, ['l', 8]] },
  { name: 'step', layers: [['s', 16]] },
  {
    name: 'left',
    parent: 'step',
    layers: [
      ['s', 16],
      ['t', 32],
    ],
  },
  { name: 'other', tags: ['reg.io/acme/other:1'], layers: [['o', 1000]] },
];
const AGES = { v1: 10, v2: 60, v3: 90, lost: 20, step: 30, left: 30, other: 99 };
const world = (facts: Parameters<typeof stockOf>[1] = {}) =>
  dated(stockOf(IMAGES, { containers: [{ name: 'web', image: 'v2', running: true }], ...facts }), AGES);

const NAMES = new Map(IMAGES.map(({ name }) => [idOf(name), name]));
/** `v1` for a whole image, `v3:app:3` for a name of it. */
const marked = (scene: Scene, ...rules: string[]): string[] =>
  [
    ...matchRules(
      scene,
      rules.map((text) => parseRule(text)),
    ).images,
  ]
    .flatMap(([id, names]) =>
      names === WHOLE ? [NAMES.get(id)!] : [...names].map((name) => `${NAMES.get(id)}:${name}`),
    )
    .sort();

describe('rules', () => {
  const scene = sceneOf(world());
  it.each([
    ['dangling', ['left', 'lost']],
    ['unused', ['left', 'lost', 'other', 'v1', 'v3']],
    // Older than the one that runs, and only under that name.
    ['superseded', ['v1:app:1']],
    ['keep-newest=1', ['v1:app:1', 'v2:app:2']],
    ['keep-newest=2', ['v1:app:1']],
    ['name=app', ['v1:app:1', 'v2:app:2', 'v3:app:3', 'v3:app:latest']],
    ['name=reg.io/acme/*', ['other:reg.io/acme/other:1']],
    ['label=team', ['v2']],
    ['label=team=edge', []],
    ['larger-than=110', ['other']],
    ['older-than=75d', ['lost', 'v1']],
    ['unreferenced-build', ['left', 'lost', 'step']],
  ] as [string, string[]][])('%s', (rule, expected) => {
    expect(marked(scene, rule)).toEqual(expected);
  });

  it('narrow with and, and add up', () => {
    expect(marked(scene, 'unused and name=app')).toEqual(['v1:app:1', 'v3:app:3', 'v3:app:latest']);
    expect(marked(scene, 'unused and older-than=75d and name=app')).toEqual(['v1:app:1']);
    expect(marked(scene, 'name=app:1', 'older-than=75d', 'name=prod')).toEqual([
      'lost',
      'v1',
      'v3:prod:live',
    ]);
  });

  it('take what an image without a date tells for nothing', () => {
    const undated = sceneOf(dated(world(), { v1: 0 }));
    expect(marked(undated, 'older-than=1d')).not.toContain('v1');
    expect(matchRules(undated, [parseRule('older-than=1d')]).notes).toEqual([
      'older-than=1d: 1 image is left out, because they do not say when they were built.',
    ]);
  });

  it('leave what dates do not tell apart', () => {
    const tags = (rule: string, days: Record<string, number>) => {
      const scene = sceneOf(dated(world(), days));
      return [marked(scene, rule), matchRules(scene, [parseRule(rule)]).notes];
    };
    const why = 'left out, because their dates do not tell whether they are older.';
    expect(tags('keep-newest=1', { v1: 5, v2: 5, v3: 5 })).toEqual([
      [],
      [`keep-newest=1: 2 images are ${why}`],
    ]);
    expect(tags('keep-newest=1', { v1: 0 })).toEqual([['v2:app:2'], [`keep-newest=1: 1 image is ${why}`]]);
    expect(tags('superseded', { v1: 0 })).toEqual([[], [`superseded: 1 image is ${why}`]]);
    expect(tags('keep-newest=0 and name=app:1', { v1: 0 })).toEqual([['v1:app:1'], []]);
  });

  it('trust the last-used ledger as far as it goes', () => {
    const young = matchRules(sceneOf(world(), { uses: seenSince(95) }), [parseRule('not-used-for=30d')]);
    expect([...young.images]).toEqual([]);
    expect(young.notes[0]).toMatch(
      /3 images are left out, because not seen since nacre began to watch 5 d ago/,
    );
    const uses = seenSince(40, {
      lost: { used: 95 * DAY },
      left: { arrived: 80 * DAY },
      v1: { first: 80 * DAY },
    });
    expect(marked(sceneOf(world(), { uses }), 'not-used-for=30d')).toEqual([]);
    expect(marked(sceneOf(world(), { uses }), 'not-used-for=15d')).toEqual(['left', 'v1']);
    expect(marked(sceneOf(world(), { uses }), 'older-than=15d by used')).toEqual(['left', 'v1']);
    expect(marked(sceneOf(world(), { uses }), 'older-than=15d by pulled')).toEqual(['left']);
  });

  it('see an image as unused once its stopped containers go as well', () => {
    const containers = [
      { name: 'job', image: 'v1' },
      { name: 'web', image: 'v2', running: true },
    ];
    const held = sceneOf(world({ containers }));
    expect(marked(held, 'unused')).not.toContain('v1');
    expect(marked(held, 'unused', 'stopped-containers')).toContain('v1');
    const plan = planCleanup(
      held,
      matchRules(
        held,
        ['unused', 'stopped-containers'].map((text) => parseRule(text)),
      ),
    );
    expect(plan.containers.map(({ name }) => name)).toEqual(['job']);
    expect(plan.images.basis.find(({ id }) => id === idOf('v1'))?.containers).toEqual([]);
  });

  it('take containers by when they ended, and none that a build may be working in', () => {
    const made = world({
      containers: [
        { name: 'long', image: 'v1' },
        { name: 'just', image: 'v1' },
        { name: 'build', image: 'v3' },
      ],
    });
    const [long, just, build] = made.containers.map((one) => ({ ...one, created: 1 }));
    const stock = {
      ...made,
      containers: [
        { ...long!, status: 'Exited (0) 9 days ago' },
        { ...just!, status: 'Exited (0) 5 minutes ago' },
        { ...build!, state: 'storage' },
      ],
    };
    const going = (rule: string) =>
      matchRules(sceneOf(stock), [parseRule(rule)]).containers.map(({ name }) => name);
    expect(going('stopped-containers')).toEqual(['long', 'just']);
    expect(going('stopped-containers=older-than=7d')).toEqual(['long']);
    const plan = planCleanup(
      sceneOf(stock),
      { ...NO_MARKS, images: new Map([[idOf('v3'), WHOLE]]) },
      { withContainers: true, canStop: true },
    );
    expect(plan).toMatchObject({ containers: [], spared: [{ why: 'in-use', by: ['build'] }] });
  });

  it('take build cache that nothing uses, children first, and leave what a staying record stands on', () => {
    const old = { created: 1, lastUsed: 1, shared: false };
    const buildCache = [
      cacheItem('bottom', 1, old),
      cacheItem('middle', 2, { ...old, parents: ['bottom'] }),
      cacheItem('top', 4, { ...old, parents: ['middle'] }),
      cacheItem('under-new', 8, old),
      cacheItem('new', 16, { ...old, lastUsed: NOW - 5, parents: ['under-new'] }),
      cacheItem('busy', 32, { ...old, inUse: true }),
      cacheItem('source', 64, { ...old, type: 'source.local' }),
    ];
    const ids = (rule: string) =>
      matchRules(sceneOf(world({ buildCache })), [parseRule(rule)]).buildCache.map(({ id }) => id);
    expect(ids('build-cache=older-than=7d,type=regular')).toEqual(['top', 'middle', 'bottom']);
    expect(ids('build-cache=type=source.local')).toEqual(['source']);
    expect(ids('build-cache').sort()).toEqual(['bottom', 'middle', 'new', 'source', 'top', 'under-new']);
    const answer = answerRule(sceneOf(world({ buildCache })), parseRule('build-cache=older-than=7d'));
    expect(answer.freed).toEqual({ bytes: 71, bound: 'exact' });
  });

  it('answer with what may go and what it frees as a set', () => {
    const answer = answerRule(scene, parseRule('older-than=75d'));
    expect(answer.images.map((id) => NAMES.get(id)).sort()).toEqual(['lost', 'v1']);
    expect(answer.freed).toEqual({ bytes: 9, bound: 'exact' });
    const used = answerRule(scene, parseRule('label=team'));
    expect(used).toMatchObject({ images: [], spared: [{ name: 'app:2', why: 'in-use', by: ['web'] }] });
  });
});

describe('what stands in the way', () => {
  const child: MadeImage = {
    name: 'child',
    parent: 'v1',
    tags: ['child:1'],
    layers: [base, ['v1', 1], ['c', 5]],
  };
  const family = (containers: Parameters<typeof stockOf>[1] = {}) =>
    sceneOf(stockOf([...IMAGES, child], containers));
  const whole = (...names: string[]) => ({
    ...NO_MARKS,
    images: new Map(names.map((name) => [idOf(name), WHOLE] as const)),
  });

  it('goes first where that was asked for', () => {
    const kept = planCleanup(family(), whole('v1'));
    expect(kept).toMatchObject({
      freed: { bytes: 0 },
      spared: [{ name: 'app:1', why: 'needed', by: ['child:1'] }],
    });
    const taken = planCleanup(family(), whole('v1'), { withChildren: true });
    expect(taken.images.calls.map((call) => call.target)).toEqual(['child:1', 'app:1']);
    expect(taken.spared).toEqual([]);
  });

  it('keeps the name of an image that would stay on disk all the same', () => {
    const stock = stockOf([...IMAGES, child], {
      kind: 'docker-containerd',
      containers: [{ name: 'c', image: 'child', running: true }],
    });
    const plan = planCleanup(sceneOf(stock), whole('v1', 'lost'));
    expect(plan.images.targets).toEqual([{ id: idOf('lost') }]);
    expect(plan.spared).toMatchObject([{ name: 'app:1', why: 'needed', by: ['child:1'] }]);
  });

  it('stays where part of it must stay', () => {
    const scene = family({ containers: [{ name: 'c', image: 'child', running: true }] });
    const plan = planCleanup(scene, whole('v1', 'lost'), { withChildren: true, withContainers: true });
    expect(plan.images.targets).toEqual([{ id: idOf('lost') }]);
    expect(plan.containers).toEqual([]);
  });

  it('are containers: stopped ones go, running ones where the engine can stop them', () => {
    const scene = family({
      containers: [
        { name: 'a', image: 'v2' },
        { name: 'b', image: 'other', running: true },
      ],
    });
    const gentle = planCleanup(scene, whole('v2', 'other'), { withContainers: true });
    expect(gentle.containers.map(({ name, stop }) => [name, stop])).toEqual([['a', false]]);
    expect(gentle.spared).toMatchObject([{ name: 'reg.io/acme/other:1', why: 'in-use', by: ['b'] }]);
    const firm = planCleanup(scene, whole('v2', 'other'), { withContainers: true, canStop: true });
    expect(firm.containers.map(({ name, stop }) => [name, stop])).toEqual([
      ['a', false],
      ['b', true],
    ]);
    expect(firm.freed).toMatchObject({ bytes: 1002, bound: 'at-least' });
  });

  it('removes no container whose image cannot go for another reason', () => {
    const scene = family({ containers: [{ name: 'a', image: 'v1' }] });
    const plan = planCleanup(scene, whole('v1'), { withContainers: true });
    expect(plan.containers).toEqual([]);
    expect(plan.images.calls).toEqual([]);
    expect(plan.spared).toMatchObject([{ name: 'app:1' }]);
  });
});

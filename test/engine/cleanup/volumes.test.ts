/** Volumes in a clean-up: only by their own rule, never what is used or pinned, and as data that cannot come back. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { NO_MARKS, planCleanup } from '../../../src/engine/cleanup/cleanup-plan.ts';
import { freeUp } from '../../../src/engine/cleanup/free-up.ts';
import { WHOLE } from '../../../src/engine/cleanup/marked.ts';
import { checkPin, settingsOf } from '../../../src/engine/cleanup/pin-file.ts';
import { createPins, NO_PINS, type Pins, unknownPins } from '../../../src/engine/cleanup/pins.ts';
import { diskAfter } from '../../../src/engine/cleanup/plan-details.ts';
import { planFile, planFromFile, readPlanFile } from '../../../src/engine/cleanup/plan-file.ts';
import { planScript } from '../../../src/engine/cleanup/plan-script.ts';
import { answerRule } from '../../../src/engine/cleanup/rule-answers.ts';
import { matchRules } from '../../../src/engine/cleanup/rule-match.ts';
import { parseRule, RULES, ruleText } from '../../../src/engine/cleanup/rule-text.ts';
import type { Scene } from '../../../src/engine/cleanup/scene.ts';
import { cleanupWeight } from '../../../src/engine/cleanup/weight.ts';
import type { DiskUsage } from '../../../src/engine/disk-usage.ts';
import type { EngineInfo } from '../../../src/engine/engine.ts';
import type { Stock } from '../../../src/engine/stock.ts';
import type { Volume } from '../../../src/engine/volume.ts';
import { hex, idOf, stockOf } from '../stock-maker.ts';
import { DAY, NOW, sceneOf } from './scenes.ts';

const made = stockOf(
  [
    { name: 'app', tags: ['app:1'], layers: [['a', 5]] },
    { name: 'lost', layers: [['l', 3]] },
  ],
  {
    containers: [
      { name: 'old', image: 'app' },
      { name: 'web', image: 'app', running: true },
    ],
  },
);
const OLD = made.containers[0]!.id;
const WEB = made.containers[1]!.id;
const NAMELESS = hex('nobody named it');
const LEFT = hex('another');

function volume(name: string, facts: Partial<Volume> = {}): Volume {
  const users = facts.users ?? [];
  return {
    name,
    driver: 'local',
    elsewhere: false,
    anonymous: /^[0-9a-f]{64}$/.test(name),
    labels: {},
    created: NOW - 10 * DAY,
    users,
    inUse: users.length > 0,
    ...facts,
  };
}

const VOLUMES = [
  volume(NAMELESS),
  volume(LEFT, { users: [OLD] }),
  volume('cache', { created: NOW - DAY, made: '2026-11-22T18:50:05+02:00' }),
  volume('pg-data', { labels: { team: 'core' } }),
  volume('nfs', { elsewhere: true }),
  volume('odd', { driver: 'plugin', elsewhere: true, created: 0 }),
  volume('shared', { users: [OLD, WEB] }),
  // An engine counts a user that it does not list.
  volume('held', { inUse: true }),
];
const stock: Stock = {
  ...made,
  volumes: VOLUMES,
  volumeSizes: { [NAMELESS]: 700, [LEFT]: 50, cache: 20, 'pg-data': 4000, shared: 9, held: 8 },
};

const shown = (names: readonly string[]) =>
  names.map((name) => (name === NAMELESS ? 'nameless' : name === LEFT ? 'left' : name));
const planOf = (scene: Scene, ...rules: readonly string[]) =>
  planCleanup(
    scene,
    matchRules(
      scene,
      rules.map((text) => parseRule(text)),
    ),
  );
const going = (scene: Scene, ...rules: readonly string[]) =>
  shown(planOf(scene, ...rules).volumes.map(({ name }) => name));

describe('the rule about volumes', () => {
  it.each([
    ['unused-volumes', ['nameless']],
    ['unused-volumes=anonymous', ['nameless']],
    ['unused-volumes=all', ['nameless', 'cache', 'pg-data']],
    ['unused-volumes=all,older-than=5d', ['nameless', 'pg-data']],
    ['unused-volumes=label=team', []],
    ['unused-volumes=all,label=team=core', ['pg-data']],
    ['unused-volumes=all,label=team=edge', []],
    ['unused-volumes=name=pg-*', ['pg-data']],
    // Only a name says that what may lie elsewhere is meant.
    ['unused-volumes=name=*', ['nameless', 'cache', 'pg-data', 'nfs', 'odd']],
    ['unused-volumes=name=shared', []],
    ['unused-volumes=name=held', []],
    ['unused-volumes=all,released', ['nameless', 'cache', 'pg-data']],
  ])('%s means %j', (rule, names) => {
    expect(going(sceneOf(stock), rule)).toEqual(names);
  });

  it.each([
    ['unused-volumes', 'unused-volumes'],
    ['unused-volumes=anonymous', 'unused-volumes'],
    [
      'unused-volumes=name=pg-*,older-than=48h,released,all',
      'unused-volumes=all,released,older-than=2d,name=pg-*',
    ],
    ['"unused-volumes=label=by=some one"', '"unused-volumes=label=by=some one"'],
  ])('%s is written %s', (text, canonical) => {
    expect(ruleText(parseRule(text))).toBe(canonical);
    expect(parseRule(canonical)).toEqual(parseRule(text));
  });

  it.each([
    ['unused-volumes=', 'needs a value'],
    ['unused-volumes=all,anonymous', 'only anonymous'],
    ['unused-volumes=anonymous,name=pg-*', 'only anonymous'],
    ['unused-volumes=all,label=a=1,label=b', '"label" is there twice'],
    ['unused-volumes=older-than=30d,older-than=1d', '"older-than" is there twice'],
    ['unused-volumes=named', '"named" is no limit'],
    ['unused-volumes=name=', 'is no limit'],
    ['unused-volumes=name=a[', 'is not a pattern'],
    ['unused-volumes=older-than', 'is not an age'],
    ['unused-volumes and unused', 'cannot be joined'],
  ])('%s is refused', (text, message) => {
    expect(() => parseRule(text)).toThrow(message);
  });

  it('takes what containers of the same plan had only where it says so, and all of them go', () => {
    const scene = sceneOf(stock);
    expect(going(scene, 'stopped-containers', 'unused-volumes')).toEqual(['nameless']);
    expect(going(scene, 'stopped-containers', 'unused-volumes=released')).toEqual(['nameless', 'left']);
    // `web` runs and stays, so what it shares stays as well.
    expect(going(scene, 'stopped-containers', 'unused-volumes=released,name=*')).not.toContain('shared');
    const plan = planOf(scene, 'stopped-containers', 'unused-volumes=released');
    expect(plan.volumes.map(({ users }) => users)).toEqual([[], [OLD]]);
  });

  it('follows containers that go for the sake of an image', () => {
    const only: Stock = { ...stock, containers: stock.containers.filter(({ id }) => id === OLD) };
    const marks = { ...matchRules(sceneOf(only), [parseRule('unused-volumes=released')]) };
    const images = new Map([[idOf('app'), WHOLE] as const]);
    const names = (withContainers: boolean) =>
      planCleanup(sceneOf(only), { ...marks, images }, { withContainers }).volumes.map(({ name }) => name);
    expect(shown(names(true))).toEqual(['nameless', 'left']);
    expect(shown(names(false))).toEqual(['nameless']);
  });

  it('says what it could not decide', () => {
    const { volumes, notes } = planOf(sceneOf(stock), 'unused-volumes=name=*,older-than=5d');
    expect(shown(volumes.map(({ name }) => name))).toEqual(['nameless', 'pg-data', 'nfs']);
    expect(notes).toEqual([
      'unused-volumes=older-than=5d,name=*: 1 volume is left out, because the engine does not tell when they were made.',
    ]);
    expect(planOf(sceneOf(made), 'unused-volumes').notes).toEqual([
      'unused-volumes: the volumes have not been read.',
    ]);
  });

  it('is the only way by which a volume goes', () => {
    const scene = sceneOf(stock);
    const others = RULES.map(({ kind }) => kind).filter((kind) => kind !== 'unused-volumes');
    const values: Readonly<Record<string, string>> = {
      'older-than': '=0s',
      'not-used-for': '=0s',
      'keep-newest': '=0',
      name: '=*',
      label: '=team',
      'larger-than': '=0',
    };
    const plan = planCleanup(
      scene,
      matchRules(
        scene,
        others.map((kind) => parseRule(`${kind}${values[kind] ?? ''}`)),
      ),
      { withContainers: true, withChildren: true, canStop: true },
    );
    expect(plan.images.calls.length + plan.containers.length).toBeGreaterThan(0);
    expect(plan.volumes).toEqual([]);
    expect(freeUp(scene, 1e12, NO_MARKS, { withContainers: true }).plan.volumes).toEqual([]);
  });
});

describe('a plan with volumes', () => {
  it('counts what is in them, as a bound where the engine does not tell', () => {
    const { freed, parts } = planOf(sceneOf(stock), 'unused-volumes=all');
    expect({ freed, parts }).toMatchObject({
      freed: { bytes: 4720, bound: 'exact' },
      parts: { volumes: { bytes: 4720, bound: 'exact' }, images: { bytes: 0 } },
    });
    const bound = planOf(sceneOf(stock), 'unused-volumes=name=*', 'dangling');
    expect(bound.parts.volumes).toMatchObject({ bytes: 4720, bound: 'at-least' });
    expect(bound.freed).toMatchObject({
      bytes: 4723,
      bound: 'at-least',
      reason: expect.stringMatching(/elsewhere/),
    });
    const [none, held] = [0, 5_000].map((bytes) => ({ size: { bytes, bound: 'exact' } }));
    const usage = { images: none, containers: none, volumes: held, buildCache: none } as unknown as DiskUsage;
    // Where at least so much goes, at most the rest is left.
    expect(diskAfter(usage, bound)).toMatchObject({
      before: { bytes: 5_000, bound: 'exact' },
      after: { bytes: 277, bound: 'about' },
    });
    const { volumes, freed: alone } = answerRule(sceneOf(stock), parseRule('unused-volumes'));
    expect({ volumes, alone }).toMatchObject({ volumes: [NAMELESS], alone: { bytes: 700 } });
  });

  it('takes the word, kept images or not', () => {
    const plan = planOf(sceneOf(stock), 'unused-volumes');
    expect([cleanupWeight(plan), cleanupWeight(plan, true)]).toEqual(['irreversible', 'irreversible']);
  });

  it('spares what is pinned by its name, by a label, or by pins that are not known', () => {
    const spared = (pins: Pins) => {
      const plan = planOf({ ...sceneOf(stock), pins }, 'unused-volumes=all');
      const names = plan.spared.map(({ name, why, by }) => [name, why, ...by].join(' '));
      return [...shown(plan.volumes.map(({ name }) => name)), ...names];
    };
    const pinned = (...pins: readonly string[]) => spared(createPins(settingsOf(pins)));
    expect(pinned('volume=pg-*')).toEqual(['nameless', 'cache', 'volume pg-data pinned volume=pg-*']);
    expect(pinned('label=team=core')).toEqual(['nameless', 'cache', 'volume pg-data pinned label team=core']);
    expect(pinned(`volume=${NAMELESS}`)).toEqual([
      'cache',
      'pg-data',
      `volume ${NAMELESS.slice(0, 12)} pinned volume=${NAMELESS}`,
    ]);
    // A pin of images holds no volume of the same name.
    expect(pinned('pg-data', 'cache:*')).toEqual(['nameless', 'cache', 'pg-data']);
    expect(spared(unknownPins('a damaged file')).filter((text) => !text.includes('damaged'))).toEqual([]);
    for (const wrong of ['volume=', 'volume=a b', 'volume=a=b', 'volume=a['])
      expect(() => checkPin(wrong), wrong).toThrow();
  });
});

const info = { kind: 'docker-classic', name: 'docker', version: '20.10', address: 'unix:///x' } as EngineInfo;
const RULE = ['stopped-containers', 'unused-volumes=all,released'] as const;

describe('a plan with volumes in a file', () => {
  const plan = planOf(sceneOf(stock), ...RULE);
  const written = JSON.stringify(planFile(info, plan));
  const again = (now: Stock, text = written, pins: Pins = NO_PINS) =>
    planFromFile(readPlanFile(text), now, pins, info.address);

  it('is the same plan when it is read', () => {
    expect(again(stock).plan).toEqual({ ...plan, spared: [] });
  });

  const changed = (name: string, facts: Partial<Volume>): Stock => ({
    ...stock,
    volumes: VOLUMES.map((one) => (one.name === name ? { ...one, ...facts } : one)),
  });
  it.each<[string, Stock, string]>([
    ['one is gone', { ...stock, volumes: VOLUMES.slice(1) }, 'is gone'],
    ['a container took one', changed('cache', { users: [WEB] }), 'volume cache is used by a container now'],
    ['another container took one', changed(LEFT, { users: [OLD, WEB] }), 'is used by a container now'],
    ['somebody holds one', changed('cache', { inUse: true }), 'volume cache is in use now'],
    ['one was made anew', changed('cache', { created: NOW }), 'volume cache is not the one that was planned'],
  ])('does nothing where %s', (_, now, reason) => {
    const { plan: none, moved } = again(now);
    expect(none).toBeUndefined();
    expect(moved.join(', ')).toContain(reason);
  });

  it('does nothing to what is pinned by now, or to what a container has that stays', () => {
    expect(again(stock, written, createPins(settingsOf(['volume=pg-data']))).moved).toEqual([
      'volume pg-data is pinned (volume=pg-data)',
    ]);
    const file = JSON.parse(written);
    const shared = { name: 'shared', driver: 'local', anonymous: false, created: 0, users: [OLD, WEB] };
    const smuggled = JSON.stringify({ ...file, volumes: [...file.volumes, shared] });
    expect(again(stock, smuggled).moved).toEqual(['volume shared is used by a container that stays']);
  });

  it('is refused where its volumes are damaged, and read where there are none', () => {
    const { volumes, ...rest } = JSON.parse(written);
    expect(volumes).toHaveLength(4);
    expect(readPlanFile(JSON.stringify(rest)).volumes).toEqual([]);
    const twice = [volumes[0], volumes[0]];
    for (const wrong of ['all', [{ name: 'x' }], [{ ...volumes[0], users: 'all' }], twice])
      expect(() => readPlanFile(JSON.stringify({ ...rest, volumes: wrong }))).toThrow(/no plan of nacre's/);
  });

  it('is a script that checks each volume right before it goes, last of all', () => {
    const script = planScript(info, plan);
    const syntax = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' });
    expect(syntax).toMatchObject({ status: 0, stderr: '' });
    const acts = script.split('\n').filter((text) => /^(?:"\$docker"|unused )/.test(text));
    expect(acts.slice(0, 3)).toEqual([`unused ${NAMELESS}`, 'unused cache', 'unused pg-data']);
    expect(script.split('\n').filter((text) => text.startsWith('volume cache'))).toEqual(
      Array(2).fill('volume cache 2026-11-22T18:50:05+02:00'),
    );
    const told = planScript({ ...info, kind: 'podman' }, plan);
    expect(told).toContain('\nvolume cache\n');
    expect(acts.slice(3)).toEqual([
      `"$docker" container rm ${OLD}`,
      ...[NAMELESS, LEFT, 'cache', 'pg-data'].flatMap((name) => [
        `unused ${name}`,
        `"$docker" volume rm ${name}`,
      ]),
    ]);
    expect(planScript(info, planOf(sceneOf(stock), 'dangling'))).not.toContain('volume');
  });

  it('is a script that lets a container which goes at its end take only what was shown', () => {
    const anonymous = volume(LEFT, { users: [WEB] });
    const running: Stock = {
      ...stock,
      containers: stock.containers.filter(({ id }) => id === WEB),
      volumes: [volume(NAMELESS), anonymous],
    };
    const marks = {
      ...matchRules(sceneOf(running), [parseRule('unused-volumes=released')]),
      images: new Map([[idOf('app'), WHOLE] as const]),
    };
    const options = { withContainers: true, canStop: true };
    const script = planScript(info, planCleanup(sceneOf(running), marks, options));
    expect(spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0 });
    const lines = script.split('\n');
    expect(lines).toContain(`end ${WEB} web ${NAMELESS} ${LEFT}`);
    expect(lines.filter((text) => /^(?:gone|"\$docker" (?:container|volume)) /.test(text))).toEqual([
      `"$docker" volume rm ${NAMELESS}`,
      `gone ${LEFT} || { unused ${LEFT}; "$docker" volume rm ${LEFT}; }`,
    ]);
  });
});

/** Volumes cleaned up on real engines: exactly those that were shown, with what was in them, and none that moved. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type CleanupPlan, planCleanup } from '../../src/engine/cleanup/cleanup-plan.ts';
import {
  type CleanupEvent,
  type CleanupResult,
  executeCleanup,
} from '../../src/engine/cleanup/execute-cleanup.ts';
import { settingsOf } from '../../src/engine/cleanup/pin-file.ts';
import { createPins } from '../../src/engine/cleanup/pins.ts';
import { matchRules } from '../../src/engine/cleanup/rule-match.ts';
import { parseRule } from '../../src/engine/cleanup/rule-text.ts';
import { NO_USES } from '../../src/engine/cleanup/uses.ts';
import { connect } from '../../src/engine/connect.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { gatherStock } from '../../src/engine/stock.ts';
import type { Volumes } from '../../src/engine/volume.ts';
import { eachKind } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { type RawVolume, VolumeMaker } from '../support/volume-maker.ts';
import { SEED } from './random-ground.ts';
import { record, timeLimit, times } from './soak.ts';
import { random } from './stock-maker.ts';

const TURNS = times(60, 5);

eachKind('volumes', (name) => {
  let server: TestEngine;
  let engine: Engine;
  let maker: VolumeMaker;
  beforeAll(async () => {
    server = await startEngine(name);
    engine = await connect({ endpoint: { address: server.host }, chosenBy: 'the test says so', tried: [] });
    maker = new VolumeMaker(server);
    await new ImageMaker(server).base('base:1');
  });
  afterAll(async () => {
    await engine?.close();
    await server?.stop();
  });
  beforeEach(() => maker.clear());

  const planOf = async (rules: readonly string[], pins: readonly string[] = []): Promise<CleanupPlan> => {
    const stock = await gatherStock(engine, { volumes: true });
    const now = Math.floor(Date.now() / 1000) + 60;
    const scene = { stock, uses: NO_USES, pins: createPins(settingsOf(pins)), now };
    const parsed = rules.map((text) => parseRule(text));
    return planCleanup(scene, matchRules(scene, parsed), { canStop: true });
  };
  const left = async () => (await maker.volumes()).map(({ Name }) => Name).sort();
  const total = async () => [...(await maker.sizes()).values()].reduce((sum, size) => sum + size, 0);

  it(`go as they were shown, to the byte, ${TURNS} times`, { timeout: timeLimit(2 * TURNS) }, async () => {
    const pick = random(SEED);
    const met = { volumes: 0, released: 0, pinned: 0, kept: 0 };
    for (let turn = 0; turn < TURNS || met.released * met.pinned * met.kept === 0; turn++) {
      if (turn > 4 * TURNS) throw new Error(`chance met too little: ${JSON.stringify(met)}`);
      await maker.clear();
      const bytes = await somewhere(maker, pick, turn);
      const { rules, pins, means } = someAsked(pick, turn);
      const users = await maker.users();
      const meant = (await maker.volumes()).filter((volume) => means(volume, users.get(volume.Name) ?? []));
      const expected = meant.map(({ Name }) => Name).sort();
      const story = JSON.stringify({ name, turn, rules, pins });

      const plan = await planOf(rules, pins);
      expect(plan.volumes.map((volume) => volume.name).sort(), story).toEqual(expected);
      const freed = expected.reduce((sum, one) => sum + (bytes.get(one) ?? 0), 0);
      expect(plan.parts.volumes, story).toMatchObject({ bytes: freed, bound: 'exact' });
      const before = { names: await left(), bytes: await total() };
      const result = await carryOut(engine, plan);
      expect(result, story).toMatchObject({ outcome: 'done', failures: [], parts: plan.parts });
      expect(await left(), story).toEqual(before.names.filter((one) => !expected.includes(one)));
      expect(before.bytes - (await total()), story).toBe(freed);

      met.volumes += expected.length;
      met.released += plan.volumes.filter((volume) => volume.users.length > 0).length;
      met.pinned += plan.spared.filter(({ id }) => id.startsWith('volume ')).length;
      met.kept += before.names.length - expected.length;
    }
    record('volumes', name, met);
  });

  it('stay, with what is in them, once a container takes one between the plan and its turn', async () => {
    for (const at of ['before', 'v2'] as const) {
      await maker.clear();
      for (const one of ['v1', 'v2', 'v3']) await maker.volume({ name: one, bytes: 100 });
      const plan = await planOf(['unused-volumes=all']);
      expect(plan.volumes.map((volume) => volume.name)).toEqual(['v1', 'v2', 'v3']);
      const taken = at === 'before' ? 'v3' : at;
      const race = () => maker.container('base:1', [taken], { name: `racer-${at}`, start: true });
      if (at === 'before') await race();
      const result = await carryOut(engine, plan, async (event) => {
        if (event.type === 'thing' && event.id === `volume ${at}`) await race();
      });
      expect(result).toMatchObject({ outcome: 'moved', failures: [] });
      const why =
        at === 'before' ? 'volume v3 is used by a container now' : 'volume v2 is used by container racer-v2';
      expect(result.reasons).toEqual([why]);
      expect(await left()).toEqual(at === 'before' ? ['v1', 'v2', 'v3'] : ['v2', 'v3']);
      const { Mountpoint } = (await maker.volumes()).find(({ Name }) => Name === taken)!;
      expect((await readFile(join(Mountpoint, 'file'))).length).toBe(100);
    }
  });

  it('stay where the engine refuses at the very moment, and the others go', async () => {
    for (const one of ['v1', 'v2', 'v3']) await maker.volume({ name: one, bytes: 100 });
    const plan = await planOf(['unused-volumes=all']);
    const volumes: Volumes = {
      list: (options) => engine.volumes!.list(options),
      inspect: (one, options) => engine.volumes!.inspect(one, options),
      goingWith: (container, options) => engine.volumes!.goingWith(container, options),
      async remove(one, options) {
        if (one === 'v2') await maker.container('base:1', ['v2']);
        await engine.volumes!.remove(one, options);
      },
    };
    const result = await carryOut(withVolumes(engine, volumes), plan);
    expect(result).toMatchObject({
      outcome: 'done',
      failures: [{ name: 'volume v2', error: { code: 'in-use' } }],
      freed: { bytes: 200, bound: 'exact' },
    });
    expect(await left()).toEqual(['v2']);
  });

  it('are not taken for those of the same name that were made anew', async () => {
    await maker.volume({ name: 'mine', bytes: 10 });
    const plan = await planOf(['unused-volumes=all']);
    await maker.clear();
    // Engines tell when one was made in whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await maker.volume({ name: 'mine', bytes: 10 });
    const result = await carryOut(engine, plan);
    expect(result).toMatchObject({
      outcome: 'moved',
      reasons: ['volume mine is not the one that was planned'],
    });
    expect(await left()).toEqual(['mine']);
  });

  it('are done with where a container that goes at its end took them along', async () => {
    const images = new ImageMaker(server);
    await images.layered('base:1', 'throwaway', { tags: ['throwaway:1'], bytes: 10 });
    await maker.container('throwaway:1', [], { nameless: true, start: true, throwaway: true });
    const stock = await gatherStock(engine, { volumes: true });
    const scene = {
      stock,
      uses: NO_USES,
      pins: createPins(settingsOf([])),
      now: Math.floor(Date.now() / 1000),
    };
    const rules = ['name=throwaway', 'unused-volumes=released'].map((text) => parseRule(text));
    const options = { withContainers: true, canStop: true };
    const plan = planCleanup(scene, matchRules(scene, rules), options);
    expect(plan).toMatchObject({ containers: [{ stop: true }], volumes: [{ anonymous: true }] });
    const result = await carryOut(engine, plan);
    expect(result, result.reasons.join()).toMatchObject({
      outcome: 'done',
      failures: [],
      volumes: plan.volumes,
    });
    expect(await left()).toEqual([]);
  });

  it('stay where a container that goes at its end would take one along that nobody was shown', async () => {
    const images = new ImageMaker(server);
    await images.layered('base:1', 'throwaway', { tags: ['throwaway:1'], bytes: 10 });
    const container = { name: 'passing', nameless: true, start: true, throwaway: true };
    await maker.container('throwaway:1', [], container);
    await maker.container('throwaway:1', [], { name: 'other' });
    const stock = await gatherStock(engine);
    const scene = { stock, uses: NO_USES, pins: createPins(settingsOf([])), now: Date.now() / 1000 };
    const marks = matchRules(scene, [parseRule('name=throwaway')]);
    const plan = planCleanup(scene, marks, { withContainers: true, canStop: true });
    expect(plan.containers.map(({ stop }) => stop).sort()).toEqual([false, true]);
    const before = await left();
    const result = await carryOut(engine, plan);
    expect(result).toMatchObject({
      outcome: 'moved',
      reasons: ['passing could not be removed'],
      containers: [],
      failures: [
        { name: 'passing', error: { code: 'in-use', message: expect.stringMatching(/go with it/) } },
      ],
    });
    expect(before).toHaveLength(1);
    expect(await left()).toEqual(before);
  });

  it('stay while a container mounts the folder of one by its path', async () => {
    await maker.volume({ name: 'plain', bytes: 10 });
    await maker.volume({ name: 'by-path', bytes: 10 });
    const plan = await planOf(['unused-volumes=all']);
    const { Mountpoint } = (await maker.volumes()).find(({ Name }) => Name === 'by-path')!;
    await maker.container('base:1', [Mountpoint], { name: 'binder' });
    expect((await planOf(['unused-volumes=all'])).volumes.map((volume) => volume.name)).toEqual(['plain']);
    const result = await carryOut(engine, plan);
    expect(result).toMatchObject({
      outcome: 'moved',
      reasons: ['volume by-path is used by a container now'],
    });
    expect(await left()).toEqual(['by-path', 'plain']);
    const freeing = await planOf(['unused-volumes=all,released', 'stopped-containers']);
    expect(await carryOut(engine, freeing)).toMatchObject({ outcome: 'done', failures: [] });
    expect(await left()).toEqual([]);
  });

  it('of something elsewhere go only by name, and what that frees is a bound', async () => {
    await maker.volume({ name: 'elsewhere', options: { type: 'tmpfs', device: 'tmpfs' } });
    await maker.volume({ name: 'here', bytes: 10 });
    expect((await planOf(['unused-volumes=all'])).volumes.map((volume) => volume.name)).toEqual(['here']);
    const plan = await planOf(['unused-volumes=name=*']);
    expect(plan.volumes.map((volume) => volume.name)).toEqual(['elsewhere', 'here']);
    const isMeasured = engine.info.kind === 'podman';
    expect(plan.freed).toMatchObject({ bytes: 10, bound: isMeasured ? 'exact' : 'at-least' });
    expect(await carryOut(engine, plan)).toMatchObject({ outcome: 'done', failures: [] });
    expect(await left()).toEqual([]);
  });
});

/** Volumes and containers that use some of them. Returns the bytes in each. */
async function somewhere(
  maker: VolumeMaker,
  pick: (below: number) => number,
  turn: number,
): Promise<ReadonlyMap<string, number>> {
  const bytes = new Map<string, number>();
  for (let count = 4 + pick(4); count > 0; count--) {
    const size = pick(3) === 0 ? 0 : pick(9_000);
    const labels = [{}, { team: 'core' }, { keep: 'yes' }][pick(3)]!;
    const named = pick(2) === 0 ? { name: `${pick(2) === 0 ? 'db' : 'web'}-${turn}-${count}`, labels } : {};
    bytes.set(await maker.volume({ ...named, bytes: size }), size);
  }
  const names = [...bytes.keys()];
  for (let count = pick(4); count > 0; count--) {
    const used = names.filter(() => pick(4) === 0);
    await maker.container('base:1', used, { nameless: pick(2) === 0 });
  }
  return bytes;
}

interface Asked {
  readonly rules: readonly string[];
  readonly pins: readonly string[];
  /** Told from how each was made, not by the code under test. */
  means(volume: RawVolume, users: readonly string[]): boolean;
}

function someAsked(pick: (below: number) => number, turn: number): Asked {
  const kinds: readonly (readonly [string, (volume: RawVolume) => boolean])[] = [
    ['', isNameless],
    ['all', () => true],
    ['all,label=team=core', ({ Labels }) => Labels?.['team'] === 'core'],
    ['name=db-*', ({ Name }) => Name.startsWith('db-')],
  ];
  const holds: readonly (readonly [string, (volume: RawVolume) => boolean])[] = [
    ['volume=web-*', ({ Name }) => Name.startsWith('web-')],
    ['label=keep', ({ Labels }) => Labels?.['keep'] === 'yes'],
    [`volume=db-${turn}-1`, ({ Name }) => Name === `db-${turn}-1`],
  ];
  const [kind, isMeant] = kinds[pick(kinds.length)]!;
  const pinned = holds.filter(() => pick(3) === 0);
  const released = pick(2) === 0;
  const stopped = pick(2) === 0;
  const limits = [kind, released ? 'released' : ''].filter((limit) => limit !== '').join(',');
  return {
    rules: [`unused-volumes${limits === '' ? '' : `=${limits}`}`, ...(stopped ? ['stopped-containers'] : [])],
    pins: pinned.map(([pin]) => pin),
    means: (volume, users) =>
      isMeant(volume) &&
      !pinned.some(([, isHeld]) => isHeld(volume)) &&
      // None of the containers runs, so the rule about them takes all.
      (users.length === 0 || (released && stopped)),
  };
}

function isNameless({ Name }: RawVolume): boolean {
  return /^[0-9a-f]{64}$/.test(Name);
}

async function carryOut(
  engine: Engine,
  plan: CleanupPlan,
  onEvent: (event: CleanupEvent) => Promise<void> = async () => {},
): Promise<CleanupResult> {
  const run = executeCleanup(engine, plan);
  for (;;) {
    const step = await run.next();
    if (step.done) return step.value;
    await onEvent(step.value);
  }
}

/** The same engine with other volumes. */
function withVolumes(engine: Engine, volumes: Volumes): Engine {
  return new Proxy(engine, {
    get: (target, key) => {
      if (key === 'volumes') return volumes;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

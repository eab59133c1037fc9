/** Taking changes back, on real engines: afterwards every name and digest is where it was. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Choice } from '../../../src/engine/choice.ts';
import { connect } from '../../../src/engine/connect.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { executePlan } from '../../../src/engine/execute.ts';
import { planRemoval } from '../../../src/engine/planner.ts';
import { gatherStock } from '../../../src/engine/stock.ts';
import type { RecordedAct } from '../../../src/engine/undo/change.ts';
import { type ChangeJournal, openChangeJournal } from '../../../src/engine/undo/change-journal.ts';
import { factsOf } from '../../../src/engine/undo/facts.ts';
import { lastUndoable } from '../../../src/engine/undo/last-act.ts';
import { type Restored, restore } from '../../../src/engine/undo/restoring.ts';
import { type Way, wayBack } from '../../../src/engine/undo/way-back.ts';
import { engineGroup } from '../../support/engine-group.ts';
import { type EngineName, startEngine } from '../../support/engines.ts';
import { ImageMaker, type Maker } from '../../support/image-maker.ts';
import { OciMaker } from '../../support/oci-maker.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';

interface Ground {
  readonly engine: Engine;
  readonly journal: ChangeJournal;
  readonly maker: Maker;
  readonly registry: TestRegistry;
  end(): Promise<void>;
}

for (const name of ['docker20', 'docker28-containerd', 'podman43'] as const)
  engineGroup('taking back', name, () => undoSuite(() => onDaemon(name)));
describe('taking back on the embedded engine', () => undoSuite(onStore));

async function onDaemon(name: EngineName): Promise<Ground> {
  const registry = await startRegistry();
  const server = await startEngine(name, { registries: [registry.address] });
  return open({ endpoint: { address: server.host }, chosenBy: 'test', tried: [] }, registry, {
    maker: new ImageMaker(server),
    end: () => server.stop(),
  });
}

async function onStore(): Promise<Ground> {
  const folder = scratchFolder();
  const maker = new OciMaker(join(folder, 'store'));
  await maker.init();
  return open({ store: maker.folder, chosenBy: 'test', tried: [] }, await startRegistry(), {
    maker,
    end: () => removeScratch(folder),
  });
}

async function open(
  choice: Choice,
  registry: TestRegistry,
  { maker, end }: Pick<Ground, 'maker' | 'end'>,
): Promise<Ground> {
  const folder = scratchFolder();
  const journal = openChangeJournal({ folder: join(folder, 'changes') });
  const engine = await connect(choice, { journal, insecureRegistries: [registry.address] });
  return {
    engine,
    journal,
    maker,
    registry,
    end: async () => {
      await engine.close();
      await end();
      await registry.stop();
      await removeScratch(folder);
    },
  };
}

async function resultOf<Result>(events: AsyncGenerator<unknown, Result, void>): Promise<Result> {
  for (;;) {
    const next = await events.next();
    if (next.done) return next.value;
  }
}

/**
 * Every name and digest, and whose it is. What is pulled by digest has that as a name on some engines, and as a digest
 * on all of them.
 */
async function namesOf(engine: Engine): Promise<string[]> {
  const images = await engine.list({ all: true });
  const names = images.flatMap(({ id, references, digests }) =>
    [...references, ...digests].map((name) => `${name} ${id}`),
  );
  return [...new Set(names)].sort();
}

function undoSuite(start: () => Promise<Ground>): void {
  let ground: Ground;
  beforeAll(async () => {
    ground = await start();
    await ground.maker.tiny('one:1');
    await ground.maker.tiny('two:1');
  });
  afterAll(() => ground?.end());

  const acts = (): Promise<RecordedAct[]> => ground.journal.list({ engine: ground.engine.info });
  const undo = async (act?: RecordedAct): Promise<{ way: Way; result: Restored }> => {
    const { engine, journal } = ground;
    const facts = await factsOf(engine);
    const chosen = act ?? lastUndoable(await acts(), facts);
    if (chosen === undefined) throw new Error('nothing can be taken back');
    const way = wayBack(chosen, facts);
    const work = restore({ engine, journal, act: chosen, way });
    for (;;) {
      const next = await work.next();
      if (next.done) return { way, result: next.value };
    }
  };
  const removeAll = async (...targets: string[]): Promise<void> => {
    const { engine } = ground;
    const stock = await gatherStock(engine);
    const wanted = targets.map(
      (target) => stock.images.find(({ references }) => references.includes(target))!,
    );
    const plan = planRemoval(
      stock,
      wanted.map(({ id }) => ({ id })),
      { force: true },
    );
    const work = executePlan(engine, plan);
    for (;;) {
      const next = await work.next();
      if (!next.done) continue;
      expect(next.value).toMatchObject({ outcome: 'done', failures: [] });
      return;
    }
  };

  it('a new name goes, a moved one goes back, a taken one is given again', async () => {
    const { engine } = ground;
    const before = await namesOf(engine);
    await engine.tag('one:1', 'more:1');
    await engine.tag('two:1', 'more:1');
    await engine.tag('two:1', 'two:2');
    await engine.remove('two:2', { noPrune: true });
    const ways: string[] = [];
    for (let count = 0; count < 4; count++) {
      const { way, result } = await undo();
      ways.push(way.kind);
      expect(result.lacks).toEqual([]);
    }
    expect(ways).toEqual(['retag', 'retag', 'retag', 'retag']);
    expect(await namesOf(engine)).toEqual(before);
    expect(lastUndoable(await acts(), await factsOf(engine))).toBeUndefined();

    // An undo is a change like any other.
    const [newest] = await acts();
    expect(newest).toMatchObject({ undoes: expect.any(String) });
    await undo(newest);
    const isMore = (each: string): boolean => /^more[:@]/.test(each);
    const after = await namesOf(engine);
    expect(after.some(isMore)).toBe(true);
    expect(after.filter((each) => !isMore(each))).toEqual(before);
    const [again] = await acts();
    await undo(again);
    expect(await namesOf(engine)).toEqual(before);
  });

  it('what was deleted and is in a registry is pulled again, with all of its names', async () => {
    const { engine, registry, maker } = ground;
    const pushed = `${registry.address}/lab/app:1`;
    await maker.tiny(pushed, { salt: 'app' });
    for await (const _ of engine.push(pushed));
    await engine.remove(pushed);
    for await (const _ of engine.pull(pushed));
    await engine.tag(pushed, 'app:1');
    await engine.tag(pushed, 'app:2');
    const before = await namesOf(engine);
    await removeAll('app:1');
    expect(await namesOf(engine)).not.toContain(before.find((each) => each.startsWith('app:1 ')));
    const { way, result } = await undo();
    expect(way).toMatchObject({ kind: 'pull', whole: true, lacks: [] });
    expect(result.lacks).toEqual([]);
    expect(await namesOf(engine)).toEqual(before);
  });

  it('a name is the last one where only a digest of its repository is beside it', async () => {
    const { engine, registry, maker } = ground;
    const name = `${registry.address}/lab/pinned:1`;
    await maker.tiny(name, { salt: 'pinned' });
    const { digest } = await resultOf(engine.push(name));
    await engine.remove(name);
    const { id } = await resultOf(engine.pull(`${registry.address}/lab/pinned@${digest}`));
    await engine.tag(id, name);
    const [act] = await acts();
    expect(wayBack(act!, await factsOf(engine))).toMatchObject({ kind: 'none', steps: [] });
    // As it was shown before, by somebody who did not know.
    const way = { kind: 'retag', why: '', steps: [{ kind: 'untag', image: id, name }], lacks: [] } as const;
    const { journal } = ground;
    const result = await resultOf(restore({ engine, journal, act: act!, way: { ...way, whole: true } }));
    expect(result).toMatchObject({ done: [], lacks: [expect.stringContaining('is the only name of')] });
    expect((await engine.inspect(id)).references).toContain(name);
  });

  it('what no registry has is told as lost, and a name of somebody else stays there', async () => {
    const { engine, maker } = ground;
    await maker.tiny('lost:1');
    await removeAll('lost:1');
    let [act] = await acts();
    const facts = await factsOf(engine);
    const way = wayBack(act!, facts);
    // The others give every name a digest: only the registry knows whether it has it.
    const isKnown = ['docker-classic', 'embedded'].includes(engine.info.kind);
    expect(way).toMatchObject(isKnown ? { kind: 'none', steps: [] } : { kind: 'pull' });

    await engine.tag('one:1', 'mine:1');
    await engine.remove('mine:1', { noPrune: true });
    [act] = await acts();
    await engine.tag('two:1', 'mine:1');
    expect(wayBack(act!, await factsOf(engine))).toMatchObject({
      kind: 'none',
      why: expect.stringMatching(/^mine:1 is the name of [0-9a-f]{12} now$/),
    });
    await undo();
  });
}

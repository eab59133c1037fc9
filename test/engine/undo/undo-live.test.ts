/** A random script of changes on real engines, each taken back: all names and digests are as before where the journal said so. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Choice } from '../../../src/engine/choice.ts';
import { planCleanup } from '../../../src/engine/cleanup/cleanup-plan.ts';
import { executeCleanup } from '../../../src/engine/cleanup/execute-cleanup.ts';
import { markedOf } from '../../../src/engine/cleanup/marked.ts';
import { NO_PINS } from '../../../src/engine/cleanup/pins.ts';
import { NO_USES } from '../../../src/engine/cleanup/uses.ts';
import { connect } from '../../../src/engine/connect.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { executePlan } from '../../../src/engine/execute.ts';
import { planRemoval } from '../../../src/engine/planner.ts';
import { gatherStock, type Stock } from '../../../src/engine/stock.ts';
import { openTrash, type Trash } from '../../../src/engine/trash/trash.ts';
import { newAct, type RecordedAct } from '../../../src/engine/undo/change.ts';
import { type ChangeJournal, openChangeJournal } from '../../../src/engine/undo/change-journal.ts';
import { factsOf } from '../../../src/engine/undo/facts.ts';
import { inOneAct } from '../../../src/engine/undo/journaling.ts';
import { type Restored, restore } from '../../../src/engine/undo/restoring.ts';
import { stepText, type Way, wayBack } from '../../../src/engine/undo/way-back.ts';
import { engineGroup } from '../../support/engine-group.ts';
import { type EngineName, startEngine } from '../../support/engines.ts';
import { startRegistry } from '../../support/registry.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { RandomLayout } from '../embedded/random-layout.ts';
import { randomTargets } from '../random-cleanup.ts';
import { describeStock, SEED } from '../random-ground.ts';
import { RandomWorld } from '../random-world.ts';
import { isOver, record, timeLimit, times } from '../soak.ts';
import { random } from '../stock-maker.ts';

type Draw = (below: number) => number;

interface Ground {
  readonly engine: Engine;
  readonly journal: ChangeJournal;
  readonly trash: Trash;
  readonly pick: Draw;
  stir(): Promise<void>;
  end(): Promise<void>;
}

const ENGINES: readonly (readonly [EngineName, number])[] = [
  ['docker20', times(200)],
  ['docker26-containerd', times(60)],
  ['podman43', times(60)],
];

for (const [name, actions] of ENGINES) {
  engineGroup('undo', name, () => undoes(name, actions, () => onDaemon(name)));
}
describe('undo on the embedded engine', () => undoes('embedded', times(180), onStore));

async function onDaemon(name: EngineName): Promise<Ground> {
  const registry = await startRegistry();
  const server = await startEngine(name, { registries: [registry.address] });
  const pick = random(SEED);
  const world = new RandomWorld(server, registry.address, pick, { quick: true });
  return await open({ endpoint: { address: server.host }, chosenBy: 'the test says so', tried: [] }, pick, {
    stir: () => world.stir(6),
    end: async () => {
      await server.stop();
      await registry.stop();
    },
  });
}

async function onStore(): Promise<Ground> {
  const folder = scratchFolder();
  const pick = random(SEED);
  const world = new RandomLayout(join(folder, 'store'), pick);
  await world.init();
  return await open({ store: world.maker.folder, chosenBy: 'the test says so', tried: [] }, pick, {
    stir: () => world.stir(4),
    end: () => removeScratch(folder),
  });
}

async function open(choice: Choice, pick: Draw, rest: Pick<Ground, 'stir' | 'end'>): Promise<Ground> {
  const folder = scratchFolder();
  const journal = openChangeJournal({ folder: join(folder, 'changes') });
  const trash = await openTrash({ folder: join(folder, 'trash'), settings: { keep: 86_400, size: 1e9 } });
  const engine = await connect(choice, { journal });
  return {
    engine,
    journal,
    trash,
    pick,
    stir: rest.stir,
    end: async () => {
      await engine.close();
      await rest.end();
      await removeScratch(folder);
    },
  };
}

function undoes(on: string, actions: number, start: () => Promise<Ground>): void {
  let ground: Ground;
  beforeAll(async () => {
    ground = await start();
  });
  afterAll(() => ground?.end());

  it(`${actions} changes, each to the same names and digests`, {
    timeout: timeLimit(3 * actions),
  }, async () => {
    const { engine, journal, pick } = ground;
    const met: Record<string, number> = { changes: 0, whole: 0, part: 0, impossible: 0, redone: 0 };
    // A journal that promises little proves little.
    const isEnough = () => met['whole']! > met['changes']! / 5 && (met['by retag'] ?? 0) > 0;
    for (let attempt = 0; !isOver(met['changes']!, actions, isEnough); attempt++) {
      expect(attempt).toBeLessThan(30 * actions);
      await ground.stir();
      const stock = await gatherStock(engine);
      const before = await namesOf(engine);
      const { words, act } = someChange(ground, stock);
      const id = newAct();
      await act(inOneAct(engine, id));
      const after = await namesOf(engine);
      const recorded = (await journal.list({ engine: engine.info })).find((one) => one.id === id.id);
      const story = [`change ${attempt}`, ...words, ...describeStock(stock)].join('\n');
      // What changed names is in the journal.
      if (recorded === undefined) expect(after, story).toEqual(before);
      if (recorded === undefined || same(before, after)) continue;
      met['changes']!++;
      const { way, result } = await undo(ground, recorded);
      const kind = `by ${way.kind}`;
      if (result !== undefined) met[kind] = (met[kind] ?? 0) + 1;
      const told = [story, JSON.stringify({ way, result }, null, 1), 'after it', ...after].join('\n');
      const lacks = result?.lacks ?? way.lacks;
      // A build step that is back has lost what was built on it, and is there as it was before all the same.
      const steps = new Set(stock.images.flatMap(({ id, role }) => (role === 'intermediate' ? [id] : [])));
      const now = (await namesOf(engine)).filter((line) => !steps.has(line));
      if (lacks.length === 0) {
        met['whole']!++;
        expect(now, told).toEqual(before);
      } else {
        met[result === undefined ? 'impossible' : 'part']!++;
        // Whatever is not as before was told.
        const missing = before.filter((line) => !now.includes(line));
        for (const line of missing) {
          // An image is called by any of its names, or by its id.
          const [id = ''] = line.split(' ');
          const called = before.flatMap((one) => (one.startsWith(id) ? one.split(' ').slice(1) : []));
          called.push(id.slice('sha256:'.length, 'sha256:'.length + 12));
          const isTold = lacks.some((lack) => called.some((name) => lack.includes(name)));
          expect(isTold, `${line} is not back\n${told}`).toBe(true);
        }
      }
      const again = (await journal.list({ engine: engine.info })).find((one) => one.id === result?.act);
      if (again !== undefined && pick(4) === 0) {
        const redo = await undo(ground, again);
        if ((redo.result?.lacks ?? redo.way.lacks).length === 0 && lacks.length === 0) {
          met['redone']!++;
          expect(await namesOf(engine), told).toEqual(after);
        }
      }
    }
    expect(isEnough(), JSON.stringify(met)).toBe(true);
    record('undo', on, met);
  });
}

async function undo(
  { engine, journal, trash }: Ground,
  act: RecordedAct,
): Promise<{ way: Way; result: Restored | undefined }> {
  const facts = await factsOf(engine, { trash });
  const way = wayBack(act, facts);
  if (way.steps.length === 0) return { way, result: undefined };
  const work = restore({ engine, journal, act, way, trash });
  try {
    for (;;) {
      const step = await work.next();
      if (step.done) return { way, result: step.value };
    }
  } catch (thrown) {
    // A digest that was made up by an engine leads to a registry that never had it.
    if (way.kind !== 'pull') throw thrown;
    return { way: { ...way, lacks: [...way.lacks, ...way.steps.map(stepText)] }, result: undefined };
  }
}

interface SomeChange {
  readonly words: readonly string[];
  readonly act: (engine: Engine) => Promise<unknown>;
}

function someChange({ pick, trash }: Ground, stock: Stock): SomeChange {
  const images = [...stock.images].sort((a, b) => (a.id < b.id ? -1 : 1));
  const one = images[pick(images.length)]!;
  const names = images.flatMap(({ references }) => references.filter((one) => !one.includes('@')));
  const name = names[pick(Math.max(1, names.length))] ?? 'app:1';
  switch (pick(6)) {
    case 0: {
      const fresh = `fresh${pick(3)}:${pick(3)}`;
      return { words: ['tag', one.id, fresh], act: (engine) => engine.tag(one.id, fresh) };
    }
    case 1:
      return { words: ['move', name, one.id], act: (engine) => engine.tag(one.id, name) };
    case 2:
      return {
        words: ['remove', name],
        act: (engine) => engine.remove(name, { noPrune: true }).catch(() => {}),
      };
    case 3: {
      const plan = planRemoval(stock, [{ id: one.id }]);
      return { words: ['delete', one.id], act: (engine) => drain(executePlan(engine, plan, { trash })) };
    }
    case 4:
      return { words: ['prune'], act: (engine) => engine.prune({ unused: pick(4) === 0 }) };
    default: {
      const targets = randomTargets(stock, pick);
      const scene = { stock, uses: NO_USES, pins: NO_PINS, now: Math.floor(Date.now() / 1000) };
      const marks = { images: markedOf(targets), containers: [], buildCache: [], volumes: [], notes: [] };
      const plan = planCleanup(scene, marks, { withChildren: pick(2) === 0 });
      return {
        words: ['clean up', ...targets.map((target) => JSON.stringify(target))],
        act: (engine) => drain(executeCleanup(engine, plan, { trash })),
      };
    }
  }
}

async function drain(work: AsyncGenerator<unknown, unknown, void>): Promise<void> {
  for (;;) if ((await work.next()).done) return;
}

/**
 * Every image with each of its names and digests, one a line. What is pulled by digest has that as a name on some
 * engines, and as a digest on all of them.
 */
async function namesOf(engine: Engine): Promise<string[]> {
  const images = await engine.list({ all: true });
  const lines = images
    .filter(({ role }) => role !== 'intermediate')
    .flatMap(({ id, references, digests }) =>
      references.length + digests.length === 0
        ? [id]
        : [...references, ...digests].map((name) => `${id} ${name}`),
    );
  return [...new Set(lines)].sort();
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.join('\n') === other.join('\n');
}

/** What the journal says of calls that go wrong, and that nothing is done which it could not write down. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connect } from '../../../src/engine/connect.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { EngineError } from '../../../src/engine/errors.ts';
import { executePlan } from '../../../src/engine/execute.ts';
import { planRemoval } from '../../../src/engine/planner.ts';
import { gatherStock } from '../../../src/engine/stock.ts';
import {
  type ChangeJournal,
  openChangeJournal,
  UnjournaledError,
} from '../../../src/engine/undo/change-journal.ts';
import { factsOf } from '../../../src/engine/undo/facts.ts';
import { inOneAct, journaled } from '../../../src/engine/undo/journaling.ts';
import { restore } from '../../../src/engine/undo/restoring.ts';
import { wayBack } from '../../../src/engine/undo/way-back.ts';
import { OciMaker } from '../../support/oci-maker.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';

let folder: string;
let maker: OciMaker;
let bare: Engine;
let journal: ChangeJournal;
let engine: Engine;

beforeEach(async () => {
  folder = scratchFolder();
  maker = new OciMaker(join(folder, 'store'));
  await maker.init();
  await maker.tiny('app:1');
  bare = await connect({ store: maker.folder, chosenBy: 'test', tried: [] });
  journal = openChangeJournal({ folder: join(folder, 'changes') });
  engine = journaled(bare, journal);
});
afterEach(async () => {
  await bare.close();
  await removeScratch(folder);
});

const names = async () => (await bare.list({ all: true })).flatMap(({ references }) => references);

/** The same engine with some of its methods made otherwise. */
function otherwise(methods: Partial<Engine>): Engine {
  return new Proxy(bare, {
    get(target, key) {
      const replaced: unknown = Reflect.get(methods, key);
      if (replaced !== undefined) return replaced;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

it('nothing is named or deleted that cannot be written down', async () => {
  const full = join(folder, 'full');
  mkdirSync(full);
  symlinkSync('/dev/full', join(full, 'changes.jsonl'));
  const strict = journaled(bare, openChangeJournal({ folder: full }));
  await bare.tag('app:1', 'app:2');
  await expect(strict.remove('app:2')).rejects.toBeInstanceOf(UnjournaledError);
  await expect(strict.tag('app:1', 'app:3')).rejects.toMatchObject({ code: 'no-space' });
  await expect(strict.prune({ unused: true })).rejects.toBeInstanceOf(UnjournaledError);
  const stock = await gatherStock(strict);
  const plan = planRemoval(stock, [{ id: stock.images[0]!.id }], { force: true });
  const events: string[] = [];
  await expect(async () => {
    for await (const event of executePlan(strict, plan)) events.push(event.type);
  }).rejects.toBeInstanceOf(UnjournaledError);
  expect(events).toEqual(['checking', 'removing']);
  expect(await names()).toEqual(['app:1', 'app:2']);
});

it('a call is on the disk before it is made', async () => {
  let written = '';
  const watched = journaled(
    otherwise({
      remove: (target, options) => {
        written = readFileSync(join(folder, 'changes', 'changes.jsonl'), 'utf8');
        return bare.remove(target, options);
      },
    }),
    journal,
  );
  await watched.remove('app:1');
  expect(JSON.parse(written)).toMatchObject({
    kind: 'begin',
    change: {
      action: 'remove',
      subject: 'app:1',
      images: [
        { references: ['app:1'], platform: 'linux/amd64', chainId: expect.stringMatching(/^sha256:/) },
      ],
    },
  });
});

it('a connection that breaks leaves what is not known, and the engine tells it later', async () => {
  const broken = (isDone: boolean): Engine =>
    otherwise({
      remove: async (target, options) => {
        if (isDone) await bare.remove(target, options);
        throw new EngineError({ code: 'unreachable', message: 'the engine went away', hint: 'Start it.' });
      },
    });
  await bare.tag('app:1', 'app:2');
  await expect(journaled(broken(false), journal).remove('app:2')).rejects.toThrow('went away');
  let [act] = await journal.list();
  expect(act).toMatchObject({ changes: [{ state: 'unknown', end: { error: { code: 'unreachable' } } }] });
  expect(wayBack(act!, await factsOf(engine))).toMatchObject({ kind: 'nothing' });

  await expect(journaled(broken(true), journal).remove('app:2')).rejects.toThrow('went away');
  [act] = await journal.list();
  const way = wayBack(act!, await factsOf(engine));
  expect(way).toMatchObject({ kind: 'retag', whole: true });
  for await (const _ of restore({ engine, journal, act: act!, way }));
  expect(await names()).toEqual(['app:1', 'app:2']);
});

it('what an engine did in spite of a failure is in its end', async () => {
  const failing = otherwise({
    remove: async (target, options) => {
      await bare.remove(target, options);
      throw new EngineError({ code: 'in-use', message: 'a container uses a parent', hint: 'Remove it.' });
    },
  });
  const { id } = await bare.inspect('app:1');
  await expect(journaled(failing, journal).remove('app:1')).rejects.toThrow('a container uses a parent');
  expect(await journal.list()).toMatchObject([
    {
      changes: [
        {
          state: 'failed',
          end: {
            entries: [
              { action: 'untagged', reference: 'app:1' },
              { action: 'deleted', id },
            ],
          },
        },
      ],
    },
  ]);
});

it('what a prune took before it failed is in its end', async () => {
  const { id } = await bare.inspect('app:1');
  await maker.tiny('two:1');
  const failing = otherwise({
    prune: async () => {
      await bare.remove('app:1');
      throw new EngineError({ code: 'engine', message: 'a layer is damaged', hint: 'Look.' });
    },
  });
  await expect(journaled(failing, journal).prune({ unused: true })).rejects.toThrow('a layer is damaged');
  const [act] = await journal.list();
  expect(act?.changes[0]).toMatchObject({
    state: 'failed',
    end: {
      entries: [
        { action: 'untagged', reference: 'app:1' },
        { action: 'deleted', id },
      ],
    },
  });
});

it('names are written as they are, and secrets of a command are not', async () => {
  const command = ['serve', '--api-token', 'x-abc', '--password=x-def', '--author', 'me'];
  await maker.build('app:1', [`CMD ${JSON.stringify(command)}`, 'ENV KEY=x-ghi'], { tags: ['auth:1'] });
  await engine.remove('auth:1');
  const [act] = await journal.list();
  expect(act?.changes[0]?.change).toMatchObject({
    subject: 'auth:1',
    images: [
      {
        references: ['auth:1'],
        config: {
          cmd: ['serve', '--api-token', '***', '--password=***', '--author', 'me'],
          env: expect.arrayContaining(['KEY']),
        },
      },
    ],
  });
  expect(readFileSync(join(folder, 'changes', 'changes.jsonl'), 'utf8')).not.toContain('x-');
});

it('whose a name was is asked for when it is taken, whatever was read before', async () => {
  const { id } = await bare.inspect('app:1');
  const other = await maker.tiny('two:1', { salt: 'two' });
  await engine.inspect('app:1');
  // By somebody else.
  await bare.tag(other, 'app:1');
  await engine.tag(id, 'app:1');
  const [act] = await journal.list();
  expect(act?.changes[0]?.change.names).toEqual([{ name: 'app:1', image: other }]);
  const way = wayBack(act!, await factsOf(engine));
  for await (const _ of restore({ engine, journal, act: act!, way }));
  expect((await bare.inspect('app:1')).id).toBe(other);
});

it('what a load may have changed is read again', async () => {
  const archive = join(folder, 'app.tar');
  const { createReadStream, createWriteStream } = await import('node:fs');
  for await (const _ of bare.save(['app:1'], createWriteStream(archive)));
  await bare.tag('app:1', 'app:2');
  const { id } = await engine.inspect('app:1');
  await bare.remove('app:1');
  await engine.inspect(id);
  for await (const _ of engine.load(createReadStream(archive)));
  await engine.remove(id, { force: true });
  const [act] = await journal.list();
  expect(act?.changes[0]?.change.images).toMatchObject([{ id, references: ['app:1', 'app:2'] }]);
});

it('nothing is taken back on another engine, even where it has the same image', async () => {
  await bare.tag('app:1', 'app:2');
  await engine.remove('app:2');
  const [act] = await journal.list();
  const way = wayBack(act!, await factsOf(engine));
  const twin = new OciMaker(join(folder, 'twin'));
  await twin.init();
  await twin.tiny('app:1');
  const elsewhere = await connect({ store: twin.folder, chosenBy: 'test', tried: [] });
  const taking = restore({ engine: journaled(elsewhere, journal), journal, act: act!, way });
  await expect(taking.next()).rejects.toMatchObject({
    code: 'bad-input',
    message: `nothing was taken back: that was done on ${bare.info.address}`,
  });
  expect((await elsewhere.list()).flatMap(({ references }) => references)).toEqual(['app:1']);
  await elsewhere.close();
});

it('what is refused at once, or changes nothing, is not written down', async () => {
  await expect(engine.remove('none:1')).rejects.toMatchObject({ code: 'not-found' });
  await expect(engine.tag('none:1', 'some:1')).rejects.toMatchObject({ code: 'not-found' });
  await engine.tag('app:1', 'app:1');
  expect(await journal.list()).toEqual([]);
});

it('what was looked at a moment ago is not asked for again', async () => {
  let asked = 0;
  const counting = journaled(
    otherwise({
      inspect: (image, options) => {
        asked++;
        return bare.inspect(image, options);
      },
    }),
    journal,
  );
  await counting.inspect('app:1');
  await counting.remove('app:1');
  expect(asked).toBe(1);
});

it('a plan is one act, whatever its calls', async () => {
  await bare.tag('app:1', 'app:2');
  const stock = await gatherStock(engine);
  const plan = planRemoval(stock, [{ id: stock.images[0]!.id }], { force: true });
  for await (const _ of executePlan(engine, plan));
  const acts = await journal.list();
  expect(acts).toHaveLength(1);
  expect(acts[0]!.changes.length).toBe(plan.calls.length);
  expect(inOneAct(bare)).toBe(bare);
});

it('a prune tells of each image that it may take', async () => {
  await maker.tiny('two:1');
  await engine.prune({ unused: true });
  const [act] = await journal.list();
  expect(act?.changes[0]).toMatchObject({ state: 'done', change: { action: 'prune' } });
  expect(act?.changes[0]?.change.images.map(({ references }) => references).sort()).toEqual([
    ['app:1'],
    ['two:1'],
  ]);
  expect(act?.changes[0]?.end?.entries.filter(({ action }) => action === 'deleted')).toHaveLength(2);
});

it('a prune tells the names that images have now, whatever was read before', async () => {
  const { id } = await engine.inspect('app:1');
  await engine.inspect(id);
  await maker.tiny('other:1');
  await bare.tag('other:1', 'app:1');
  await engine.prune();
  const [act] = await journal.list();
  expect(act?.changes[0]?.change.images).toMatchObject([{ id, references: [] }]);
});

it('a load that takes a name away tells whose it was', async () => {
  const archive = join(folder, 'app.tar');
  const { createReadStream, createWriteStream } = await import('node:fs');
  for await (const _ of engine.save(['app:1'], createWriteStream(archive)));
  const other = await maker.tiny('app:1', { salt: 'other' });
  for await (const _ of engine.load(createReadStream(archive)));
  const [act, ...others] = await journal.list();
  expect(others).toEqual([]);
  expect(act?.changes[0]?.change).toMatchObject({ action: 'load', names: [{ name: 'app:1', image: other }] });
  const way = wayBack(act!, await factsOf(engine));
  for await (const _ of restore({ engine, journal, act: act!, way }));
  expect((await bare.inspect('app:1')).id).toBe(other);
  expect(readdirSync(join(folder, 'changes'))).toEqual(['changes.jsonl']);
});

/** z, on a real engine with a registry of its own: the app's keys, the journal on disk, and what the engine has afterwards. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadActs } from '../../src/app/act-list.ts';
import { connect } from '../../src/engine/connect.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { type ChangeJournal, openChangeJournal } from '../../src/engine/undo/change-journal.ts';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { type AcmeApp, acmeApp, acmeState } from './acme-app.ts';

engineGroup('z', 'docker20', () => {
  const folder = scratchFolder();
  let registry: TestRegistry;
  let server: TestEngine;
  let maker: ImageMaker;
  let journal: ChangeJournal;
  let engine: Engine;

  const opened = (): Promise<Engine> => {
    journal = openChangeJournal({ folder: join(folder, 'changes') });
    return connect({ endpoint: { address: server.host }, chosenBy: 'test', tried: [] }, { journal });
  };

  beforeAll(async () => {
    registry = await startRegistry();
    server = await startEngine('docker20', { registries: [registry.address] });
    maker = new ImageMaker(server);
    engine = await opened();
  });
  afterAll(async () => {
    await engine?.close();
    await server?.stop();
    await registry?.stop();
    await removeScratch(folder);
  });

  /** The app on that engine, as it is now. */
  async function app(): Promise<AcmeApp> {
    const images = await engine.list({ all: true });
    const state = acmeState(
      { columns: 120, rows: 36 },
      { connection: { status: 'connected', info: engine.info }, images, marks: new Set(), stock: undefined },
    );
    return Object.assign(acmeApp(state, {}, engine), { changeJournal: journal });
  }

  const names = async (): Promise<string[]> =>
    (await engine.list({ all: true })).flatMap((image) => image.references).sort();
  const untilSaid = (of: AcmeApp, what: string | RegExp): Promise<void> =>
    vi.waitFor(() => expect(of.store.get().toast?.text).toMatch(what), { timeout: 20_000 });

  test('gives a removed name back at once, also after a restart', async () => {
    await maker.tiny('app:1', { salt: 'names' });
    const id = (await engine.inspect('app:1')).id;
    await engine.tag(id, 'app:2');
    await engine.remove('app:2');
    await engine.close();
    engine = await opened();
    const now = await app();
    now.press('z');
    await untilSaid(now, 'taken back: untagged app:2');
    expect(now.store.get().overlay).toBeUndefined();
    expect(await names()).toEqual(['app:1', 'app:2']);
    // The next one is what was done before that.
    now.press('z');
    await untilSaid(now, 'taken back: tagged app:2');
    expect(await names()).toEqual(['app:1']);
  });

  test('pulls a deleted image back after a question, and says what it pulls', async () => {
    const name = `${registry.address}/shop/cart:4`;
    await maker.tiny(name, { salt: 'pulled' });
    await maker.push(name);
    const { id } = await engine.inspect(name);
    await engine.remove(name);
    const now = await app();
    now.press('z');
    await vi.waitFor(() => expect(now.store.get().overlay?.kind).toBe('restore'));
    const { overlay } = now.store.get();
    expect(overlay?.kind === 'restore' && overlay.question.steps[0]).toContain(
      `pull ${registry.address}/shop/cart@sha256:`,
    );
    now.press('esc');
    expect(await names()).toEqual(['app:1']);
    now.press('z');
    await vi.waitFor(() => expect(now.store.get().overlay?.kind).toBe('restore'));
    now.press('y');
    await untilSaid(now, `taken back: deleted ${name}`);
    expect(await names()).toEqual([name, 'app:1'].sort());
    expect((await engine.inspect(name)).id).toBe(id);
    const job = now.store.get().jobs[0]!;
    expect([job.kind, job.status, job.note]).toEqual(['restore', 'done', 'all is back']);
    now.press('J');
    await loadActs(now);
    expect(
      now.store.get().actList?.acts?.find((act) => act.changes[0]!.change.subject === name)?.undone,
    ).toBeDefined();
  });

  test('never passes over what cannot come back without a word', async () => {
    const now = await app();
    await engine.tag('app:1', 'app:older');
    await maker.tiny('lost:1', { salt: 'lost' });
    await engine.remove('lost:1');
    now.press('z');
    await vi.waitFor(() => expect(now.store.get().overlay?.kind).toBe('restore'));
    const { overlay } = now.store.get();
    expect(overlay?.kind === 'restore' && overlay.question.notice).toMatch(
      /^deleted lost:1 cannot come back: it came from /,
    );
    now.press('y');
    await untilSaid(now, 'taken back: tagged app:older');
    expect(await names()).not.toContain('app:older');
  });

  test('goes one change further with each press, however fast', async () => {
    const now = await app();
    for (const tag of ['fast:1', 'fast:2']) await engine.tag('app:1', tag);
    now.press('z', 'z');
    await vi.waitFor(async () => expect(await names()).not.toContain('fast:1'), { timeout: 20_000 });
  });

  test('puts nothing away that was begun while it looked', async () => {
    const opened = await app();
    const list: ChangeJournal['list'] = async (options) => {
      const acts = await journal.list(options);
      now.press('E');
      return acts;
    };
    const now = Object.assign(opened, { changeJournal: Object.assign(Object.create(journal), { list }) });
    await engine.tag('app:1', 'begun:0');
    await maker.tiny('begun:1', { salt: 'begun' });
    await engine.remove('begun:1');
    now.press('z');
    await vi.waitFor(() => expect(now.store.get().overlay?.kind).toBe('engines'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(now.store.get().overlay?.kind).toBe('engines');
    await maker.remove('begun:0', { noPrune: true });
  });

  test('never takes the last name away', async () => {
    const now = await app();
    await engine.tag('app:1', 'app:only');
    // By somebody else, whom the journal does not know.
    await maker.remove('app:1', { noPrune: true });
    now.press('J');
    await loadActs(now);
    now.press('z');
    await untilSaid(now, /tagged app:only cannot come back: app:only is the only name/);
    expect(await names()).toContain('app:only');
  });
});

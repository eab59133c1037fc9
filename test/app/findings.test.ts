/** Finding in all images, from the keyboard: images are in memory, and are handed out by an engine that only does that. */
import { describe, expect, test, vi } from 'vitest';
import { hints } from '../../src/app/command-index.ts';
import { currentFinding, findingRows, searchOf } from '../../src/app/findings.ts';
import type { AppState } from '../../src/app/state.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Image } from '../../src/engine/image.ts';
import { digestOf, file, type MadeImages, manyImages } from '../engine/layers/many-images.ts';
import { whiteout } from '../support/made-contents.ts';
import type { TarEntry } from '../support/tar.ts';
import { type AcmeApp, acmeApp, acmeState, INFO } from './acme-app.ts';

const SIZE = { columns: 120, rows: 36 };
let seed = 0;

interface Opened {
  readonly app: AcmeApp;
  readonly made: MadeImages;
}

/** The cache is shared by all tests of a run, so the layers of each are its own. */
async function opened(
  described: Readonly<Record<string, readonly (readonly TarEntry[] | undefined)[]>>,
  change: Partial<AppState> = {},
): Promise<Opened> {
  const own = file(`own-${process.pid}-${seed++}`, 'x');
  const made = await manyImages(
    Object.fromEntries(
      Object.entries(described).map(([name, layers]) => [
        name,
        layers.map((layer) => (layer === undefined ? undefined : [...layer, own])),
      ]),
    ),
  );
  const images = made.images.map(
    ({ id, name, size }): Image => ({
      ...{ id, size, references: [name], digests: [], parentId: '', role: 'tagged', created: 0 },
      ...{ sharedSize: undefined, containers: undefined, labels: {} },
    }),
  );
  const engine = {
    info: INFO,
    absent: {},
    contents: (id: string) => made.images.find((image) => image.id === id)!.source,
  } as unknown as Engine;
  const app = acmeApp(acmeState(SIZE, { images, stock: undefined, marks: new Set(), ...change }), {}, engine);
  return { app, made };
}

const BASE = [file('etc/passwd', 'root'), file('lib/libssl.so.3', 'old')];
const UPDATE = [file('lib/libssl.so.3', 'new!')];
const GONE = [whiteout('lib/libssl.so.3')];

const search = (app: AcmeApp) => searchOf(app.store.get().findings!);
const found = (app: AcmeApp): Promise<void> =>
  vi.waitFor(() => {
    expect(search(app).status).toBe('done');
  });
/** `path: images`, one a row. */
const listed = (app: AcmeApp): string[] =>
  findingRows(app.store.get()).map((row) =>
    row.kind === 'group'
      ? `${row.group.path}: ${row.uses.map(({ name }) => name)}`
      : `  ${row.use.name} ${row.use.layer}/${row.use.hiddenBy ?? ''}`,
  );
const question = (app: AcmeApp): string | undefined => {
  const { overlay } = app.store.get();
  return overlay?.kind === 'choice'
    ? `${overlay.choice.title} ${overlay.choice.rows.join(' | ')}`
    : undefined;
};

/** Opens the page, looks for something, and has what is not known read. */
async function looking(app: AcmeApp, text: string): Promise<void> {
  app.press('F');
  app.type(text);
  app.press('enter');
  await vi.waitFor(() => {
    expect(question(app)).toBeDefined();
  });
  app.press('enter');
  await vi.waitFor(() => {
    expect(app.store.get().jobs[0]?.status).toBe('done');
  });
  await found(app);
}

describe('finding in all images', () => {
  test('asks before it reads, reads each layer once, and tells who has it', async () => {
    const { app, made } = await opened({ base: [BASE], a: [BASE, UPDATE], b: [BASE, GONE] });
    app.press('F');
    expect(app.store.get().field).toBeDefined();
    app.type('libssl.so.3');
    app.press('enter');
    await vi.waitFor(() => {
      expect(question(app)).toMatch(
        /^Read 3 images first\? yes: the engine hands out up to .* kB, once \| no$/,
      );
    });
    expect(made.handed()).toEqual([]);
    app.press('enter');
    await vi.waitFor(() => {
      expect(listed(app)).toEqual(['/lib/libssl.so.3: base', '/lib/libssl.so.3: a']);
    });
    await found(app);
    expect(made.handed().toSorted()).toEqual(['a 0', 'a 1', 'b 1']);
    expect(search(app)).toMatchObject({ hidden: 2, sum: 'in 2 images · 2 hidden' });
    expect(app.store.get().jobs[0]).toMatchObject({ verb: 'read', subject: '3 images', status: 'done' });
    app.press('a');
    expect(listed(app)).toEqual(['/lib/libssl.so.3: base,a,b', '/lib/libssl.so.3: a']);
    app.press('enter');
    expect(listed(app).slice(0, 4)).toEqual([
      '/lib/libssl.so.3: base,a,b',
      '  base 0/',
      '  a 0/1',
      '  b 0/1',
    ]);
    app.press('j', 'j', 'h');
    expect(listed(app)).toHaveLength(2);
    expect(currentFinding(app.store.get())?.kind).toBe('group');
    // What is known answers at once, and nobody asks again.
    app.press('/', 'ctrl+u');
    app.type('/etc/*');
    app.press('enter');
    await vi.waitFor(() => {
      expect(listed(app)).toEqual(['/etc/passwd: base,a,b']);
    });
    expect(question(app)).toBeUndefined();
    expect(made.handed()).toEqual([]);
  });

  test('looks into what is known where the rest is not to be read', async () => {
    const { app, made } = await opened({ base: [BASE], top: [BASE, UPDATE] });
    app.press('F');
    app.type('libssl.so.3');
    app.press('enter');
    await vi.waitFor(() => {
      expect(question(app)).toBeDefined();
    });
    app.press('down', 'enter');
    await found(app);
    expect(listed(app)).toEqual([]);
    expect(app.store.get().jobs).toEqual([]);
    app.press('/', 'enter');
    await found(app);
    expect(question(app)).toBeUndefined();
    expect(made.handed()).toEqual([]);
    // i asks again.
    app.press('i');
    expect(question(app)).toMatch(/^Read 2 images first/);
  });

  test('opens the files of an image at the path, and comes back', async () => {
    const { app } = await opened({ base: [BASE], top: [BASE, UPDATE] });
    await looking(app, 'lib*.so.?');
    app.press('j', 'enter');
    const page = app.store.get().files;
    expect(`${page?.name} ${page?.goTo}`).toBe('top lib/libssl.so.3');
    app.press('esc');
    expect(app.store.get().files).toBeUndefined();
    expect(listed(app)).toHaveLength(2);
    app.press('esc');
    expect(app.store.get().findings).toBeUndefined();
    // As it was left.
    app.press('F', 'esc');
    expect(search(app).text).toBe('lib*.so.?');
    expect(listed(app)).toHaveLength(2);
  });

  test('finds contents by their digest, which reads them', async () => {
    const { app, made } = await opened({ base: [BASE], top: [BASE, UPDATE] });
    await looking(app, digestOf('new!'));
    expect(listed(app)).toEqual(['/lib/libssl.so.3: top']);
    expect(made.handed().toSorted()).toEqual(['top 0', 'top 1']);
  });

  test('lists the largest files, and equal ones', async () => {
    const copy = [file('copy', 'y'.repeat(900))];
    const { app } = await opened({ a: [BASE, copy], b: [[file('twin', 'y'.repeat(900))]] });
    await looking(app, 'passwd');
    app.press('tab');
    await found(app);
    expect(listed(app).slice(0, 3)).toEqual(['/copy: a', '/twin: b', '/etc/passwd: a']);
    app.press('tab');
    await vi.waitFor(() => {
      expect(question(app)).toMatch(/^Read the contents of 2 images first/);
    });
    app.press('enter');
    await vi.waitFor(() => {
      expect(listed(app)[0]).toBe('/copy: a,b');
    });
    expect(search(app).groups[0]).toMatchObject({ copies: 2, size: 900 });
  });

  test('names what cannot be read, and finds in the others', async () => {
    const { app } = await opened({ broken: [BASE, undefined], fine: [BASE, UPDATE] });
    app.press('F');
    app.type('passwd');
    app.press('enter');
    await vi.waitFor(() => {
      expect(question(app)).toBeDefined();
    });
    app.press('enter');
    await vi.waitFor(() => {
      expect(app.store.get().jobs[0]).toMatchObject({ status: 'failed', note: '1 image cannot be read' });
    });
    await found(app);
    expect(listed(app)).toEqual(['/etc/passwd: fine']);
  });

  test('says what cannot be looked for', async () => {
    const { app } = await opened({ base: [BASE] });
    app.press('F');
    app.type('[a');
    app.press('enter');
    expect(app.store.get().toast).toMatchObject({ tone: 'bad' });
    expect(search(app).status).toBeUndefined();
  });

  test('is not to be had without an engine', () => {
    const app = acmeApp(acmeState(SIZE, { marks: new Set() }));
    app.press('F');
    expect(app.store.get().findings).toBeUndefined();
    expect(app.store.get().toast?.text).toBe('waits until the engine is back');
  });

  test('looks for it as soon as an engine that went away is back', async () => {
    const { app } = await opened({ base: [BASE], top: [BASE, UPDATE] });
    await looking(app, 'passwd');
    const { session } = app;
    const engine = session.engine()!;
    const connected = vi.spyOn(session, 'engine').mockReturnValue(undefined);
    app.press('/', 'ctrl+u');
    app.type('libssl.so.3');
    app.press('enter');
    expect(search(app)).toMatchObject({ text: 'libssl.so.3', status: 'stopped', groups: [] });
    expect(search(app).error?.message).toBe('the engine is gone');
    connected.mockReturnValue({ ...engine });
    app.store.update((state) => ({ ...state }));
    await found(app);
    expect(listed(app)).toEqual(['/lib/libssl.so.3: base', '/lib/libssl.so.3: top']);
    // The page is as it was left, whichever engine it was left with.
    app.press('esc');
    expect(app.store.get().findings).toBeUndefined();
    app.press('F');
    expect(search(app).text).toBe('libssl.so.3');
  });

  test('stops reading when it is told to', async () => {
    const { app, made } = await opened({ base: [BASE], top: [BASE, UPDATE] });
    app.press('F');
    app.type('passwd');
    app.press('enter');
    await vi.waitFor(() => {
      expect(question(app)).toBeDefined();
    });
    app.press('enter');
    expect(hints(app).map(({ label }) => label)).toContain('stop');
    app.press('c');
    await vi.waitFor(() => {
      expect(app.store.get().jobs[0]?.status).toBe('cancelled');
    });
    expect(made.handed()).toEqual([]);
  });
});

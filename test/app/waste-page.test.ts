/** The page of waste, and what works it out while the app runs. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { currentEntry } from '../../src/app/files-page.ts';
import { openFiles } from '../../src/app/files-reading.ts';
import { currentWaste, wasteItems, wasteOfPage, wasteShown } from '../../src/app/files-waste.ts';
import { createTheme } from '../../src/app/theme.ts';
import { followWaste } from '../../src/app/waste-following.ts';
import type { ContentImage, ContentSource } from '../../src/engine/layers/contents.ts';
import { shownPath } from '../../src/engine/layers/shown-path.ts';
import { pictureOf } from '../../src/views/picture.ts';
import { file, type MadeLayer, madeContents, madeTar, whiteout } from '../support/made-contents.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { type AcmeApp, acmeApp, acmeState } from './acme-app.ts';
import { contentEngine } from './acme-files.ts';
import { acmeId } from './acme-store.ts';

const SIZE = { columns: 120, rows: 36 };
const WEB = acmeId('ghcr.io/acme/web-api:1.5.0');

const LAYERS: readonly MadeLayer[] = [
  { createdBy: 'COPY a /', members: [file('a/one', 50, { content: 'one' }), file('etc/x', 10)] },
  { createdBy: 'COPY b /', members: [file('b/one', 50, { content: 'one' }), file('etc/x', 20)] },
  { createdBy: 'RUN rm', members: [whiteout('etc/x'), file('tmp/y', 7)] },
];

let image: ContentImage;
let tars: readonly Buffer[];
beforeAll(async () => {
  ({ image } = await madeContents(LAYERS));
  tars = await Promise.all(LAYERS.map(({ members }) => madeTar(members)));
});

const before = process.env['XDG_CACHE_HOME'];
let cache: string;
let stop: (() => void) | undefined;
beforeEach(() => {
  cache = scratchFolder();
  process.env['XDG_CACHE_HOME'] = cache;
});
afterEach(() => {
  stop?.();
  removeScratch(cache);
});
afterAll(() => {
  if (before === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = before;
});

function source(): ContentSource {
  return {
    where: 'docker',
    describe: () => Promise.resolve(image),
    async *tars() {
      for (const [layer, tar] of tars.entries()) {
        const bytes = (async function* () {
          yield tar;
        })();
        yield { kind: 'stream', layer, bytes };
      }
      return tars.map((_, layer) => layer);
    },
  };
}

async function opened(own: () => ContentSource = source): Promise<AcmeApp> {
  const app = acmeApp(acmeState(SIZE, { marks: new Set() }), {}, contentEngine(own));
  stop = followWaste(app);
  openFiles(app, WEB);
  await vi.waitFor(() => expect(app.store.get().filesWaste).toBeDefined());
  return app;
}

const paths = (app: AcmeApp): string[] =>
  wasteItems(app.store.get()).map(({ kind, path }) => `${kind} /${shownPath(path)}`);

const COUNTED = ['deleted /etc/x', 'overwritten /etc/x', 'leftover /tmp'];

describe('the page of waste', () => {
  test('is worked out once all is read, and is gone through by kind', async () => {
    const app = await opened();
    const { files } = app.store.get();
    expect(wasteOfPage(app.store.get(), files!)).toMatchObject({ bytes: 37, carried: 137, compared: false });
    app.press('w');
    expect(paths(app)).toEqual(COUNTED);
    app.press('tab');
    expect(paths(app)).toEqual(['overwritten /etc/x']);
    app.press('shift+tab');
    app.press('G');
    expect(shownPath(currentWaste(app.store.get())!.path)).toBe('tmp');
    app.press('esc');
    expect(wasteShown(app.store.get())).toBeUndefined();
    expect(app.store.get().files?.opened).toBe(files!.opened);
  });

  test('leads to the path in the tree of all layers, whatever was looked at before', async () => {
    const app = await opened();
    for (const key of ['-', 'tab', 'g', 'w', 'enter']) app.press(key);
    await vi.waitFor(() => {
      const { files } = app.store.get();
      const entry = currentEntry(files!);
      expect(entry).toBeDefined();
      expect(files!.tree!.shown.tree.path(entry!).toString()).toBe('etc/x');
      expect([files!.layer, files!.focus]).toEqual([undefined, 'tree']);
    });
  });

  test('is where esc leads back to from the tree, with its cursor and kind as they were', async () => {
    const app = await opened();
    const { opened: files } = app.store.get().files!;
    app.press('w', 'G', 'enter');
    expect(wasteShown(app.store.get())).toBeUndefined();
    // First what was opened since is closed.
    app.press('i', 'esc');
    expect(wasteShown(app.store.get())).toBeUndefined();
    app.press('esc');
    expect(wasteShown(app.store.get())).toMatchObject({ opened: files, at: 2 });
    app.press('tab', 'enter', 'w');
    expect(paths(app)).toEqual(['overwritten /etc/x']);
    app.press('esc');
    expect(app.store.get().files?.opened).toBe(files);
    app.press('esc');
    expect(app.store.get().files).toBeUndefined();
  });

  test('gives reading up when one of its paths is shown in the tree', async () => {
    const app = await opened();
    app.press('w', 'c', 'enter', 'esc');
    expect(wasteShown(app.store.get())?.comparing).toBeUndefined();
    app.press('c');
    await vi.waitFor(() => expect(paths(app)).toEqual(['duplicate /b/one', ...COUNTED]));
  });

  test('gives its facts the rows that a short list leaves, and ends what is cut in an ellipsis', async () => {
    const app = await opened();
    app.press('w', 'G');
    const facts = (columns: number, rows: number): string[] => {
      app.store.update((state) => ({ ...state, columns, rows }));
      const { lines } = pictureOf(app, app.store.get(), createTheme({ colour: false, ascii: false }));
      return lines.slice(lines.findIndex((line) => line.startsWith('─ What to do')) + 1, -3);
    };
    const labels = (rows: readonly string[]): string[] =>
      rows.map((row) => row.slice(2, 11).trim()).filter((label) => label !== '');
    for (const [columns, rows] of [
      [80, 24],
      [60, 15],
    ] as const)
      expect(labels(facts(columns, rows))).toEqual(['fix', 'what', 'blame', 'path']);
    expect(facts(80, 24).join('')).not.toContain('…');
    const small = facts(60, 15);
    expect(small).toHaveLength(5);
    expect(small.some((row) => row.trimEnd().endsWith('…'))).toBe(true);
  });

  test('finds duplicates once contents are read, which are then known', async () => {
    const app = await opened();
    app.press('w');
    app.press('c');
    expect(wasteShown(app.store.get())?.comparing).toBeDefined();
    await vi.waitFor(() => expect(paths(app)).toEqual(['duplicate /b/one', ...COUNTED]));
    expect(wasteShown(app.store.get())?.comparing).toBeUndefined();
    app.press('c');
    expect(app.store.get().toast?.text).toContain('duplicates are listed');
    // The waste of what is looked at again is what was known last.
    app.press('esc');
    app.press('esc');
    expect(app.store.get().files).toBeUndefined();
    openFiles(app, WEB);
    app.press('w');
    expect(paths(app)).toHaveLength(4);
  });

  test('gives reading up when it is left', async () => {
    const app = await opened();
    app.press('w');
    app.press('c');
    app.press('esc');
    app.press('w');
    await vi.waitFor(() => expect(wasteShown(app.store.get())?.comparing).toBeUndefined());
    expect(paths(app)).toEqual(COUNTED);
  });

  test('hears nothing of an earlier reading while another one goes on', async () => {
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    // The first is that of the page of files.
    const waits = [Promise.resolve(), first.promise, second.promise];
    const ended: number[] = [];
    const app = await opened(() => {
      const own = source();
      return {
        ...own,
        async *tars(...asked) {
          const at = 3 - waits.length;
          await waits.shift();
          try {
            return yield* own.tars(...asked);
          } finally {
            ended.push(at);
          }
        },
      };
    });
    for (const key of ['w', 'c']) app.press(key);
    await vi.waitFor(() => expect(waits).toHaveLength(1));
    for (const key of ['esc', 'w', 'c']) app.press(key);
    await vi.waitFor(() => expect(waits).toHaveLength(0));
    first.resolve();
    await vi.waitFor(() => expect(ended).toEqual([0, 1]));
    await new Promise((done) => setTimeout(done, 20));
    expect(wasteShown(app.store.get())?.comparing).toBeDefined();
    second.resolve();
    await vi.waitFor(() => expect(wasteShown(app.store.get())?.comparing).toBeUndefined());
    expect(paths(app)).toEqual(['duplicate /b/one', ...COUNTED]);
  });
});

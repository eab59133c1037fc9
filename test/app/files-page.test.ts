/** The files page on sources whose layers come when the test lets them. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FilesPage, filesTarget, freshFound, isCurrent } from '../../src/app/files-page.ts';
import { openFiles } from '../../src/app/files-reading.ts';
import { searchFilesAgain } from '../../src/app/files-searching.ts';
import { handleInput } from '../../src/app/input.ts';
import { openedBelow } from '../../src/app/open-tree.ts';
import { isFolder } from '../../src/app/shown-tree.ts';
import type { AppState } from '../../src/app/state.ts';
import { createTheme } from '../../src/app/theme.ts';
import { EngineError } from '../../src/engine/errors.ts';
import type { ContentSource, LayerTar } from '../../src/engine/layers/contents.ts';
import { shownPath } from '../../src/engine/layers/shown-path.ts';
import { pictureOf } from '../../src/views/picture.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { type TarEntry, tarOf } from '../support/tar.ts';
import { type AcmeApp, acmeApp, acmeState, INFO } from './acme-app.ts';
import { arranged, contentEngine, DRAWN_CONTENT, drawnFiles } from './acme-files.ts';
import { acmeId } from './acme-store.ts';
import { drawnLayer } from './drawn-layer.ts';

const SIZE = { columns: 120, rows: 36 };
const WEB = acmeId('ghcr.io/acme/web-api:1.5.0');
const NGINX = acmeId('nginx:1.29');

const file = (name: string, bytes = 1): TarEntry => ({ name, content: 'x'.repeat(bytes) });

const LAYERS: readonly (readonly TarEntry[])[] = [
  [file('etc/a', 10), file('etc/b', 20), file('usr/lib/x', 5), file('readme', 7)],
  [
    file('etc/b', 7),
    file('etc/.wh.a', 0),
    file('srv/app/deep/main.js', 3),
    { name: 'srv/link', link: '/etc' },
  ],
  [file('zoo/lion', 9)],
];

let tars: readonly Buffer[];
beforeAll(async () => {
  tars = await Promise.all(LAYERS.map((entries) => tarOf(entries)));
});

const before = process.env['XDG_CACHE_HOME'];
let cache: string;
beforeEach(() => {
  cache = scratchFolder();
  process.env['XDG_CACHE_HOME'] = cache;
});
afterEach(() => removeScratch(cache));
afterAll(() => {
  if (before === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = before;
});

interface Told extends ContentSource {
  /** Lets so many more layers come. */
  let(layers: number): void;
  breakOff(error: EngineError): void;
  readonly state: { reads: number; ended: boolean };
}

/** Layers come only as they are let, `first` before all others. */
function told(count = LAYERS.length, first = 0): Told {
  const state = { reads: 0, ended: false };
  let allowed = 0;
  let error: EngineError | undefined;
  let wake = Promise.withResolvers<void>();
  const again = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  return {
    where: 'docker',
    state,
    let(layers) {
      allowed += layers;
      again();
    },
    breakOff(thrown) {
      error = thrown;
      again();
    },
    describe: () =>
      Promise.resolve({
        ...DRAWN_CONTENT,
        layers: tars.slice(0, count).map((tar, at) => ({
          step: at + 1,
          createdBy: `RUN step ${at + 1}`,
          diffId: `sha256:${createHash('sha256').update(tar).digest('hex')}`,
        })),
      }),
    async *tars(wanted, { signal } = {}): AsyncGenerator<LayerTar, readonly number[]> {
      state.reads++;
      const aborted = new Promise<never>((_, reject) =>
        signal?.addEventListener('abort', () =>
          reject(new EngineError({ code: 'cancelled', message: '', hint: '' })),
        ),
      );
      aborted.catch(() => {});
      try {
        const all = [...tars.slice(0, count).entries()];
        for (const [layer, tar] of [all[first]!, ...all.toSpliced(first, 1)]) {
          if (!wanted.has(layer)) continue;
          while (allowed === 0) {
            if (error !== undefined) {
              const thrown = error;
              error = undefined;
              throw thrown;
            }
            await Promise.race([wake.promise, aborted]);
          }
          allowed--;
          yield {
            kind: 'stream',
            layer,
            bytes: (async function* () {
              yield tar;
            })(),
          };
        }
        return [];
      } finally {
        state.ended = true;
      }
    },
  };
}

function app(source: Told, change: Partial<AppState> = {}, asked: string[] = []): AcmeApp {
  const engine = contentEngine((image) => {
    asked.push(image);
    return source;
  });
  return acmeApp(acmeState(SIZE, { marks: new Set(), ...change }), {}, engine);
}

const pageOf = ({ store }: AcmeApp): FilesPage => store.get().files!;
const whole = (at: AcmeApp): Promise<void> =>
  vi.waitFor(() => {
    expect(pageOf(at).progress.done).toBe(true);
    expect(isCurrent(pageOf(at))).toBe(true);
  });
const drawn = (at: AcmeApp): Promise<void> => vi.waitFor(() => expect(isCurrent(pageOf(at))).toBe(true));

/** Names on the rows of the tree, indented, with `>` on that under the cursor. */
function rows(at: AcmeApp): string[] {
  const { tree } = pageOf(at);
  if (tree === undefined) return [];
  return Array.from(
    tree.entries,
    (entry, row) =>
      `${row === tree.at ? '>' : ''}${' '.repeat(tree.depths[row]!)}${shownPath(tree.shown.tree.name(entry))}${isFolder(tree.shown.tree, entry) ? '/' : ''}`,
  );
}

/** The page of all three layers, read. */
async function opened(change: Partial<AppState> = {}): Promise<AcmeApp> {
  const source = told();
  const at = app(source, change);
  at.press('f');
  source.let(3);
  await whole(at);
  return at;
}

describe('the files of an image', () => {
  test('fill while its layers come, and can be used meanwhile', async () => {
    const source = told();
    const asked: string[] = [];
    const at = app(source, {}, asked);
    at.press('f');
    expect(asked).toEqual([WEB]);
    await vi.waitFor(() => expect(pageOf(at).read).toEqual(['not', 'not', 'not']));
    source.let(1);
    await vi.waitFor(() => expect(rows(at)).toEqual(['>etc/', 'readme', 'usr/']));
    at.press('right', 'down');
    expect(rows(at)).toEqual(['etc/', '> a', ' b', 'readme', 'usr/']);
    expect(pageOf(at).progress.done).toBe(false);
    source.let(2);
    await whole(at);
    // What was open stays open, and the cursor where it was.
    expect(rows(at)).toEqual(['etc/', '> a', ' b', 'readme', 'srv/', 'usr/', 'zoo/']);
    expect(pageOf(at).read).toEqual(['whole', 'whole', 'whole']);
  });

  test('begin at the top whichever layer comes first, until somebody moves', async () => {
    for (const [keys, at] of [
      [[], '>etc/'],
      [['right'], '>zoo/'],
    ] as const) {
      // Unseen: what is known is there at once.
      process.env['XDG_CACHE_HOME'] = join(cache, `${keys.length}`);
      const source = told(LAYERS.length, 2);
      const page = app(source);
      page.press('f');
      source.let(1);
      await vi.waitFor(() => expect(rows(page)).toEqual(['>zoo/']));
      page.press(...keys);
      source.let(2);
      await whole(page);
      expect(rows(page).find((row) => row.startsWith('>'))).toBe(at);
    }
  });

  test('say that they wait for the first bytes, and of what is not known give no figures', async () => {
    const source = told();
    const at = app(source);
    at.press('f');
    await vi.waitFor(() => expect(pageOf(at).tree).toBeDefined());
    const screen = (): string =>
      pictureOf(at, at.store.get(), createTheme({ colour: false, ascii: false })).lines.join('\n');
    expect(screen()).toContain('waiting for the first bytes from docker · 0 of 3 layers known');
    expect(screen()).toContain('No bytes have come from docker yet');
    expect(screen()).not.toContain('can be used meanwhile');
    expect(screen()).not.toContain('files 0');
    expect(screen()).not.toContain('0 B');
    source.let(1);
    await vi.waitFor(() => expect(screen()).toContain('can be used meanwhile'));
    await vi.waitFor(() => expect(screen()).toContain('Stacked files 4'));
  });

  test('are no longer read once the page is left, and begin anew with what is known', async () => {
    const source = told();
    const at = app(source);
    at.press('f');
    await vi.waitFor(() => expect(source.state.reads).toBe(1));
    source.let(1);
    await vi.waitFor(() => expect(rows(at)).not.toEqual([]));
    at.press('esc');
    await vi.waitFor(() => expect(source.state.ended).toBe(true));
    expect(at.store.get().files).toBeUndefined();
    at.press('f');
    expect(rows(at)).toEqual([]);
    source.let(3);
    await whole(at);
    expect(source.state.reads).toBe(2);
  });

  test('are there at once when they are opened again, as they were left', async () => {
    const source = told();
    const asked: string[] = [];
    const at = app(source, {}, asked);
    at.press('f');
    source.let(3);
    await whole(at);
    at.press('right', 'down', 'esc', 'f');
    expect(rows(at)).toEqual(['etc/', '> a', ' b', 'readme', 'srv/', 'usr/', 'zoo/']);
    expect(source.state.reads).toBe(1);
    // Another engine may know the image by the same id, and have it otherwise.
    at.press('esc');
    const { connection } = at.store.get();
    at.store.update((state) => ({
      ...state,
      connection: { status: 'connected', info: { ...INFO, address: 'unix:///elsewhere.sock' } },
    }));
    at.press('f');
    expect(rows(at)).toEqual([]);
    at.store.update((state) => ({ ...state, connection }));
  });

  test('are kept for a few images', async () => {
    const source = told();
    const at = app(source);
    const names = [
      'nginx:1.29',
      'postgres:17',
      'node:22-alpine',
      'redis:8-alpine',
      'ghcr.io/acme/web-api:1.5.0',
    ];
    for (const name of names) {
      openFiles(at, acmeId(name));
      source.let(3);
      await whole(at);
      at.press('esc');
    }
    openFiles(at, acmeId('redis:8-alpine'));
    expect(rows(at)).not.toEqual([]);
    openFiles(at, NGINX);
    expect(rows(at)).toEqual([]);
  });

  test('that cannot be read to the end say why, keep what has come, and are asked for again', async () => {
    const source = told();
    const at = app(source);
    at.press('f');
    source.let(1);
    await vi.waitFor(() => expect(rows(at)).not.toEqual([]));
    const error = new EngineError({
      code: 'unreachable',
      message: 'gone',
      hint: 'start it',
      retryable: true,
    });
    source.breakOff(error);
    await vi.waitFor(() => expect(pageOf(at).error).toBe(error));
    expect(rows(at)).toEqual(['>etc/', 'readme', 'usr/']);
    at.press('right', 'R');
    await vi.waitFor(() => expect(pageOf(at).error).toBeUndefined());
    expect(rows(at)).toEqual(['>etc/', ' a', ' b', 'readme', 'usr/']);
    source.let(2);
    await whole(at);
    expect(rows(at)).toEqual(['>etc/', ' a', ' b', 'readme', 'srv/', 'usr/', 'zoo/']);
  });

  test('are read on when a lost engine is back', async () => {
    const first = told();
    const second = told();
    const engines = [contentEngine(() => first), contentEngine(() => second)];
    let current: (typeof engines)[number] | undefined = engines[0];
    const at = acmeApp(acmeState(SIZE), {}, contentEngine());
    Object.assign(at.session, { engine: () => current });
    at.press('f');
    first.let(1);
    await vi.waitFor(() => expect(rows(at)).not.toEqual([]));
    current = undefined;
    first.breakOff(new EngineError({ code: 'unreachable', message: 'gone', hint: '' }));
    await vi.waitFor(() => expect(pageOf(at).error?.message).toBe('gone'));
    current = engines[1];
    second.let(3);
    at.store.update((state) => ({ ...state, now: state.now + 1 }));
    await whole(at);
    expect(pageOf(at).source).toBe(second);
    expect(pageOf(at).error).toBeUndefined();
  });

  test('wait for an engine, and for an image', () => {
    const at = acmeApp(acmeState(SIZE));
    at.press('f');
    expect(at.store.get().toast?.text).toBe('waits until the engine is back');
    const none = acmeApp(acmeState(SIZE, { images: [], stock: undefined }), {}, contentEngine());
    none.press('f');
    expect(none.store.get().toast?.text).toBe('there is no image under the cursor');
  });

  test('of an image without layers are none', async () => {
    const at = app(told(0));
    at.press('f');
    await vi.waitFor(() => expect(pageOf(at).progress.done).toBe(true));
    expect(pageOf(at).indexes).toEqual([]);
    expect(rows(at)).toEqual([]);
  });

  test('open at the layer under the cursor of the layer tree, and at a path', async () => {
    const at = acmeApp(
      acmeState(SIZE, { screen: 'layers', marks: new Set() }),
      {},
      contentEngine(() => told()),
    );
    at.press('f');
    // The base of several images: no image ends there.
    expect(pageOf(at).layer).toBe(0);
    at.press('esc');
    expect(at.store.get().screen).toBe('layers');
    const source = told();
    const other = app(source);
    openFiles(other, WEB, { path: Buffer.from('srv/app/deep/main.js') });
    source.let(3);
    await whole(other);
    expect(rows(other)).toContain('>   main.js');
    // Also where it was read before.
    other.press('esc');
    openFiles(other, WEB, { path: Buffer.from('usr/lib/x'), layer: 0 });
    await drawn(other);
    expect(rows(other)).toContain('>  x');
    expect(pageOf(other).layer).toBe(0);
  });
});

describe('the layers beside the tree', () => {
  test('are shown alone, or with all below them', async () => {
    const at = await opened();
    at.press('tab', 'k', 'k');
    await drawn(at);
    expect(pageOf(at).layer).toBe(1);
    expect(rows(at)).toEqual(['>etc/', 'srv/']);
    at.press('u');
    await drawn(at);
    expect(rows(at)).toEqual(['>etc/', 'readme', 'srv/', 'usr/']);
    at.press('G');
    await drawn(at);
    expect(rows(at)).toEqual(['>etc/', 'readme', 'srv/', 'usr/', 'zoo/']);
    at.press('u');
    expect(at.store.get().toast?.text).toBe('all layers are shown: ↑ goes to a single one');
    at.press('tab', 'u');
    expect(at.store.get().toast?.text).toBe('all layers are shown: tab, then ↑ goes to a single one');
    at.press('tab', 'enter', 'down');
    expect(rows(at)[1]).toBe('>readme');
  });

  test('leave the tree of all as it was', async () => {
    const at = await opened();
    at.press('L', 'j', 'j');
    const as = rows(at);
    at.press('tab', 'g');
    await drawn(at);
    at.press('j');
    await drawn(at);
    at.press('G');
    await drawn(at);
    expect(rows(at)).toEqual(as);
  });
});

describe('the tree', () => {
  test('opens and closes by keys and by clicks', async () => {
    const at = await opened();
    at.press('j', 'j', 'right');
    // A folder with nothing but a folder in it opens with that; this one has a link, too.
    expect(rows(at)).toEqual(['etc/', 'readme', '>srv/', ' app/', ' link', 'usr/', 'zoo/']);
    at.press('right', 'enter');
    expect(rows(at)).toEqual([
      'etc/',
      'readme',
      'srv/',
      '> app/',
      '  deep/',
      '   main.js',
      ' link',
      'usr/',
      'zoo/',
    ]);
    at.press('G', 'k', 'L', 'g', 'H');
    expect(rows(at)).toEqual(['>etc/', 'readme', 'srv/', 'usr/', 'zoo/']);
    // The header, the title and the heads of the columns are above.
    const click = (x: number, y: number): void => {
      at.press('i', 'i');
      clickAt(at, x, y);
    };
    click(60, 5);
    expect(rows(at)[2]).toBe('>srv/');
    click(60, 5);
    expect(rows(at)[3]).toBe(' app/');
    click(5, 3);
    await drawn(at);
    expect(pageOf(at)).toMatchObject({ layer: 0, focus: 'layers' });
  });

  test('opens and closes all folders from either pane', async () => {
    const at = await opened();
    const all = [
      'etc/',
      ' a',
      ' b',
      'readme',
      'srv/',
      ' app/',
      '  deep/',
      '   main.js',
      ' link',
      'usr/',
      ' lib/',
      '  x',
      'zoo/',
      ' lion',
    ];
    at.press('j', 'tab', 'L');
    expect(rows(at)).toEqual(all.map((row) => (row === 'readme' ? '>readme' : row)));
    expect(pageOf(at).focus).toBe('layers');
    at.press('H');
    expect(rows(at)).toEqual(['etc/', '>readme', 'srv/', 'usr/', 'zoo/']);
    // At a file: all that is beside it.
    at.press('tab', 'L', 'G');
    expect(rows(at)).toEqual(all.map((row) => (row === ' lion' ? '> lion' : row)));
    at.press('H', '/', ...'lion');
    await vi.waitFor(() => expect(freshFound(pageOf(at))?.total).toBe(1));
    at.press('enter', 'L');
    expect(at.store.get().toast?.text).toContain('a list without folders');
    expect(rows(at)).toEqual(['etc/', 'readme', 'srv/', 'usr/', '>zoo/']);
    // Where only one pane is in sight, what was opened is shown.
    const narrow = await opened({ columns: 80, rows: 24 });
    narrow.press('tab', 'L');
    expect(pageOf(narrow).focus).toBe('tree');
    expect(rows(narrow)).toHaveLength(all.length);
  });

  test('says what its numbers are, and where there is little room for a name less of what deleted it', async () => {
    const linesOf = (at: AcmeApp): string =>
      pictureOf(at, at.store.get(), createTheme({ colour: false, ascii: false })).lines.join('\n');
    const at = await opened();
    at.press('right');
    expect(linesOf(at)).toMatch(/^ {2}STEP .* MODE +STEP$/m);
    expect(linesOf(at)).toMatch(/− {2}a +deleted in step 2 /);
    at.store.update((state) => ({ ...state, columns: 60, rows: 15 }));
    expect(linesOf(at)).toMatch(/− {2}a +step 2 /);
    // The history does not tell.
    const { image } = pageOf(at);
    const layers = image!.layers.map((layer) => ({ ...layer, step: 0 }));
    at.store.update((state) => ({
      ...state,
      columns: 120,
      rows: 36,
      files: { ...state.files!, image: { ...image!, layers } },
    }));
    expect(linesOf(at)).toMatch(/^ {2}LAYER .* MODE +LAYER$/m);
    at.press('tab', 'k');
    await drawn(at);
    expect(linesOf(at)).toContain('─ Layer 3 alone · ');
  });

  test('shows kinds, sorts, and copies paths', async () => {
    const at = await opened();
    at.press('right', 'down');
    expect(filesTarget(at.store.get())).toMatchObject({ layer: 0, removed: true, folder: false });
    at.press('-');
    await drawn(at);
    expect(rows(at)).toEqual(['>etc/', ' b', 'readme', 'srv/', 'usr/', 'zoo/']);
    at.press('-', '=', '+');
    await drawn(at);
    expect(rows(at)).toEqual(['>etc/', ' a', ' b']);
    at.press('=', '+', 's');
    await drawn(at);
    expect(rows(at)).toEqual(['zoo/', '>etc/', ' a', ' b', 'readme', 'usr/', 'srv/']);
    at.press('j', 'j', 'y');
    expect(at.copied).toEqual(['/etc/b']);
  });

  test('is searched as one types, gone through, and left step by step', async () => {
    const at = await opened();
    const found = (): string[] => {
      const fresh = freshFound(pageOf(at));
      return fresh === undefined
        ? []
        : Array.from(fresh.entries, (entry) => `${fresh.shown.tree.path(entry)}`);
    };
    at.press('/', ...'main');
    await vi.waitFor(() => expect(found()).toEqual(['srv/app/deep/main.js']));
    at.press('ctrl+u', ...'*b*');
    await vi.waitFor(() => expect(found()).toEqual(['etc/b', 'usr/lib']));
    at.press('enter', 'down');
    expect(filesTarget(at.store.get())?.path.toString()).toBe('usr/lib');
    at.press('enter');
    expect(rows(at)).toEqual(['etc/', 'readme', 'srv/', 'usr/', '> lib/', 'zoo/']);
    at.press('n');
    expect(rows(at)).toContain('> b');
    expect(at.store.get().toast?.text).toBe('match 1 of 2');
    at.press('N');
    expect(rows(at)).toContain('> lib/');
    at.press('i', 'esc');
    expect(pageOf(at).search).toBeUndefined();
    at.press('esc');
    expect(pageOf(at).details).toBe(false);
    at.press('esc');
    expect(at.store.get().files).toBeUndefined();
    at.press('f', 'n');
    expect(at.store.get().toast?.text).toBe('/ searches all paths');
  });

  test('goes back to the page it was opened from', () => {
    const at = acmeApp(
      acmeState(SIZE, { page: { id: WEB, tab: 'history', top: 0, search: '' } }),
      {},
      contentEngine(),
    );
    at.press('f');
    expect(pageOf(at).id).toBe(WEB);
    at.press('esc');
    expect(at.store.get().page?.tab).toBe('history');
  });
});

function clickAt(at: AcmeApp, x: number, y: number): void {
  handleInput(at, { type: 'mouse', button: 'left', x, y });
}

test('a search goes on to its end while trees come and go, and begins anew once all is read', async () => {
  const many = Array.from({ length: 20_000 }, (_, at) => ({ path: `d${at % 60}/file-${at}`, size: at }));
  const indexes = [drawnLayer(many)];
  const image = { ...DRAWN_CONTENT, layers: DRAWN_CONTENT.layers.slice(0, 1) };
  const files = drawnFiles({ image, indexes, read: ['whole'], stacks: new Map() });
  const at = acmeApp(acmeState(SIZE, { marks: new Set(), files }), {}, contentEngine());
  await arranged(at);
  const put = (change: (page: FilesPage) => Partial<FilesPage>): void =>
    at.store.update((state) => ({ ...state, files: { ...state.files!, ...change(state.files!) } }));
  put(({ progress }) => ({ progress: { ...progress, done: false } }));
  at.press('/', ...'file9');
  const { tree } = pageOf(at);
  const other = (): void => put((page) => ({ tree: { ...page.tree!, shown: { ...page.tree!.shown } } }));
  other();
  searchFilesAgain(at);
  await vi.waitFor(() => expect(pageOf(at).search?.found?.text).toBe('file9'), 10_000);
  expect(pageOf(at).search?.found?.shown).toBe(tree!.shown);
  expect(freshFound(pageOf(at))).toBeUndefined();
  put(({ progress }) => ({ progress: { ...progress, done: true } }));
  searchFilesAgain(at);
  await vi.waitFor(() => expect(freshFound(pageOf(at))?.text).toBe('file9'), 10_000);
});

test('a step through 66,000 open rows reads no more than what is on the screen', async () => {
  const many = Array.from({ length: 66_000 }, (_, at) => ({ path: `d${at % 60}/f${at}`, size: at }));
  const indexes = [drawnLayer(many), drawnLayer([{ path: 'd1/f1', size: 3 }])];
  const image = { ...DRAWN_CONTENT, layers: DRAWN_CONTENT.layers.slice(0, 2) };
  const files = drawnFiles({ image, indexes, read: ['whole', 'whole'], stacks: new Map() });
  const at = acmeApp(acmeState(SIZE, { marks: new Set(), files }), {}, contentEngine());
  await arranged(at);
  const theme = createTheme({ colour: false, ascii: false });
  let view = pageOf(at).tree!;
  for (let row = 0; row < view.entries.length; row++) view = openedBelow(view, row);
  at.store.update((state) => ({ ...state, files: { ...state.files!, tree: { ...view, at: 0, top: 0 } } }));
  expect(view.entries.length).toBe(66_060);
  const { tree } = view.shown;
  const names = vi.spyOn(tree, 'name');
  const types = vi.spyOn(tree, 'source');
  for (const key of ['j', 'pgdn', 'ctrl+d', 'G', 'k', 'g']) {
    at.press(key);
    pictureOf(at, at.store.get(), theme);
  }
  expect(names.mock.calls.length).toBeLessThan(6 * 100);
  expect(types.mock.calls.length).toBeLessThan(6 * 400);
  // Only what was not on the screen before is read: a page of rows where the tree jumps, next to nothing for a step.
  const readBy = (key: string): number => {
    names.mockClear();
    at.press(key);
    pictureOf(at, at.store.get(), theme);
    return names.mock.calls.length;
  };
  for (let page = 0; page < 20; page++) readBy('pgdn');
  expect(readBy('pgdn')).toBeGreaterThan(25);
  expect(readBy('k')).toBeLessThan(10);
});

/** The layer under the cursor of the files page: its facts as rows, and what is copied of it. */
import { describe, expect, test } from 'vitest';
import { type FilesLayerFacts, filesLayerFacts, layerFactRows } from '../../src/app/files-layer-facts.ts';
import type { FilesPage } from '../../src/app/files-page.ts';
import { forestTree } from '../../src/app/forest-tree.ts';
import { createTheme } from '../../src/app/theme.ts';
import { downFrom } from '../../src/engine/forest.ts';
import { pictureOf } from '../../src/views/picture.ts';
import { type AcmeApp, acmeApp, acmeState } from './acme-app.ts';
import { arranged, contentEngine, DRAWN_CONTENT, drawnFiles } from './acme-files.ts';

const WIDE = { columns: 120, rows: 36 };
const NARROW = { columns: 80, rows: 24 };

async function opened(change: Partial<FilesPage> = {}, size = WIDE): Promise<AcmeApp> {
  const app = acmeApp(acmeState(size, { marks: new Set(), files: drawnFiles(change) }), {}, contentEngine());
  await arranged(app);
  return app;
}

const screen = (app: AcmeApp): string =>
  pictureOf(app, app.store.get(), createTheme({ colour: false, ascii: false })).lines.join('\n');

async function pressed(app: AcmeApp, ...keys: string[]): Promise<void> {
  for (const key of keys) {
    app.press(key);
    await arranged(app);
  }
}

function factsOf({ store }: AcmeApp): Readonly<Record<string, string>> {
  const { lines, title, instruction = '' } = filesLayerFacts(store.get(), store.get().files!)!;
  return { title, instruction, ...Object.fromEntries(lines.map(({ label, text }) => [label, text])) };
}

describe('the facts of a layer', () => {
  test('are its place, its instruction, its size to the byte, what it did, and when it was made', async () => {
    const app = await opened({ layer: 3 });
    expect(factsOf(app)).toEqual({
      title: 'step 6 of 9 · layer 4 of 5',
      instruction: 'RUN npm ci',
      size: '146.9 MB (146,902,100 bytes), unpacked',
      files: '504 added · 2 changed · 0 removed',
      'diff ID': DRAWN_CONTENT.layers[3]!.diffId,
      made: '2026-08-30 09:36, 2 days ago',
    });
  });

  test('leave out what is not known', async () => {
    const layers = [{ diffId: 'sha256:aa', createdBy: '', step: 0 }];
    const { steps: _, ...image } = { ...DRAWN_CONTENT, layers };
    const app = await opened({ layer: 0 });
    const page = app.store.get().files!;
    const unread: FilesPage = {
      ...page,
      image,
      indexes: page.indexes.slice(0, 1),
      read: ['not'],
      stacks: new Map(),
      tree: undefined,
    };
    const { title, instruction, lines } = filesLayerFacts({ stock: undefined, now: 0 }, unread)!;
    expect([title, instruction]).toEqual(['layer 1 of 1', 'no instruction recorded']);
    expect(lines).toEqual([
      { label: 'size', text: 'not read yet' },
      { label: 'diff ID', text: 'sha256:aa' },
    ]);
    expect(filesLayerFacts({ stock: undefined, now: 0 }, { ...unread, image: undefined })).toBeUndefined();
  });

  test('say how many images of the list share it, and which end there', async () => {
    const app = await opened();
    const { stock } = app.store.get();
    const { forest, nameOf } = forestTree(stock!);
    const nodes = [...downFrom(forest.tops.get(DRAWN_CONTENT.id))].reverse();
    const layers = nodes.map(({ layer }, at) => ({
      diffId: layer.diffId,
      createdBy: layer.createdBy,
      step: at + 1,
    }));
    const [first] = drawnFiles().indexes;
    const page = drawnFiles({
      image: { ...DRAWN_CONTENT, layers },
      indexes: layers.map(() => first!),
      read: layers.map(() => 'whole'),
      stacks: new Map(),
    });
    const shared = (layer: number): string | undefined =>
      filesLayerFacts({ stock, now: 0 }, { ...page, layer })!.lines.find(({ label }) => label === 'shared')
        ?.text;
    const base = nodes[0]!;
    expect(base.imageCount).toBeGreaterThan(5);
    expect(shared(0)).toMatch(
      new RegExp(`^by ${base.imageCount} images: this one, .*,.*,.*,.* and ${base.imageCount - 5} more$`),
    );
    expect(shared(0)).not.toContain(nameOf(DRAWN_CONTENT.id));
    expect(shared(layers.length - 1)).toBe('no, only this image has it');
  });

  test('are cut where there is no room, the instruction first', () => {
    const facts: FilesLayerFacts = {
      title: '',
      instruction: 'one two three four five six',
      lines: [{ label: 'size', text: '1 B' }],
    };
    const rows = (height?: number): string[] =>
      layerFactRows(facts, 15 + 9, height).map(({ label, text }) => `${label}|${text}`);
    expect(rows()).toEqual(['made by|one two', '|three', '|four five', '|six', 'size|1 B']);
    expect(rows(4)).toEqual(['made by|one two', '|three', '|and 2 mo…', 'size|1 B']);
    expect(rows(1)).toEqual(['made by|one two …', 'size|1 B']);
  });

  test.each([WIDE, NARROW])(
    'are shown and hidden by i in the pane of layers at $columns×$rows',
    async (size) => {
      const app = await opened({}, size);
      await pressed(app, 'tab', 'g', 'j', 'i');
      expect(app.store.get().files).toMatchObject({ details: true, focus: 'layers', layer: 1 });
      expect(screen(app)).toContain('RUN install node 22');
      await pressed(app, 'j');
      expect(screen(app)).toContain('COPY package*.json ./');
      await pressed(app, 'i');
      expect(app.store.get().files).toMatchObject({ details: false, focus: 'layers' });
      await pressed(app, 'i', 'esc');
      expect(app.store.get().files).toMatchObject({ details: false });
    },
  );
});

test('y copies the diff ID of a layer, Y its instruction; the tree and all layers say what to do first', async () => {
  const app = await opened();
  const toast = (): string | undefined => app.store.get().toast?.text;
  await pressed(app, 'Y');
  expect(toast()).toContain('tab goes to the layers first');
  await pressed(app, 'tab', 'y');
  expect(toast()).toContain('all layers are shown');
  await pressed(app, 'Y');
  expect(toast()).toContain('all layers are shown');
  expect(app.copied).toEqual([]);
  await pressed(app, 'k', 'y');
  expect(toast()).toBe(`copied ${DRAWN_CONTENT.layers[4]!.diffId}`);
  await pressed(app, 'Y');
  expect(toast()).toBe('copied the instruction: COPY dist dist');
  expect(app.copied).toEqual([DRAWN_CONTENT.layers[4]!.diffId, 'COPY dist dist']);
});

/** The states of the files page, by name: how it is opened, and keys after that. */
import { EMPTY_INDEX, type FilesPage, newFilesPage } from '../../src/app/files-page.ts';
import type { AppState } from '../../src/app/state.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { type AcmeApp, acmeApp, acmeState, INFO } from '../app/acme-app.ts';
import {
  arranged,
  contentEngine,
  DRAWN_CONTENT,
  drawnFiles,
  drawnIndexes,
  drawnSource,
} from '../app/acme-files.ts';
import { drawnLayer } from '../app/drawn-layer.ts';
import { filesWasteOf } from '../app/drawn-waste.ts';
import type { Size } from './scenes.ts';

type Scene = (size: Size) => Promise<AcmeApp>;

const on =
  (files: FilesPage, keys: readonly string[] = [], change: Partial<AppState> = {}): Scene =>
  async (size) => {
    const app = acmeApp(
      acmeState(size, { marks: new Set(), files, filesWaste: filesWasteOf(files), ...change }),
      {},
      contentEngine(),
    );
    await arranged(app);
    for (const key of keys) {
      app.press(key);
      await arranged(app);
    }
    return app;
  };

const LOST = new EngineError({
  code: 'unreachable',
  message: 'the engine at unix:///var/run/docker.sock broke off in the middle of web-api:1.5.0',
  hint: 'Is it still running?  sudo systemctl status docker',
  retryable: true,
});

const blank = newFilesPage({
  id: DRAWN_CONTENT.id,
  name: 'web-api:1.5.0',
  engine: INFO.address,
  source: drawnSource(),
  goTo: undefined,
});

/** Three of its layers have come, and a part of the fourth. */
function partly(change: Partial<FilesPage> = {}): FilesPage {
  const indexes = drawnIndexes().map((index, at) => (at < 4 ? index : EMPTY_INDEX));
  return {
    ...blank,
    image: DRAWN_CONTENT,
    indexes,
    read: ['whole', 'whole', 'whole', 'partly', 'not'],
    progress: { bytes: 301_400_000, total: 455_100_000, perSecond: 137_100_000, done: false },
    ...change,
  };
}

function of(...layers: Parameters<typeof drawnLayer>[0][]): FilesPage {
  const indexes = layers.map((entries) => drawnLayer(entries));
  const image = {
    ...DRAWN_CONTENT,
    layers: indexes.map((_, at) => ({ ...DRAWN_CONTENT.layers[at % 5]!, step: at + 1 })),
  };
  return {
    ...blank,
    image,
    indexes,
    read: indexes.map(() => 'whole' as const),
    progress: { bytes: 0, total: 0, perSecond: undefined, done: true },
  };
}

/** A layer whose instruction has more rows than there is room for. */
function longInstruction(): FilesPage {
  const page = of([{ path: 'a', size: 3 }]);
  const createdBy = `RUN ${Array.from({ length: 90 }, (_, at) => `install part-${at} --quiet`).join(' && ')}`;
  const { steps: _, ...image } = page.image!;
  return { ...page, image: { ...image, layers: [{ createdBy, step: 0, diffId: image.layers[0]!.diffId }] } };
}

const deep = Array.from({ length: 40 }, (_, depth) => `folder-${depth}`).join('/');

/** As drawn: the largest first, `srv` and `var` open. */
const DRAWN = ['s', 'g', 'j', 'j', 'right', 'g', 'right', 'j', 'j'];

export const FILES_SCENES: Readonly<Record<string, Scene>> = {
  files: on(drawnFiles(), DRAWN),
  'files-layer': on(drawnFiles(), ['tab', 'k', 'k', 'tab', 'L']),
  'files-up-to': on(drawnFiles(), ['tab', 'g', 'j', 'u']),
  'files-details': on(drawnFiles(), ['/', ...'package-lock', 'enter', 'enter', 'i']),
  'files-layer-details': on(drawnFiles(), ['tab', 'g', 'j', 'j', 'j', 'i']),
  'files-layer-details-long': on(longInstruction(), ['tab', 'g', 'i']),
  'files-all-details': on(drawnFiles(), ['tab', 'i']),
  'files-removed': on(drawnFiles(), ['/', ...'/var/lib/apt/l*', 'enter', 'enter', 'right', 'i']),
  'files-kinds': on(drawnFiles(), ['+', '=', 'L']),
  'files-found': on(drawnFiles(), ['/', ...'*-1?.js', 'enter', 'j', 'j']),
  'files-finding': on(drawnFiles(), ['/', ...'nodmod1']),
  'files-found-none': on(drawnFiles(), ['/', ...'zzzz', 'enter']),
  'files-asking': on(blank),
  'files-waiting': on({
    ...blank,
    image: DRAWN_CONTENT,
    indexes: drawnIndexes().map(() => EMPTY_INDEX),
    read: drawnIndexes().map(() => 'not'),
  }),
  'files-reading': on(partly(), ['j', 'right']),
  'files-lost': on(partly({ error: LOST })),
  'files-refused': on({ ...blank, error: LOST }),
  'files-scratch': on(of()),
  'files-many-layers': on(
    of(
      ...Array.from({ length: 127 }, (_, at) => [
        { path: `layer-${at}`, size: at },
        { path: 'same', size: at },
      ]),
    ),
    ['tab', 'g', 'ctrl+d', 'u'],
  ),
  'files-empty-layer': on(of([{ path: 'a', size: 3 }], []), ['tab', 'k']),
  'files-awkward': on(
    of([
      { path: `${deep}/leaf`, size: 1 },
      { path: Buffer.concat([Buffer.from('raw-'), Buffer.from([0xff, 0xfe, 0x01])]), size: 2 },
      { path: `very-long-${'x'.repeat(230)}.txt`, size: 12_345_678 },
      { path: '全角のとても長い名前のフォルダーがここにあります/', mode: 0o2775 },
      { path: 'link-to-far', link: `${'far/'.repeat(60)}away` },
      { path: 'right-to-\u202eleft', size: 5 },
    ]),
    ['L', 'G'],
  ),
  'files-help': on(drawnFiles(), ['?']),
};

/** The states of the page of waste, by name: the files it belongs to, and the keys that lead there. */
import type { FilesPage } from '../../src/app/files-page.ts';
import { type AcmeApp, acmeApp, acmeState } from '../app/acme-app.ts';
import { arranged, contentEngine, drawnFiles } from '../app/acme-files.ts';
import { filesWasteOf } from '../app/drawn-waste.ts';
import { file, madeContents, whiteout } from '../support/made-contents.ts';
import type { Size } from './scenes.ts';

type Scene = (size: Size) => Promise<AcmeApp>;

const on =
  (page: () => FilesPage | Promise<FilesPage>, keys: readonly string[]): Scene =>
  async (size) => {
    const files = await page();
    const waste = filesWasteOf(files);
    const app = acmeApp(acmeState(size, { marks: new Set(), files, filesWaste: waste }), {}, contentEngine());
    await arranged(app);
    for (const key of keys) {
      app.press(key);
      await arranged(app);
    }
    return app;
  };

/** Every kind, with names that are long, wide and hostile. */
async function allKinds(): Promise<FilesPage> {
  const model = { content: 'the same weights ' };
  const long = `srv/${'deep/'.repeat(30)}very-long-name.bin`;
  const { image, indexes } = await madeContents([
    {
      createdBy: 'ADD rootfs.tar.xz /',
      members: [file('etc/motd', 900), file('usr/share/doc/copyright', 64_000), file('usr/bin/sh', 120_000)],
    },
    {
      createdBy:
        "RUN apt-get update && apt-get install -y build-essential python3 'and much more' # buildkit",
      members: [
        file('var/lib/apt/lists/main', 41_000),
        file('usr/lib/python3/a/__pycache__/a.pyc', 9_000),
        file('usr/lib/python3/b/__pycache__/b.pyc', 7_000),
      ],
    },
    {
      createdBy: 'COPY . /srv',
      members: [
        file('srv/app/model.bin', 90_000, model),
        file('srv/app/main.py', 4_000),
        file(long, 30_000),
        file('srv/日本語/ツール.js', 20_000),
        file('srv/red\u001b[31m', 10_000),
      ],
    },
    {
      createdBy: 'RUN chown -R app /srv/app',
      members: [
        file('srv/app/model.bin', 90_000, { ...model, uid: 1000 }),
        file('srv/app/main.py', 4_000, { uid: 1000 }),
      ],
    },
    {
      createdBy: 'RUN cp -r /srv/app /opt/backup && rm -rf /usr/share/doc /srv/deep /srv/日本語 /srv/red*',
      members: [
        file('opt/backup/model.bin', 90_000, model),
        ...['usr/share/doc', 'srv/deep', 'srv/日本語', 'srv/red\u001b[31m'].map(whiteout),
      ],
    },
  ]);
  return drawnFiles({ image, indexes, read: indexes.map(() => 'whole'), stacks: new Map() });
}

async function clean(): Promise<FilesPage> {
  const { image, indexes } = await madeContents(
    [{ createdBy: 'COPY app /', members: [file('app', 1_000)] }],
    {
      digests: false,
    },
  );
  return drawnFiles({ image, indexes, read: ['whole'], stacks: new Map() });
}

export const WASTE_SCENES: Readonly<Record<string, Scene>> = {
  waste: on(() => drawnFiles(), ['w']),
  'waste-kinds': on(allKinds, ['w', 'j', 'j']),
  'waste-duplicates': on(allKinds, ['w', 'shift+tab']),
  'waste-none': on(clean, ['w']),
  'waste-unread': on(clean, ['w', 'shift+tab']),
  'waste-shown': on(allKinds, ['w', 'j', 'j', 'enter']),
};

/** The drawn image from the inside: what its layers did to files, and the page of them. */
import type { App } from '../../src/app/app.ts';
import { arrangeFiles } from '../../src/app/files-arranging.ts';
import { type FilesPage, freshFound, isCurrent, newFilesPage } from '../../src/app/files-page.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { ContentImage, ContentSource } from '../../src/engine/layers/contents.ts';
import type { LayerIndex } from '../../src/engine/layers/layer-index.ts';
import { stackLayers } from '../../src/engine/layers/stack-layers.ts';
import { hex } from '../engine/stock-maker.ts';
import { INFO } from './acme-app.ts';
import { acmeId, DETAIL } from './acme-store.ts';
import { type DrawnEntry, drawnLayer, manyFiles } from './drawn-layer.ts';

const MB = 1_000_000;

const LAYERS: readonly {
  readonly step: number;
  readonly createdBy: string;
  readonly entries: () => DrawnEntry[];
}[] = [
  {
    step: 1,
    createdBy: "ADD rootfs.tar.xz / # debian.sh --arch 'amd64'",
    entries: () => [
      { path: 'etc/' },
      { path: 'etc/passwd', size: 1_240 },
      { path: 'etc/shadow', size: 700, mode: 0o640 },
      { path: 'etc/ssl/certs.pem', size: 1.1 * MB - 1_940 },
      { path: 'var/' },
      { path: 'var/lib/apt/lists/' },
      { path: 'var/lib/apt/lists/deb.debian.org_main', size: 2.6 * MB },
      { path: 'var/lib/apt/lists/lock', size: 0.1 * MB },
      { path: 'var/lib/dpkg/status', size: 0.9 * MB },
      { path: 'var/run', link: '/run' },
      { path: 'bin', link: 'usr/bin' },
      { path: 'tmp/', mode: 0o1777 },
      { path: 'usr/bin/passwd', size: 68_000, mode: 0o4755 },
      { path: 'usr/bin/perl', size: 3.9 * MB, mode: 0o755 },
      { path: 'usr/bin/perl5.40', hardLink: 'usr/bin/perl' },
      ...manyFiles('usr/share', 454, 69.8 * MB),
    ],
  },
  {
    step: 2,
    createdBy: 'RUN install node 22',
    entries: () => [
      { path: 'etc/passwd', size: 1_290 },
      { path: 'var/cache/ldconfig/aux-cache', size: 8_400 },
      { path: 'var/cache/debconf/templates.dat', size: 6.2 * MB },
      { path: 'var/lib/apt/.wh.lists' },
      { path: 'usr/bin/node', size: 98.3 * MB, mode: 0o755 },
      { path: 'usr/bin/nodejs', link: 'node' },
      { path: 'root/.npm/_cacache/index', size: 4.1 * MB },
      ...manyFiles('usr/lib/node', 310, 39.5 * MB),
    ],
  },
  {
    step: 5,
    createdBy: 'COPY package*.json ./',
    entries: () => [
      { path: 'srv/' },
      { path: 'srv/package.json', size: 2_100 },
      { path: 'srv/package-lock.json', size: 401_900 },
    ],
  },
  {
    step: 6,
    createdBy: 'RUN npm ci',
    entries: () => [
      { path: 'srv/' },
      { path: 'srv/package-lock.json', size: 402_100 },
      { path: 'root/.npm/_cacache/index', size: 0.1 * MB },
      ...manyFiles('srv/node_modules', 504, 146.4 * MB),
    ],
  },
  {
    step: 7,
    createdBy: 'COPY dist dist',
    entries: () => [
      { path: 'srv/' },
      { path: 'srv/dist/' },
      { path: 'srv/dist/日本語/ツール.js', size: 0.4 * MB },
      { path: 'srv/dist/bell\u0007and\u001b[31mred', size: 12 },
      ...manyFiles('srv/dist/app', 312, 80.5 * MB),
    ],
  },
];

export const DRAWN_CONTENT: ContentImage = {
  name: 'ghcr.io/acme/web-api:1.5.0',
  id: acmeId('ghcr.io/acme/web-api:1.5.0'),
  platform: 'linux/amd64',
  config: DETAIL.config,
  layers: LAYERS.map(({ step, createdBy }) => ({
    step,
    createdBy,
    diffId: hex(`diff ${step}`),
    created: 1_788_082_200 + step * 60,
  })),
  steps: 9,
};

let made: readonly LayerIndex[] | undefined;

export function drawnIndexes(): readonly LayerIndex[] {
  made ??= LAYERS.map(({ entries }) => drawnLayer(entries()));
  return made;
}

/** A source that tells what it is and never comes to its layers. */
export function drawnSource(image: ContentImage = DRAWN_CONTENT): ContentSource {
  return {
    where: 'docker',
    describe: () => Promise.resolve(image),
    async *tars() {
      await new Promise(() => {});
      return [];
    },
  };
}

/** An engine that has nothing but the insides of images. */
export function contentEngine(source: (image: string) => ContentSource = () => drawnSource()): Engine {
  return { info: INFO, absent: {}, contents: source } as unknown as Engine;
}

let whole: FilesPage | undefined;

/** The page of the drawn image once all of it is read. */
export function drawnFiles(change: Partial<FilesPage> = {}): FilesPage {
  if (whole === undefined) {
    const indexes = drawnIndexes();
    whole = {
      ...newFilesPage({
        id: DRAWN_CONTENT.id,
        name: 'web-api:1.5.0',
        engine: INFO.address,
        source: drawnSource(),
        goTo: undefined,
      }),
      image: DRAWN_CONTENT,
      indexes,
      read: indexes.map(() => 'whole' as const),
      progress: { bytes: 455.1 * MB, total: 455.1 * MB, perSecond: undefined, done: true },
      stacks: new Map([[indexes.length, stackLayers(indexes)]]),
    };
  }
  return { ...whole, opened: {}, ...change };
}

/** Until the tree, and what is searched in it, are what was asked for. */
export async function arranged(app: App): Promise<void> {
  arrangeFiles(app, true);
  for (;;) {
    const { files } = app.store.get();
    if (files === undefined || files.indexes.length === 0) return;
    if (isCurrent(files) && (files.search === undefined || freshFound(files) !== undefined)) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

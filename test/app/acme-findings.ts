/** What was found in all images of the drawn store. */
import { type Findings, type FindingsTab, newFindings, withSearch } from '../../src/app/findings.ts';
import { duplicateGroup, HitGroups, largeGroup } from '../../src/app/findings-groups.ts';
import type { ContentImage, ContentLayer } from '../../src/engine/layers/contents.ts';
import type { Hit } from '../../src/engine/layers/find-in-images.ts';
import type { FoundFile } from '../../src/engine/layers/find-in-layer.ts';
import type { ManyImage } from '../../src/engine/layers/read-many.ts';
import type { LayerUse } from '../../src/engine/layers/shared-layers.ts';
import { hex } from '../engine/stock-maker.ts';
import { acmeId } from './acme-store.ts';

const MB = 1_000_000;

const layer = (createdBy: string, step: number): ContentLayer => ({
  diffId: `sha256:${hex(`diff ${createdBy}`)}`,
  createdBy,
  step,
});

const DEBIAN = layer("ADD rootfs.tar.xz / # debian.sh --arch 'amd64'", 1);
const NODE = layer('RUN install node 22', 2);
const NPM = layer('RUN npm ci', 6);
const DIST = layer('COPY dist dist', 7);
const UPDATE = layer('RUN apt-get update && apt-get install -y --only-upgrade libssl3', 3);
const WEIGHTS = layer('COPY weights weights', 5);

const image = (name: string): ManyImage => ({
  id: acmeId(name),
  name,
  size: 0,
  source: { where: '', describe: () => Promise.reject(new Error('it is drawn')), tars: never },
});

async function* never(): AsyncGenerator<never, readonly number[]> {
  yield* [];
  return [];
}

const content = (name: string, layers: readonly ContentLayer[]): ContentImage => ({
  name,
  id: acmeId(name),
  platform: 'linux/amd64',
  config: {} as ContentImage['config'],
  layers,
});

const IMAGES: readonly (readonly [name: string, layers: readonly ContentLayer[]])[] = [
  ['acme/ml-train:2026-08', [DEBIAN, WEIGHTS]],
  ['ghcr.io/acme/web-api:1.4.1', [DEBIAN, NODE, NPM, DIST]],
  ['ghcr.io/acme/web-api:1.4.2', [DEBIAN, NODE, NPM, DIST]],
  ['ghcr.io/acme/web-api:1.5.0', [DEBIAN, NODE, UPDATE, NPM, DIST]],
  ['node:22-slim', [DEBIAN, NODE]],
];

const file = (path: string, size: number): FoundFile => ({
  path: Buffer.from(path),
  type: 'file',
  size,
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 0,
  link: undefined,
  digest: undefined,
});

const LIBSSL = file('usr/lib/x86_64-linux-gnu/libssl.so.3', 684_088);

function hitsOf(layers: readonly ContentLayer[]): Hit[] {
  const update = layers.indexOf(UPDATE);
  return [
    { file: LIBSSL, layer: 0, hiddenBy: update === -1 ? undefined : update },
    ...(update === -1 ? [] : [{ file: { ...LIBSSL, size: 688_200 }, layer: update, hiddenBy: undefined }]),
    ...(layers.includes(WEIGHTS)
      ? [
          {
            file: file(
              'opt/conda/envs/training-2026-08/lib/python3.14/site-packages/_vendor/libssl.so.3',
              702_144,
            ),
            layer: 1,
            hiddenBy: undefined,
          },
        ]
      : []),
  ];
}

export function foundHits(): HitGroups {
  const groups = new HitGroups();
  for (const [name, layers] of IMAGES) groups.add(image(name), content(name, layers), hitsOf(layers));
  return groups;
}

function usesOf(of: ContentLayer): LayerUse[] {
  return IMAGES.filter(([, layers]) => layers.includes(of)).map(([name, layers]) => ({
    image: image(name),
    content: content(name, layers),
    layer: layers.indexOf(of),
  }));
}

const large = (path: string, size: number, of: ContentLayer, hidden: readonly string[] = []) =>
  largeGroup({
    file: file(path, size),
    layer: of,
    uses: usesOf(of).map((use) => ({
      ...use,
      hiddenBy: hidden.includes(use.image.name) ? use.layer + 1 : undefined,
    })),
  });

const LARGEST = [
  large('weights/checkpoint-98000.safetensors', 6_812 * MB, WEIGHTS),
  large('usr/bin/node', 98.3 * MB, NODE),
  large('srv/node_modules/@swc/core-linux-x64-gnu/swc.linux-x64-gnu.node', 41.2 * MB, NPM),
  large('srv/dist/日本語の説明.pdf', 12.4 * MB, DIST),
  large('var/lib/apt/lists/deb.debian.org_main', 2.6 * MB, DEBIAN, ['node:22-slim']),
];

const DUPLICATES = [
  duplicateGroup({
    digest: `sha256:${hex('swc')}`,
    size: 41.2 * MB,
    copies: 3,
    bytes: 82.4 * MB,
    places: [
      { file: file('srv/node_modules/@swc/core/swc.node', 41.2 * MB), layer: NPM, uses: usesOf(NPM) },
      { file: file('srv/dist/swc.node', 41.2 * MB), layer: DIST, uses: usesOf(DIST) },
    ],
  }),
  duplicateGroup({
    digest: `sha256:${hex('license')}`,
    size: 11_357,
    copies: 212,
    bytes: 211 * 11_357,
    places: [
      { file: file('usr/share/common-licenses/Apache-2.0', 11_357), layer: DEBIAN, uses: usesOf(DEBIAN) },
    ],
  }),
];

/** All images are known, and have been searched in each tab. */
export function acmeFindings(tab: FindingsTab = 'find', change: Partial<Findings> = {}): Findings {
  const hits = foundHits();
  const all = { images: 13, known: 13, bytes: 0 };
  let findings: Findings = { ...newFindings(), tab, known: { names: all, contents: all } };
  findings = withSearch(findings, 'find', {
    ...{ status: 'done', text: 'libssl.so.3', done: 13, total: 13 },
    groups: hits.all(),
    hidden: hits.hidden,
    sum: 'in 5 images · 1 hidden',
  });
  findings = withSearch(findings, 'largest', { status: 'done', groups: LARGEST, sum: '6.97 GB in 5 files' });
  findings = withSearch(findings, 'duplicates', {
    status: 'done',
    groups: DUPLICATES,
    isCut: true,
    sum: '84.8 MB more than needed in 1,204 contents',
  });
  return { ...findings, ...change };
}

/** Before anything was looked for; so many images are known. */
export function freshFindings(known: number): Findings {
  return {
    ...newFindings(),
    known: { names: { images: 13, known, bytes: 1_862_000_000 }, contents: undefined },
  };
}

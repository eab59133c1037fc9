/** The store that the drawings of the screens show: a web service, a training image, and what they stand on. */
import type { Container } from '../../src/engine/container.ts';
import type { DiskUsage } from '../../src/engine/disk-usage.ts';
import type { History, Image, ImageDetail, ImageLayers, ImageRole, Layer } from '../../src/engine/image.ts';
import { makeStock } from '../../src/engine/stock.ts';
import type { Volume } from '../../src/engine/volume.ts';
import { hex } from '../engine/stock-maker.ts';

/** Tuesday, 1 September 2026, 12:04:23 UTC, in seconds. */
export const NOW = Date.UTC(2026, 8, 1, 12, 4, 23) / 1000;

const MB = 1_000_000;
const HOUR = 3_600;
const DAY = 24 * HOUR;

type Made = readonly (readonly [instruction: string, bytes: number])[];

const debian: Made = [["ADD rootfs.tar.xz / # debian.sh --arch 'amd64'", 78.6 * MB]];
const node: Made = [...debian, ['RUN install node 22', 148.3 * MB]];
const npm: Made = [...node, ['COPY package*.json ./', 0.4 * MB], ['RUN npm ci', 146.9 * MB]];
const python: Made = [...debian, ['RUN install python 3.14', 52.9 * MB]];
const pip: Made = [...python, ['RUN pip install -r base.txt', 640 * MB]];
const alpine: Made = [['ADD alpine-minirootfs.tar.gz /', 8.1 * MB]];

interface Drawn {
  readonly names: readonly string[];
  readonly id?: string;
  readonly layers: Made;
  readonly age: number;
  readonly pushed?: boolean;
}

const DRAWN: readonly Drawn[] = [
  {
    names: ['acme/ml-train:2026-08'],
    layers: [...python, ['COPY weights weights', 6_890 * MB]],
    age: 3 * DAY,
  },
  {
    names: ['acme/ml-train:old'],
    layers: [...pip, ['COPY weights weights', 6_068_000_160]],
    age: 44 * DAY,
  },
  {
    names: [],
    id: 'a91cf06bd3e8',
    layers: [...pip, ['COPY weights weights # latest', 1_089 * MB]],
    age: 44 * DAY,
  },
  {
    names: ['postgres:17'],
    layers: Array.from({ length: 14 }, (_, step) => [
      `RUN postgres step ${step + 1}`,
      step === 3 ? 425.8 * MB : MB,
    ]),
    age: 21 * DAY,
    pushed: true,
  },
  {
    names: ['node:22-alpine'],
    layers: [...alpine, ['RUN install node on alpine', 154.3 * MB]],
    age: 2 * DAY,
    pushed: true,
  },
  {
    names: ['nginx:1.29'],
    layers: [...debian, ['RUN install nginx', 118.7 * MB]],
    age: 34 * DAY,
    pushed: true,
  },
  {
    names: ['registry.local:5000/日本語/ツール:最新'],
    layers: [
      ['ADD base.tar /', 80 * MB],
      ['COPY ツール /opt', 7 * MB],
      ['COPY 設定 /etc', MB],
    ],
    age: 62 * DAY,
  },
  {
    names: ['ghcr.io/acme/web-api:1.5.0', 'ghcr.io/acme/web-api:latest'],
    id: 'c31b90e4d7f2',
    layers: [...npm, ['COPY dist dist', 80.9 * MB], ['COPY entrypoint /', 0.2 * MB]],
    age: 5 * HOUR,
    pushed: true,
  },
  {
    names: ['ghcr.io/acme/web-api:1.5.0-rc1'],
    layers: [...npm, ['COPY dist dist # rc1', 80.8 * MB]],
    age: DAY,
    pushed: true,
  },
  {
    names: ['redis:8-alpine'],
    layers: [...alpine, ['RUN install redis', 53.1 * MB]],
    age: 21 * DAY,
    pushed: true,
  },
  {
    names: ['ghcr.io/acme/web-api:1.4.2'],
    layers: [...npm, ['COPY dist dist # 1.4.2', 38.9 * MB]],
    age: 9 * DAY,
    pushed: true,
  },
  {
    names: ['ghcr.io/acme/web-api:1.4.1'],
    layers: [...npm, ['COPY dist dist # 1.4.1', 38.4 * MB]],
    age: 16 * DAY,
    pushed: true,
  },
  { names: ['node:22-slim'], layers: node, age: 2 * DAY, pushed: true },
  { names: ['python:3.14-slim'], layers: python, age: 30 * DAY, pushed: true },
];

function idOf(drawn: Drawn): string {
  const rest = hex(drawn.names[0] ?? 'dangling');
  return `sha256:${((drawn.id ?? '') + rest).slice(0, 64)}`;
}

/** The id of the image with that name, or of the dangling one for `''`. */
export function acmeId(name: string): string {
  const drawn = DRAWN.find((each) => (name === '' ? each.names.length === 0 : each.names.includes(name)));
  if (drawn === undefined) throw new Error(`nothing is called ${name}`);
  return idOf(drawn);
}

function layersOf(made: Made): Layer[] {
  return made.map(([createdBy, size], index) => ({
    chainId: `sha256:${hex(`chain ${made.slice(0, index + 1).join(' ')}`)}`,
    diffId: `sha256:${hex(`diff ${createdBy}`)}`,
    size: Math.round(size),
    createdBy: createdBy.replace(/ #.*/, ''),
  }));
}

function imageOf(
  id: string,
  names: readonly string[],
  layers: readonly Layer[],
  facts: Partial<Image>,
): Image {
  return {
    id,
    references: names,
    digests: [],
    parentId: '',
    role: names.length > 0 ? 'tagged' : 'dangling',
    created: 0,
    size: layers.reduce((sum, layer) => sum + layer.size, 0),
    sharedSize: undefined,
    containers: undefined,
    labels: {},
    ...facts,
  };
}

/** Four build steps below each image that was built here, one below the other, all on the layers under its last. */
function buildSteps(drawn: Drawn, images: Image[], layers: Map<string, ImageLayers>): string {
  let parentId = '';
  for (let step = 0; step < 4; step++) {
    const id = `sha256:${hex(`step ${step} of ${idOf(drawn)}`)}`;
    const below = layersOf(drawn.layers).slice(0, Math.max(1, drawn.layers.length - 4 + step));
    const role: ImageRole = 'intermediate';
    images.push(imageOf(id, [], below, { role, parentId, created: NOW - drawn.age - 60 * (4 - step) }));
    layers.set(id, { id, layers: below, exact: true });
    parentId = id;
  }
  return parentId;
}

const images: Image[] = [];
const layers = new Map<string, ImageLayers>();
for (const drawn of DRAWN) {
  const id = idOf(drawn);
  const builtHere = drawn.names[0]?.includes('acme') ?? true;
  const parentId = builtHere ? buildSteps(drawn, images, layers) : '';
  const stack = layersOf(drawn.layers);
  const repository = drawn.names[0]?.slice(0, drawn.names[0].lastIndexOf(':')) ?? '';
  const digest = id === acmeId('ghcr.io/acme/web-api:1.5.0') ? `08be${hex(id).slice(0, 56)}41c7` : hex(id);
  images.push(
    imageOf(id, drawn.names, stack, {
      parentId,
      created: NOW - drawn.age,
      digests: drawn.pushed === true ? [`${repository}@sha256:${digest}`] : [],
    }),
  );
  layers.set(id, { id, layers: stack, exact: true });
}

export const CONTAINERS: readonly Container[] = [
  ...['api-1', 'api-2', 'worker-1'].map((name) => containerOf(name, 'ghcr.io/acme/web-api:1.5.0')),
  containerOf('db', 'postgres:17'),
  containerOf('front-1', 'node:22-alpine'),
  containerOf('front-2', 'node:22-alpine', false),
  containerOf('cache', 'redis:8-alpine'),
];

function containerOf(name: string, image: string, running = true): Container {
  return {
    id: hex(`container ${name}`),
    name,
    imageId: acmeId(image),
    image,
    state: running ? 'running' : 'exited',
    running,
    status: running ? 'Up 4 hours' : 'Exited (0) 2 hours ago',
    created: NOW - 5 * HOUR,
  };
}

export const STOCK = makeStock({
  kind: 'docker-classic',
  images,
  layers,
  containers: CONTAINERS,
  containersKnown: true,
  buildCache: [],
});

/** One that a container uses, one that somebody named and left, and one that nobody named. */
export const VOLUMES: readonly Volume[] = [
  volumeOf('pg-data', 50, { users: [CONTAINERS.find(({ name }) => name === 'db')!.id], inUse: true }),
  volumeOf('uploads-2025', 200, { labels: { team: 'web' } }),
  volumeOf(hex('nobody named it'), 90, { anonymous: true }),
].sort((a, b) => (a.name < b.name ? -1 : 1));

export const VOLUME_SIZES: Readonly<Record<string, number>> = {
  'pg-data': 1_380 * MB,
  'uploads-2025': 120 * MB,
  [hex('nobody named it')]: 20 * MB,
};

function volumeOf(name: string, days: number, facts: Partial<Volume>): Volume {
  return {
    name,
    driver: 'local',
    elsewhere: false,
    anonymous: false,
    labels: {},
    created: NOW - days * DAY,
    users: [],
    inUse: false,
    ...facts,
  };
}

const exact = (megabytes: number) => ({ bytes: Math.round(megabytes * MB), bound: 'exact' }) as const;
const TOTAL = [
  ...new Map(
    [...layers.values()].flatMap((one) => one.layers.map((layer) => [layer.chainId, layer.size])),
  ).values(),
].reduce((sum, size) => sum + size, 0);

export const USAGE: DiskUsage = {
  layersTotal: { bytes: TOTAL, bound: 'exact' },
  images: { count: 14, active: 4, size: { bytes: TOTAL, bound: 'exact' }, reclaimable: exact(15_100) },
  containers: { count: 7, active: 6, size: exact(180), reclaimable: exact(20) },
  volumes: { count: 3, active: 1, size: exact(1_520), reclaimable: exact(0) },
  buildCache: { count: 2, active: 0, size: exact(2_310), reclaimable: exact(2_310) },
  perImage: [],
  buildCacheItems: [
    cached('k1qy7jvx0r4m', 2_100, 44 * DAY, 'mount / from exec /bin/sh -c npm ci'),
    cached('zp3d80ab5c2e', 210, 0, '[internal] load build context'),
  ],
};

function cached(id: string, megabytes: number, unused: number, description: string) {
  return {
    id,
    type: unused === 0 ? 'source.local' : 'regular',
    description,
    inUse: false,
    shared: false,
    size: megabytes * MB,
    created: NOW - 50 * DAY,
    lastUsed: unused === 0 ? 0 : NOW - unused,
    usageCount: unused === 0 ? 0 : 3,
    parents: [],
  };
}

/** What the engine tells of `ghcr.io/acme/web-api:1.5.0`. */
export const DETAIL: ImageDetail = {
  id: acmeId('ghcr.io/acme/web-api:1.5.0'),
  references: ['ghcr.io/acme/web-api:1.5.0', 'ghcr.io/acme/web-api:latest'],
  digests: [],
  parentId: '',
  created: '2026-09-01T07:04:23Z',
  author: '',
  comment: 'buildkit.dockerfile.v0',
  platform: 'linux/amd64',
  size: 170.2 * MB,
  sizeMeaning: 'compressed',
  config: {
    cmd: ['dist/server.js'],
    entrypoint: ['node'],
    env: ['NODE_ENV=production', 'PATH=/usr/local/bin:/usr/bin', 'A=1', 'B=2', 'C=3', 'D=4', 'E=5'],
    exposedPorts: ['8080/tcp'],
    volumes: [],
    workingDir: '/srv',
    user: 'node',
    stopSignal: '',
    labels: {
      'org.opencontainers.image.revision': '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d',
      'org.opencontainers.image.source': 'https://github.com/acme/web-api',
      'org.opencontainers.image.title': 'web-api',
      'org.opencontainers.image.version': '1.5.0',
      説明: '日本語のラベル',
    },
    onBuild: [],
    healthcheck: [],
  },
  diffIds: layersOf([...npm, ['COPY dist dist', 1], ['COPY entrypoint /', 1]]).map((layer) => layer.diffId),
  lastTagged: '',
  raw: {
    Id: acmeId('ghcr.io/acme/web-api:1.5.0'),
    RepoTags: ['ghcr.io/acme/web-api:1.5.0', 'ghcr.io/acme/web-api:latest'],
    Created: '2026-09-01T07:04:23Z',
    Config: {
      Env: ['NODE_ENV=production'],
      Labels: { 説明: '日本語のラベル', 'org.opencontainers.image.title': 'web-api' },
      Cmd: ['dist/server.js'],
    },
    Architecture: 'amd64',
    Os: 'linux',
    RootFS: {
      Type: 'layers',
      Layers: Array.from({ length: 30 }, (_, index) => `sha256:${hex(String(index))}`),
    },
  },
};

/** Newest first, as engines tell it. */
export const HISTORY: readonly History[] = (
  [
    ["/bin/sh -c #(nop) ADD file:5a7f in / # debian.sh --arch 'amd64'", 78.6],
    ['RUN /bin/sh -c install node 22 # buildkit', 148.3],
    ['ENV NODE_VERSION=22.19', 0],
    ['WORKDIR /srv', 0],
    ['COPY package*.json ./ # buildkit', 0.4],
    ['RUN /bin/sh -c npm ci # buildkit', 146.9],
    ['COPY dist dist # buildkit', 80.9],
    ['COPY entrypoint / # buildkit', 0.2],
  ] as const
)
  .map(([createdBy, megabytes], index) => ({
    id: '',
    created: NOW - 5 * HOUR - (index < 2 ? 30 * DAY : 0),
    createdBy,
    comment: index < 1 ? '' : 'buildkit.dockerfile.v0',
    size: Math.round(megabytes * MB),
    references: [],
  }))
  .reverse();

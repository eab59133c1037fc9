/** Two versions of the drawn image beside each other: 1.4.2 and 1.5.0. */
import { type ComparePage, newComparePage } from '../../src/app/compare-page.ts';
import { type Comparison, compareImages } from '../../src/engine/compare/compare-images.ts';
import { textDiff } from '../../src/engine/compare/text-diff.ts';
import type { ImageConfig } from '../../src/engine/image.ts';
import type { ImageContents } from '../../src/engine/layers/contents.ts';
import { hex } from '../engine/stock-maker.ts';
import { acmeId, DETAIL } from './acme-store.ts';
import { type DrawnEntry, drawnLayer, manyFiles } from './drawn-layer.ts';

const MB = 1_000_000;

interface DrawnStep {
  readonly createdBy: string;
  readonly entries: readonly DrawnEntry[];
}

const BASE: DrawnStep = {
  createdBy: "ADD rootfs.tar.xz / # debian.sh --arch 'amd64'",
  entries: [
    { path: 'etc/' },
    { path: 'etc/passwd', size: 1_240 },
    { path: 'var/lib/dpkg/status', size: 0.9 * MB },
    ...manyFiles('usr/share', 400, 69.8 * MB),
  ],
};

const OLD: readonly DrawnStep[] = [
  BASE,
  {
    createdBy: 'RUN install node 20',
    entries: [
      { path: 'usr/bin/node', size: 92.1 * MB, mode: 0o755 },
      { path: 'usr/bin/corepack', link: '../lib/node_modules/corepack/dist/corepack.js' },
      { path: 'usr/lib/node_modules/corepack/package.json', size: 1_900 },
    ],
  },
  {
    createdBy: 'COPY dist dist',
    entries: [
      { path: 'srv/dist/server.js', size: 402_100 },
      { path: 'srv/dist/legacy/report.js', size: 2.1 * MB },
      { path: 'srv/entrypoint', size: 310, mode: 0o644 },
    ],
  },
];

const NEW: readonly DrawnStep[] = [
  BASE,
  {
    createdBy: 'RUN install node 22',
    entries: [
      { path: 'usr/bin/node', size: 98.3 * MB, mode: 0o755 },
      { path: 'usr/bin/nodejs', link: 'node' },
      { path: 'var/lib/dpkg/status', size: 0.9 * MB + 412 },
    ],
  },
  {
    createdBy: 'COPY dist dist',
    entries: [
      { path: 'srv/dist/server.js', size: 418_700 },
      { path: 'srv/entrypoint', size: 310, mode: 0o755 },
      ...manyFiles('srv/dist/assets', 60, 4.4 * MB),
    ],
  },
];

function contents(name: string, steps: readonly DrawnStep[], config: Partial<ImageConfig>): ImageContents {
  return {
    image: {
      name,
      id: acmeId(name),
      platform: 'linux/amd64',
      config: { ...DETAIL.config, ...config },
      layers: steps.map(({ createdBy }, at) => ({
        diffId: `sha256:${hex(steps[at] === BASE ? 'base' : `${name} ${at}`)}`,
        createdBy,
        step: at + 1,
      })),
    },
    indexes: steps.map(({ entries }) => drawnLayer(entries)),
  };
}

const OLD_NAME = 'ghcr.io/acme/web-api:1.4.2';
const NEW_NAME = 'ghcr.io/acme/web-api:1.5.0';

export const BLANK_COMPARE: ComparePage = newComparePage(
  { name: OLD_NAME, id: acmeId(OLD_NAME) },
  { name: NEW_NAME, id: acmeId(NEW_NAME) },
);

let drawn: Promise<Comparison> | undefined;

/** Nothing ever changes it: worked out once for all pictures. */
function drawnComparison(): Promise<Comparison> {
  drawn ??= compareDrawn();
  return drawn;
}

function compareDrawn(): Promise<Comparison> {
  const node = (version: string): string => `NODE_VERSION=${version}`;
  return compareImages(
    contents(OLD_NAME, OLD, {
      env: [node('20.18.1'), 'NODE_ENV=production'],
      labels: { 'org.opencontainers.image.revision': '9a1f0c2' },
      cmd: ['node', 'dist/server.js', '--legacy'],
    }),
    contents(NEW_NAME, NEW, {
      env: [
        node('22.19.0'),
        'NODE_ENV=production',
        'NODE_OPTIONS=--max-old-space-size=1536 --enable-source-maps --unhandled-rejections=strict --trace-warnings',
      ],
      labels: { 'org.opencontainers.image.revision': 'c31b90e', motd: 'two\nlines' },
      cmd: ['node', 'dist/server.js'],
      exposedPorts: ['8080/tcp', '9464/tcp'],
    }),
  );
}

const PACKAGES: ComparePage['packages'] = {
  status: 'read',
  changes: {
    list: [
      { kind: 'dpkg', name: 'libssl3t64', before: ['3.5.1-1'], after: ['3.5.1-1+deb13u1'] },
      { kind: 'npm', name: '@acme/logger', before: [], after: ['2.0.0'] },
      { kind: 'npm', name: 'corepack', before: ['0.29.4'], after: [] },
      { kind: 'npm', name: 'undici', before: ['6.21.0', '7.1.0'], after: ['7.16.0'] },
    ],
    problems: [],
  },
};

/** Compared to the end. */
export async function drawnCompare(change: Partial<ComparePage> = {}): Promise<ComparePage> {
  return { ...BLANK_COMPARE, comparison: await drawnComparison(), packages: PACKAGES, ...change };
}

const OPENED = { tried: {}, read: { bytes: 0, total: undefined }, error: undefined, top: 0 };

/** With the text of a file that is still read. */
export async function drawnPatchReading(): Promise<ComparePage> {
  const page = await drawnPatch('', '');
  return {
    ...page,
    patch: { ...page.patch!, diff: undefined, read: { bytes: 15_600_000, total: undefined } },
  };
}

/** With the text of a file open. */
export async function drawnPatch(before: string | Buffer, after: string | Buffer): Promise<ComparePage> {
  const page = await drawnCompare({ tab: 'files' });
  const change = page.comparison!.files.list.find(({ path }) => path === 'srv/dist/server.js')!;
  const diff = textDiff(Buffer.from(before), Buffer.from(after));
  return { ...page, patch: { ...OPENED, change, diff } };
}

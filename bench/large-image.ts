/** An image as large ones are: 66,000 files of all sizes in six layers, written as `docker save` of Docker 20 writes it. */
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { END_MARK, padding, tarHeader } from '../src/engine/archive/tar-block.ts';
import { random } from '../test/engine/stock-maker.ts';

export interface LargeImage {
  readonly name: string;
  readonly files: number;
  readonly layers: number;
  /** Of all layers as tars. */
  readonly bytes: number;
  /** Of the file that the first layer brought last. */
  readonly onePath: string;
}

interface File {
  readonly path: string;
  readonly size: number;
}

const NAME = 'bench/files:1';
/** Files each layer brings, and how many of those below it has anew. */
const LAYERS = [
  { own: 3_000, anew: 0 },
  { own: 9_000, anew: 300 },
  { own: 38_000, anew: 200 },
  { own: 9_000, anew: 500 },
  { own: 5_000, anew: 500 },
  { own: 500, anew: 2 },
];
/** Most files are small, and a few hold most of the bytes: the logarithm of their sizes is spread like this. */
const USUAL = 2_800;
const SPREAD = 1.55;
const LARGEST = 30_000_000;
/** All contents are cut out of it: what is in them does not matter, only that it is not all the same. */
const NOISE = randomFillSync(Buffer.alloc(LARGEST + 65_536));

/** Always the same files. */
export async function writeLargeImage(path: string): Promise<LargeImage> {
  const out = createWriteStream(path, { highWaterMark: 8 * 1024 * 1024 });
  const write = async (...parts: readonly Buffer[]) => {
    for (const bytes of parts) if (!out.write(bytes)) await once(out, 'drain');
  };
  const pick = random(7);
  const next = () => pick(2 ** 32) / 2 ** 32;
  const known: File[] = [];
  const paths: string[] = [];
  const diffIds: string[] = [];
  let bytes = 0;
  let files = 0;
  for (const [at, { own, anew }] of LAYERS.entries()) {
    const fresh = Array.from({ length: own }, (_, file) => ({
      path: `${folderOf(at, file, own)}/${nameOf(next)}-${file}.js`,
      size: sizeOf(next),
    }));
    const changed = Array.from({ length: anew }, () => known[Math.floor(next() * known.length)]!);
    const members = inOrder(new Map([...changed, ...fresh].map((file) => [file.path, file])));
    const length = members.reduce(
      (sum, { size }) => sum + 512 + size + padding(size).length,
      END_MARK.length,
    );
    const layer = `${String(at).repeat(64)}/layer.tar`;
    await write(tarHeader(layer, length));
    const hash = createHash('sha256');
    const part = async (...parts: readonly Buffer[]) => {
      for (const one of parts) hash.update(one);
      await write(...parts);
    };
    for (const { path: member, size } of members) {
      const from = Math.floor(next() * 65_536);
      await part(tarHeader(member, size), NOISE.subarray(from, from + size), padding(size));
    }
    await part(END_MARK);
    await write(padding(length));
    diffIds.push(`sha256:${hash.digest('hex')}`);
    paths.push(layer);
    known.push(...fresh);
    bytes += length;
    files += members.filter(({ path: member }) => !member.endsWith('/')).length;
  }
  await writeTables(write, paths, diffIds);
  await write(END_MARK);
  out.end();
  await once(out, 'close');
  return { name: NAME, files, layers: LAYERS.length, bytes, onePath: known[LAYERS[0]!.own - 1]!.path };
}

async function writeTables(
  write: (...parts: readonly Buffer[]) => Promise<void>,
  paths: readonly string[],
  diffIds: readonly string[],
): Promise<void> {
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: diffIds.map((_, at) => ({ created: '2024-01-02T03:04:05Z', created_by: `COPY layer-${at} /` })),
  };
  const list = [{ Config: 'config.json', RepoTags: [NAME], Layers: paths }];
  for (const [name, value] of [['config.json', config] as const, ['manifest.json', list] as const]) {
    const body = Buffer.from(JSON.stringify(value));
    await write(tarHeader(name, body.length), body, padding(body.length));
  }
}

/** Folder before what is in it, each sorted by name: as engines write layers. */
function inOrder(files: ReadonlyMap<string, File>): File[] {
  const members = new Map<string, File>(files);
  for (const path of files.keys()) {
    for (let slash = path.lastIndexOf('/'); slash !== -1; slash = path.lastIndexOf('/', slash - 1)) {
      const folder = `${path.slice(0, slash)}/`;
      members.set(folder, { path: folder, size: 0 });
    }
  }
  // A slash comes before all other characters, so that what is in a folder stands behind it.
  const key = ({ path }: File) => path.replaceAll('/', '\0');
  return [...members.values()]
    .map((file) => [key(file), file] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, file]) => file);
}

/** Ten files a folder on average, five folders deep. */
function folderOf(layer: number, file: number, own: number): string {
  const folder = Math.floor(file / 10);
  const group = Math.floor(file / 200);
  return `usr/lib/layer-${layer}/package-${group % Math.ceil(own / 200)}/${folder % 3 === 0 ? 'dist' : 'source'}/part-${folder}`;
}

const WORDS = ['index', 'main', 'parser', 'stream-reader', 'api', 'constants', 'a', 'internationalization'];

function nameOf(next: () => number): string {
  return WORDS[Math.floor(next() * WORDS.length)]!;
}

function sizeOf(next: () => number): number {
  const bell = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return Math.min(LARGEST, Math.floor(USUAL * Math.exp(SPREAD * bell)));
}

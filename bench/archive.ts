/** Loading and saving an archive, beside `cp` and `sha256sum` of the same bytes. */
import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { END_MARK, padding, tarHeader } from '../src/engine/archive/tar-block.ts';
import { digestOf } from '../src/engine/oci/digest.ts';
import { NACRE } from './program.ts';
import { median, type Result } from './result.ts';

const run = promisify(execFile);

const ROUNDS = 5;
const LAYERS = 5;
/** Bytes a layer: random, so that nothing on the way can make them less. */
const LAYER = 80_000_000;
/** The most that either may take, in times of the two programs together: 0.8 times their speed. */
const BUDGET = 1 / 0.8;

export async function measureArchives(): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'nacre-bench-'));
  try {
    const archive = join(folder, 'image.tar');
    await writeArchive(archive);
    return await measure(folder, archive);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, archive: string): Promise<Result[]> {
  const times = { floor: [] as number[], load: [] as number[], save: [] as number[] };
  const copy = join(folder, 'copy.tar');
  for (let round = -1; round < ROUNDS; round++) {
    const store = join(folder, `store${round}`);
    const saved = join(folder, 'saved.tar');
    // The programs take turns, so that all see the same machine.
    const floor = await timeOf(async () => {
      await run('cp', [archive, copy]);
      await run('sha256sum', [copy]);
    });
    const load = await timeOf(() => nacre('--store', store, 'load', '-i', archive));
    const save = await timeOf(() => nacre('--store', store, 'save', '-o', saved, 'bench/image:1'));
    await Promise.all([copy, saved, store].map((path) => rm(path, { recursive: true })));
    // The first round fills the caches of the machine and of Node.
    if (round < 0) continue;
    times.floor.push(floor);
    times.load.push(load);
    times.save.push(save);
  }
  const size = `${Math.round((await stat(archive)).size / 1e6)} MB`;
  const beside = `cp and sha256sum ${median(times.floor).toFixed(0)} ms`;
  return (['load', 'save'] as const).flatMap((what): Result[] => [
    { name: `${what}, ${size}`, value: median(times[what]), unit: 'ms', beside, samples: ROUNDS },
    {
      name: '… in times of cp and sha256sum',
      value: median(times[what].map((time, round) => time / times.floor[round]!)),
      unit: '×',
      budget: BUDGET,
      samples: ROUNDS,
    },
  ]);
}

async function nacre(...args: readonly string[]): Promise<void> {
  await run(NACRE[0]!, [...NACRE.slice(1), ...args]);
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** As `docker save` of Docker 20 writes it: uncompressed layers, the list of images last. */
async function writeArchive(path: string): Promise<void> {
  const out = createWriteStream(path);
  const file = async (name: string, body: Buffer) => {
    for (const bytes of [tarHeader(name, body.length), body, padding(body.length)]) {
      if (!out.write(bytes)) await once(out, 'drain');
    }
  };
  const paths = Array.from({ length: LAYERS }, (_, at) => `${String(at).repeat(64)}/layer.tar`);
  const diffIds: string[] = [];
  for (const path of paths) {
    const data = randomFillSync(Buffer.alloc(LAYER));
    const layer = Buffer.concat([tarHeader('data', LAYER), data, padding(LAYER), END_MARK]);
    diffIds.push(digestOf(layer));
    await file(path, layer);
  }
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: diffIds },
  };
  await file('config.json', Buffer.from(JSON.stringify(config)));
  const item = { Config: 'config.json', RepoTags: ['bench/image:1'], Layers: paths };
  await file('manifest.json', Buffer.from(JSON.stringify([item])));
  out.end(END_MARK);
  await once(out, 'close');
}

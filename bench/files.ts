/** What is inside a large image: from an engine beside `docker save`, from a store and an archive beside `tar -t`. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveContents } from '../src/engine/archive/contents.ts';
import { connect } from '../src/engine/connect.ts';
import { openEmbeddedEngine } from '../src/engine/embedded/embedded-engine.ts';
import type { ContentSource, ImageContents } from '../src/engine/layers/contents.ts';
import { createLayerIndexCache } from '../src/engine/layers/layer-index-cache.ts';
import { encodeIndex } from '../src/engine/layers/layer-index-file.ts';
import { readContents, wholeContents } from '../src/engine/layers/read-contents.ts';
import { stackLayers } from '../src/engine/layers/stack-layers.ts';
import { run } from '../test/support/command.ts';
import { startEngine } from '../test/support/engines.ts';
import { measureFilesKeys } from './files-key.ts';
import { type LargeImage, writeLargeImage } from './large-image.ts';
import { writeMillionFiles } from './million-files.ts';
import { NACRE } from './program.ts';
import { median, type Result } from './result.ts';
import { timed } from './timed.ts';

const ROUNDS = 9;
const EXPORTS = 9;
const DOCKER = '/usr/bin/docker';

export async function measureFiles(): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'nacre-bench-'));
  try {
    const archive = join(folder, 'image.tar');
    const image = await writeLargeImage(archive);
    return [
      ...(await fromEngine(image, archive, folder)),
      ...(await fromDisk(image, archive, folder)),
      await ofAMillion(folder),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The whole program, with nothing in its cache, and `docker save` taking turns. */
async function fromEngine(image: LargeImage, archive: string, folder: string): Promise<Result[]> {
  await using server = await startEngine('docker20');
  const env = { DOCKER_HOST: server.host };
  await timed([DOCKER, 'load', '-q', '-i', archive], folder, env);
  const save = ['/bin/sh', '-c', `${DOCKER} save ${image.name} > /dev/null`];
  // All layers are needed to know what one path is; to write 66,000 lines is another matter.
  const nacre = [...NACRE, 'files', '--json', image.name, image.onePath];
  const taken = { save: [] as number[], nacre: [] as number[] };
  for (let round = -1; round < EXPORTS; round++) {
    for (const which of round % 2 === 0 ? (['save', 'nacre'] as const) : (['nacre', 'save'] as const)) {
      await rm(join(folder, 'home', 'cache', 'nacre', 'indexes'), { recursive: true, force: true });
      await run('sync', []);
      const { milliseconds } = await timed(which === 'save' ? save : nacre, folder, env);
      // The first round fills the caches of the machine and of Node.
      if (round >= 0) taken[which].push(milliseconds);
    }
  }
  const engine = await connect({ endpoint: { address: server.host }, chosenBy: 'the benchmark', tried: [] });
  const usable: number[] = [];
  try {
    for (let round = 0; round < EXPORTS; round++) usable.push(await firstTree(engine.contents(image.name)));
  } finally {
    await engine.close();
  }
  return [
    {
      name: `tree of ${shape(image)} from Docker`,
      value: median(taken.nacre),
      unit: 'ms',
      beside: `docker save ${median(taken.save).toFixed(0)} ms`,
      samples: EXPORTS,
    },
    {
      name: '… in times of docker save',
      value: ratio(taken.nacre, taken.save),
      unit: '×',
      budget: 1.05,
      samples: EXPORTS,
    },
    { name: '… until a first layer can be used', value: median(usable), unit: 'ms', samples: EXPORTS },
    ...(await measureFilesKeys(server.host, image.files)),
  ];
}

/** In this process, from the question to the stacked tree: a program's start has nothing to do with the layers. */
async function fromDisk(image: LargeImage, archive: string, folder: string): Promise<Result[]> {
  const store = join(folder, 'store');
  await timed([...NACRE, '--store', store, 'load', '-q', '-i', archive], folder, {});
  const engine = await openEmbeddedEngine(store, { chosenBy: 'the benchmark' });
  const { diffIds } = await engine.inspect(image.name);
  const blobs = diffIds.map((diffId) => join(store, 'blobs', 'sha256', diffId.replace('sha256:', '')));
  const sources = {
    'the store': () => engine.contents(image.name),
    'an archive': () => archiveContents(archive),
  };
  const results: Result[] = [];
  for (const [where, source] of Object.entries(sources)) {
    const taken = {
      tar: [] as number[],
      tree: [] as number[],
      digests: [] as number[],
      hash: [] as number[],
      stack: [] as number[],
    };
    let first = 0;
    for (let round = -1; round < ROUNDS; round++) {
      const tar = await timeOf(async () => {
        for (const blob of blobs) await timed(['tar', '-tf', blob], folder, {});
      });
      let contents: ImageContents | undefined;
      const tree = await timeOf(async () => {
        contents = await wholeContents(source());
        stackLayers(contents.indexes);
      });
      const stack = await timeOf(async () => void stackLayers(contents!.indexes));
      const digests = await timeOf(async () => {
        stackLayers((await wholeContents(source(), { digests: true })).indexes);
      });
      const hash = await timeOf(async () => {
        for (const blob of blobs) await hashOf(blob);
      });
      // The first round fills the caches of the machine, and Node has seen nothing of the code.
      if (round < 0) first = tree;
      else
        for (const [name, time] of Object.entries({ tar, tree, digests, hash, stack }))
          taken[name as 'tar'].push(time);
    }
    results.push(
      {
        name: `its files from ${where}`,
        value: median(taken.tree),
        unit: 'ms',
        beside: `tar -t ${median(taken.tar).toFixed(0)} ms; the first time in a process ${first.toFixed(0)} ms`,
        samples: ROUNDS,
      },
      {
        name: '… in times of tar -t',
        value: ratio(taken.tree, taken.tar),
        unit: '×',
        budget: 1,
        samples: ROUNDS,
      },
      {
        name: '… with digests of contents, in times of tar -t',
        value: ratio(taken.digests, taken.tar),
        unit: '×',
        budget: 1.5,
        beside: `${median(taken.digests).toFixed(0)} ms; one SHA-256 of each layer by one thread ${median(taken.hash).toFixed(0)} ms`,
        samples: ROUNDS,
      },
      {
        name: '… of which its layers are stacked in',
        value: median(taken.stack),
        unit: 'ms',
        samples: ROUNDS,
      },
    );
  }
  results.push(...(await openedAgain(engine.contents(image.name), folder)));
  await engine.close();
  return results;
}

async function openedAgain(source: ContentSource, folder: string): Promise<Result[]> {
  const cache = join(folder, 'indexes');
  const { indexes } = await wholeContents(source, { cache: createLayerIndexCache(cache) });
  const taken: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const time = await timeOf(async () => {
      const again = await wholeContents(source, { cache: createLayerIndexCache(cache) });
      stackLayers(again.indexes);
    });
    if (round >= 0) taken.push(time);
  }
  const entries = indexes.reduce((sum, { count }) => sum + count, 0);
  const bytes = indexes.reduce(
    (sum, index) => sum + encodeIndex(index).length - index.columns.names.length,
    0,
  );
  return [
    { name: 'its files, opened again', value: median(taken), unit: 'ms', budget: 100, samples: ROUNDS },
    {
      name: 'index of a file beside its name',
      value: bytes / entries,
      unit: 'B',
      budget: 40,
      samples: entries,
    },
  ];
}

/** The whole program at its peak. */
async function ofAMillion(folder: string): Promise<Result> {
  const archive = join(folder, 'million.tar');
  await writeMillionFiles(archive);
  const peaks: number[] = [];
  let time = 0;
  for (let round = 0; round < 3; round++) {
    await rm(join(folder, 'home', 'cache', 'nacre', 'indexes'), { recursive: true, force: true });
    const { milliseconds, megabytes } = await timed([...NACRE, 'files', '--quiet', archive], folder, {});
    peaks.push(megabytes);
    time = milliseconds;
  }
  return {
    name: 'memory for a million files',
    value: median(peaks),
    unit: 'MB',
    budget: 150,
    beside: `in ${(time / 1000).toFixed(1)} s, listed`,
    samples: peaks.length,
  };
}

/** Until something of a layer can be looked at. */
async function firstTree(source: ContentSource): Promise<number> {
  const began = performance.now();
  for await (const event of readContents(source)) {
    if (event.type === 'layer') break;
  }
  return performance.now() - began;
}

async function hashOf(path: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hash.update(bytes as Buffer);
  hash.digest();
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function ratio(own: readonly number[], other: readonly number[]): number {
  return median(own.map((time, round) => time / other[round]!));
}

function shape({ bytes, files, layers }: LargeImage): string {
  return `${Math.round(bytes / 1e6)} MB, ${files.toLocaleString('en-US')} files in ${layers} layers,`;
}

/** Pulling a large image from a registry next door; beside `curl` of its blobs and beside `skopeo copy`. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pullInto } from '../src/engine/embedded/pull.ts';
import { Store } from '../src/engine/embedded/store.ts';
import { run } from '../test/support/command.ts';
import { startRegistry, type TestRegistry } from '../test/support/registry.ts';
import { publish } from '../test/support/registry-image.ts';
import { ensureSkopeo } from '../test/support/skopeo.ts';
import { NACRE } from './program.ts';
import { median, type Result } from './result.ts';
import { timed } from './timed.ts';

const ROUNDS = 7;
const LAYERS = [80e6, 80e6, 80e6, 80e6, 80e6];
/** Milliseconds that the registry of the second pull takes to answer. */
const DISTANCE = 50;
const TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

export async function measurePull(): Promise<Result[]> {
  await ensureSkopeo();
  await using registry = await startRegistry();
  const folder = await mkdtemp(join(tmpdir(), 'nacre-bench-'));
  try {
    await publish(`${registry.address}/bench/large:1`, { layers: LAYERS });
    return [...(await firstPull(registry, folder)), await secondPull(registry, folder)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function firstPull(registry: TestRegistry, folder: string): Promise<Result[]> {
  const image = `${registry.address}/bench/large:1`;
  const urls = await blobUrls(registry);
  const place = (name: string) => join(folder, name);
  const contestants = {
    curl: [
      'curl',
      '-fZ',
      '--no-progress-meter',
      ...urls.flatMap((url, at) => [url, '-o', join(place('curl'), `${at}`)]),
    ],
    skopeo: [
      'skopeo',
      'copy',
      '-q',
      '--src-tls-verify=false',
      `docker://${image}`,
      `oci:${place('skopeo')}:1`,
    ],
    nacre: [...NACRE, 'pull', '-q', image],
  };
  const taken: Record<keyof typeof contestants, number[]> = { curl: [], skopeo: [], nacre: [] };
  let peak = 0;
  for (let round = -1; round < ROUNDS; round++) {
    for (const name of ['curl', 'skopeo', 'nacre'] as const) {
      await rm(place(name), { recursive: true, force: true });
      if (name === 'curl') await mkdir(place(name));
      // Nobody waits for what another one has left to be written.
      await run('sync', []);
      const { milliseconds, megabytes } = await timed(contestants[name], folder, {
        NACRE_STORE: join(folder, 'nacre'),
      });
      // The first round fills the caches of the machine.
      if (round < 0) continue;
      taken[name].push(milliseconds);
      if (name === 'nacre') peak = Math.max(peak, megabytes);
    }
  }
  const [curl, skopeo, nacre] = [median(taken.curl), median(taken.skopeo), median(taken.nacre)];
  const ratio = (other: readonly number[]) => median(taken.nacre.map((own, round) => own / other[round]!));
  return [
    {
      name: 'pull of 400 MB in 5 layers',
      value: nacre,
      unit: 'ms',
      beside: `curl of the blobs ${curl.toFixed(0)} ms, skopeo copy ${skopeo.toFixed(0)} ms`,
      samples: ROUNDS,
    },
    { name: '… in times of curl', value: ratio(taken.curl), unit: '×', budget: 1.6, samples: ROUNDS },
    // 1.6 times as fast.
    { name: '… in times of skopeo', value: ratio(taken.skopeo), unit: '×', budget: 0.625, samples: ROUNDS },
    { name: '… at its peak of memory', value: peak, unit: 'MB', budget: 120, samples: ROUNDS },
  ];
}

/** In this process: a program takes longer to start than the question takes. */
async function secondPull(registry: TestRegistry, folder: string): Promise<Result> {
  const server = createServer(async (asked, answer) => {
    const given = await fetch(`${registry.url}${asked.url}`, {
      method: asked.method ?? 'GET',
      headers: { accept: TYPE },
    });
    await sleep(DISTANCE);
    answer.writeHead(given.status, Object.fromEntries(given.headers));
    answer.end(Buffer.from(await given.arrayBuffer()));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await publish(`${registry.address}/bench/small:1`);
    const store = await Store.open(join(folder, 'second'), { create: true });
    const image = `${address}/bench/small:1`;
    await pulled(store, image);
    const own: number[] = [];
    const plain: number[] = [];
    for (let round = 0; round < 3 * ROUNDS; round++) {
      plain.push(
        await measured(() =>
          fetch(`http://${image.replace('/bench', '/v2/bench').replace(/:1$/, '/manifests/1')}`),
        ),
      );
      own.push(await measured(() => pulled(store, image)));
    }
    return {
      name: 'second pull, in times of its one request',
      value: median(own.map((one, round) => one / plain[round]!)),
      unit: '×',
      budget: 1.3,
      beside: `the request ${median(plain).toFixed(0)} ms`,
      samples: own.length,
    };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function pulled(store: Store, image: string): Promise<void> {
  const transfer = pullInto(store, image);
  while (!(await transfer.next()).done);
}

async function measured(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function blobUrls(registry: TestRegistry): Promise<string[]> {
  const answer = await fetch(`${registry.url}/v2/bench/large/manifests/1`, { headers: { accept: TYPE } });
  const { layers } = (await answer.json()) as { layers: { digest: string }[] };
  return layers.map(({ digest }) => `${registry.url}/v2/bench/large/blobs/${digest}`);
}

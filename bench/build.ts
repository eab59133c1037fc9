/** What nacre adds to the time of a build and of a pull that an engine does, beside docker's own command line. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../test/support/command.ts';
import { startEngine, type TestEngine } from '../test/support/engines.ts';
import { ImageMaker } from '../test/support/image-maker.ts';
import { startRegistry } from '../test/support/registry.ts';
import { publish } from '../test/support/registry-image.ts';
import { NACRE } from './program.ts';
import { median, type Result } from './result.ts';
import { timed } from './timed.ts';

const ROUNDS = 11;
/** The command line of the engine's own version, which has BuildKit built in. */
const DOCKER = '/usr/bin/docker';
const BUDGET = 1.03;
const FILES = 200;
const FILE_BYTES = 50_000;
const LAYERS = [80e6, 80e6, 80e6, 80e6, 80e6];

export async function measureBuild(): Promise<Result[]> {
  await using engine = await startEngine('docker20');
  const folder = await mkdtemp(join(tmpdir(), 'nacre-bench-'));
  try {
    return [
      ...(await built(engine, folder, 'buildkit')),
      ...(await built(engine, folder, 'classic')),
      ...(await pulled(engine, folder)),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function built(engine: TestEngine, folder: string, builder: 'buildkit' | 'classic'): Promise<Result[]> {
  await new ImageMaker(engine).base('bench/base:1');
  const context = await project(join(folder, builder));
  const asked = ['build', '-q', '--no-cache', '--network', 'host', context];
  const [nacre, docker] = await alternately(
    engine,
    folder,
    [...NACRE, ...asked, '--builder', builder],
    [DOCKER, ...asked],
    { DOCKER_BUILDKIT: builder === 'buildkit' ? '1' : '0' },
    async () => {},
  );
  return [
    {
      name: `build with ${builder}, ${(FILES * FILE_BYTES) / 1e6} MB of context`,
      value: median(nacre),
      unit: 'ms',
      beside: `docker build ${median(docker).toFixed(0)} ms`,
      samples: ROUNDS,
    },
    ratio('docker build', nacre, docker),
  ];
}

async function pulled(engine: TestEngine, folder: string): Promise<Result[]> {
  await using registry = await startRegistry();
  const image = `${registry.address}/bench/large:1`;
  await publish(image, { layers: LAYERS });
  const [nacre, docker] = await alternately(
    engine,
    folder,
    [...NACRE, 'pull', '-q', image],
    [DOCKER, 'pull', '-q', image],
    {},
    async () => void (await engine.api.text('DELETE', `/images/${image}`)),
  );
  return [
    {
      name: 'pull of 400 MB by Docker',
      value: median(nacre),
      unit: 'ms',
      beside: `docker pull ${median(docker).toFixed(0)} ms`,
      samples: ROUNDS,
    },
    ratio('docker pull', nacre, docker),
  ];
}

function ratio(other: string, nacre: readonly number[], docker: readonly number[]): Result {
  return {
    name: `… in times of ${other}`,
    value: median(nacre.map((own, round) => own / docker[round]!)),
    unit: '×',
    budget: BUDGET,
    samples: ROUNDS,
  };
}

/** Milliseconds of each, round by round, who begins taking turns; `tidy` runs after each, outside of the time. */
async function alternately(
  engine: TestEngine,
  folder: string,
  nacre: readonly string[],
  docker: readonly string[],
  env: Readonly<Record<string, string>>,
  tidy: () => Promise<void>,
): Promise<[nacre: number[], docker: number[]]> {
  const taken: [number[], number[]] = [[], []];
  for (let round = -1; round < ROUNDS; round++) {
    for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      // Nobody waits for what another one has left to be written.
      await run('sync', []);
      const { milliseconds } = await timed([nacre, docker][which]!, folder, {
        DOCKER_HOST: engine.host,
        ...env,
      });
      await tidy();
      // The first round fills the caches of the machine.
      if (round >= 0) taken[which].push(milliseconds);
    }
  }
  return taken;
}

/** Some seconds of work, as small projects are: sources, two stages, steps that compute, each one process only: two would
 * wait for each other and for the engine, longer in one build than in the next. */
async function project(folder: string): Promise<string> {
  await mkdir(join(folder, 'src'), { recursive: true });
  for (let file = 0; file < FILES; file++)
    await writeFile(join(folder, 'src', `${file}`), randomBytes(FILE_BYTES));
  const compute = (name: string) => `RUN truncate -s 600M /zeros && sha256sum /zeros > /${name} && rm /zeros`;
  const lines = [
    'FROM bench/base:1 AS build',
    'COPY src /src',
    'RUN cat /src/* | sha256sum > /own',
    compute('first'),
    'FROM bench/base:1',
    'COPY --from=build /own /own',
    compute('second'),
  ];
  await writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
  return folder;
}

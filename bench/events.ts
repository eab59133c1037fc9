/** A build that tells 10,000 events a second, on its screen in the built app: processor time, lost lines, keys. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEngine } from '../test/support/engines.ts';
import { ImageMaker } from '../test/support/image-maker.ts';
import { type EventEngineNews, startEventEngine } from './event-engine.ts';
import { processorTime } from './key.ts';
import { freshHome, type Home, NACRE } from './program.ts';
import { firstTime, type Recording, record, screenAfter, screens } from './recording.ts';
import { median, quantile, type Result } from './result.ts';
import { startWaker } from './waker.ts';

const RATE = 10_000;
/** Builds that show how soon their first step is on the screen. */
const SHORT = 9;
/** Milliseconds between two keys, with up to as much again by chance: frames must not be in step with them. */
const PAUSE = 120;
/** Milliseconds after which a key has been answered. */
const SETTLED = 500;

type News<Type extends EventEngineNews['type']> = Extract<EventEngineNews, { type: Type }>;

/** `seconds`: how long the events come. */
export async function measureEvents(
  seconds = Number(process.env['NACRE_BENCH_SECONDS'] ?? 60),
): Promise<Result[]> {
  await using engine = await startEngine('docker20');
  const image = await new ImageMaker(engine).base('bench/base:1');
  const folder = dirname(engine.socket);
  const socket = join(folder, 'events.sock');
  const project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'Dockerfile'), 'FROM bench/base:1\nRUN work\n');
  const worker = startEventEngine({
    engine: engine.socket,
    socket,
    rate: RATE,
    seconds: [...Array<number>(SHORT).fill(0.3), seconds],
    image,
  });
  const news: EventEngineNews[] = [];
  worker.on('message', (each: EventEngineNews) => news.push(each));
  const told = async <Type extends EventEngineNews['type']>(type: Type, count = 1): Promise<News<Type>> => {
    for (;;) {
      const found = news.filter((each): each is News<Type> => each.type === type);
      if (found.length >= count) return found[count - 1]!;
      await once(worker, 'message', { signal: AbortSignal.timeout((seconds + 60) * 1000) });
    }
  };
  await told('ready');
  await using home = await freshHome(`unix://${socket}`);
  const app = record(NACRE, home.env, project);
  try {
    return await measured(app, home.env);
  } catch (thrown) {
    throw new Error(`with this screen:\n${(await screenAfter(app.chunks)).join('\n')}`, { cause: thrown });
  } finally {
    app.kill();
    await app.ended;
    await worker.terminate();
  }

  async function measured(app: Recording, env: Home['env']): Promise<Result[]> {
    await app.quiet(3_000);
    const firsts: number[] = [];
    for (let round = 1; round <= SHORT; round++)
      firsts.push(await firstStep(app, () => told('first', round)));
    const before = await folderOf(env);
    const opened = app.chunks.length;
    await startBuild(app);
    await told('first', SHORT + 1);
    await sleep(1_000);
    const used = await processorTime(app.pid);
    const began = app.now();
    const waker = startWaker();
    const pressed = await press(app, began + (seconds - 3) * 1000);
    const share = ((await processorTime(app.pid)) - used) / (app.now() - began);
    const late = quantile(await waker.end(), 0.99);
    const last = await told('last', SHORT + 1);
    await sleep(2_000);
    const kept = await keptLines(env, before);
    const keys = await keyTimes(app, opened, pressed);
    const rate = `${Math.round((last.events * 1000) / last.milliseconds).toLocaleString('en-US')} events a second`;
    const name = `build of ${RATE.toLocaleString('en-US')} events a second`;
    return [
      {
        name: `${name}, of a core`,
        value: share * 100,
        unit: '%',
        budget: 30,
        beside: `${rate} for ${(last.milliseconds / 1000).toFixed(0)} s`,
        samples: 1,
      },
      {
        name: '… lines missing on disk',
        value: last.lines - kept,
        unit: 'lines',
        budget: 0,
        beside: `of ${last.lines.toLocaleString('en-US')}`,
        samples: 1,
      },
      { name: '… key to frame meanwhile, p50', value: median(keys), unit: 'ms', samples: keys.length },
      {
        name: '… key to frame meanwhile, p99',
        value: quantile(keys, 0.99),
        unit: 'ms',
        budget: 16,
        beside: `a thread that only wakes was late by ${late.toFixed(1)} ms, p99`,
        samples: keys.length,
      },
      {
        name: "first step shown, after the engine's first byte",
        value: median(firsts),
        unit: 'ms',
        budget: 50,
        beside: `slowest ${Math.max(...firsts).toFixed(0)} ms`,
        samples: firsts.length,
      },
    ];
  }
}

/** Asks for a build with what the form offers; its screen opens. */
async function startBuild(app: Recording): Promise<void> {
  app.type('b');
  await sleep(SETTLED);
  app.type('\r');
}

async function firstStep(app: Recording, first: () => Promise<News<'first'>>): Promise<number> {
  const seen = app.chunks.length;
  await startBuild(app);
  const { at } = await first();
  await sleep(1_000);
  const byte = at - (performance.timeOrigin + performance.now() - app.now());
  // Chunks are parsed from the start: a screen is drawn by its differences.
  const shown = await firstTime(app.chunks, (rows) => isRunning(rows), seen);
  if (shown === undefined)
    throw new Error(`no step is shown:\n${(await screenAfter(app.chunks)).join('\n')}`);
  app.type('\u001b');
  await sleep(SETTLED);
  return shown - byte;
}

function isRunning(rows: readonly string[]): boolean {
  return rows.some((row) => /stage\d +RUN work \d/.test(row));
}

/** Moves the cursor over the steps, down and up, until `end`; when each key was pressed. */
async function press(app: Recording, end: number): Promise<number[]> {
  const times: number[] = [];
  while (app.now() < end) {
    times.push(app.now());
    app.type(times.length % 2 === 1 ? 'j' : 'k');
    await sleep(PAUSE * (1 + Math.random()));
  }
  return times;
}

/** From each key to the first frame in which the cursor stands elsewhere. */
async function keyTimes(app: Recording, from: number, pressed: readonly number[]): Promise<number[]> {
  const times: number[] = [];
  let key = 0;
  let cursor = '';
  let index = 0;
  for await (const { at, rows } of screens(app.chunks)) {
    if (index++ < from) continue;
    const now = rows.flatMap((row, place) => (row.startsWith('▌') ? [place] : [])).join();
    // Two keys that are answered together leave the cursor where it was: both count as long as they are known to have taken.
    while (at >= (pressed[key + 1] ?? Number.POSITIVE_INFINITY)) {
      times.push(pressed[key + 1]! - pressed[key]!);
      key++;
    }
    const asked = pressed[key];
    if (asked !== undefined && at >= asked && now !== cursor) {
      times.push(at - asked);
      key++;
    }
    cursor = now;
  }
  return times;
}

const jobs = (env: Readonly<Record<string, string>>): string => join(env['XDG_STATE_HOME']!, 'nacre/jobs');

async function folderOf(env: Readonly<Record<string, string>>): Promise<ReadonlySet<string>> {
  return new Set(await readdir(jobs(env)));
}

/** Lines of the build's log that are on disk, each counted once. */
async function keptLines(
  env: Readonly<Record<string, string>>,
  before: ReadonlySet<string>,
): Promise<number> {
  const kept = new Set<number>();
  for (const name of await readdir(jobs(env))) {
    if (before.has(name)) continue;
    for await (const row of createInterface({ input: createReadStream(join(jobs(env), name)) })) {
      const number = /line (\d+) of what this step prints/.exec(row)?.[1];
      if (number !== undefined) kept.add(Number(number));
    }
  }
  return kept.size;
}

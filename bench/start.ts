/** From the command to the first frame, and to the full list from the engine; beside `docker images`. */

import { freshHome, NACRE, showsList } from './program.ts';
import { firstTime, record } from './recording.ts';
import { median, type Result } from './result.ts';
import { startStockedEngine } from './stocked-engine.ts';

const ROUNDS = 15;

/** A busy engine can be silent for long before it lists: so many silences are waited through. */
const PAUSES = 10;

/** The most that a start to the full list may take, in times of `docker images`. */
const BUDGETS: ReadonlyArray<{ readonly images: number; readonly ratio: number }> = [
  { images: 347, ratio: 2.5 },
  { images: 2_000, ratio: 1.2 },
  { images: 10_000, ratio: 0.9 },
];

export async function measureStart(): Promise<Result[]> {
  const results: Result[] = [];
  for (const { images, ratio } of BUDGETS) {
    const engine = await startStockedEngine(images);
    try {
      results.push(...(await startsAt(engine.host, images, ratio)));
    } finally {
      await engine.stop();
    }
  }
  return results;
}

async function startsAt(host: string, images: number, ratio: number): Promise<Result[]> {
  await using home = await freshHome(host);
  const lists: number[] = [];
  const frames: number[] = [];
  const dockers: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    // The two take turns, so that both see the same machine.
    const docker = await record(['docker', 'images'], home.env).ended;
    await home.forget();
    const app = record(NACRE, home.env);
    let list: number | undefined;
    for (let pause = 0; list === undefined && pause < PAUSES; pause++) {
      await app.quiet(1_500 + images / 5);
      list = await firstTime(app.chunks, (rows) => showsList(rows, images));
    }
    // nacre keeps its compiled code two seconds after a start.
    if (round < 0) await new Promise((resolve) => setTimeout(resolve, 2_500));
    const frame = await firstTime(app.chunks, (rows) => rows.some((row) => row !== ''));
    if (list === undefined || frame === undefined) throw new Error(`nacre never listed ${images} images`);
    app.type('q');
    await Promise.race([app.ended, new Promise((resolve) => setTimeout(resolve, 3_000))]);
    app.kill();
    // The first rounds fill the caches of the machine and of Node.
    if (round < 0) continue;
    dockers.push(docker);
    lists.push(list);
    frames.push(frame);
  }
  const docker = median(dockers);
  const beside = `docker images ${docker.toFixed(0)} ms`;
  const name = `${images.toLocaleString('en-US')} images`;
  return [
    { name: `start to full list, ${name}`, value: median(lists), unit: 'ms', beside, samples: ROUNDS },
    {
      name: `… in times of docker images`,
      value: median(lists.map((list, round) => list / dockers[round]!)),
      unit: '×',
      budget: ratio,
      samples: ROUNDS,
    },
    { name: `first frame, ${name}`, value: median(frames), unit: 'ms', budget: 80, samples: ROUNDS },
  ];
}

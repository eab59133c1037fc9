/** What a key costs with 10,000 images: time to the settled frame, bytes; then an idle app, and its memory. */
import { readFile } from 'node:fs/promises';
import { freshHome, NACRE, showsList } from './program.ts';
import { type Recording, record, screenAfter } from './recording.ts';
import { median, quantile, type Result } from './result.ts';
import { startStockedEngine } from './stocked-engine.ts';

const IMAGES = 10_000;
const KEYS = 400;
/** Between keys: faster than a keyboard repeats, slow enough that each frame has settled. */
const PAUSE = 25;
const PATIENCE = 2_000;
const IDLE_SECONDS = 5;

export async function measureKeys(): Promise<Result[]> {
  const engine = await startStockedEngine(IMAGES);
  try {
    await using home = await freshHome(engine.host);
    // The first run of all compiles its code and keeps it; measured is one that finds it, as every later one does.
    const first = record(NACRE, home.env);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    first.kill();
    await first.ended;
    await home.forget();
    const app = record(NACRE, home.env);
    try {
      await app.quiet(3_000);
      if (!showsList(await screenAfter(app.chunks), IMAGES)) throw new Error('nacre shows no list');
      // Some seconds after the last work V8 tidies up, once.
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      const idle = await idleness(app);
      await press(app, 50);
      const keys = await press(app, KEYS);
      await app.quiet(1_000);
      return [...keys, ...idle, ...(await memory(app.pid))];
    } finally {
      app.kill();
      await app.ended;
    }
  } finally {
    await engine.stop();
  }
}

async function press(app: Recording, count: number): Promise<Result[]> {
  const times: number[] = [];
  const bytes: number[] = [];
  for (let key = 0; key < count; key++) {
    const seen = app.chunks.length;
    const at = app.now();
    app.type('j');
    // A slow answer is waited for: it belongs into the figures.
    for (let waited = 0; waited === 0 || (app.chunks.length === seen && waited < PATIENCE); waited += PAUSE) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    const answer = app.chunks.slice(seen);
    const last = answer.at(-1);
    if (last === undefined) throw new Error(`key ${key} was not answered within ${PATIENCE} ms`);
    times.push(last.at - at);
    bytes.push(answer.reduce((sum, chunk) => sum + chunk.bytes.length, 0));
  }
  const name = `key to settled frame, ${IMAGES.toLocaleString('en-US')} images`;
  return [
    { name: `${name}, p50`, value: median(times), unit: 'ms', budget: 2, samples: count },
    { name: `${name}, p99`, value: quantile(times, 0.99), unit: 'ms', budget: 8, samples: count },
    {
      name: 'bytes a key, scrolling included',
      value: median(bytes),
      unit: 'B',
      budget: 600,
      beside: `p99 ${quantile(bytes, 0.99)} B`,
      samples: count,
    },
  ];
}

async function idleness(app: Recording): Promise<Result[]> {
  const seen = app.chunks.length;
  const before = await processorTime(app.pid);
  await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1_000));
  const used = (await processorTime(app.pid)) - before;
  const written = app.chunks.slice(seen).reduce((sum, chunk) => sum + chunk.bytes.length, 0);
  return [
    { name: `bytes in ${IDLE_SECONDS} s of idling`, value: written, unit: 'B', budget: 0, samples: 1 },
    // The kernel counts in steps of 10 ms.
    {
      name: `processor time in ${IDLE_SECONDS} s of idling`,
      value: used,
      unit: 'ms',
      budget: 10,
      samples: 1,
    },
  ];
}

/** User and system time, in milliseconds. Source: proc(5), fields 14 and 15 in clock ticks of 10 ms. */
export async function processorTime(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function memory(pid: number): Promise<Result[]> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_000;
  return [
    {
      name: `memory, ${IMAGES.toLocaleString('en-US')} images`,
      value: megabytes('VmRSS'),
      unit: 'MB',
      budget: 120,
      beside: `peak ${megabytes('VmHWM').toFixed(0)} MB`,
      samples: 1,
    },
  ];
}

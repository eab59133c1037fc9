/** Sending a folder as a build's context, beside `tar -c | cat` of the same folder. */
import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openContext } from '../src/engine/context/open-context.ts';
import { median, type Result } from './result.ts';

const ROUNDS = 7;
const LARGE = { count: 4, bytes: 100_000_000 };
const SMALL = { folders: 200, each: 100, bytes: 5_000 };
/** The most that it may take, in times of tar: 0.8 times its speed. */
const BUDGET = 1 / 0.8;

export async function measureContext(): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'nacre-bench-'));
  try {
    await fill(folder);
    return await measure(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string): Promise<Result[]> {
  const times = { tar: [] as number[], ours: [] as number[] };
  let sent = { bytes: 0, files: 0 };
  for (let round = -1; round < ROUNDS; round++) {
    // The two take turns, so that both see the same machine.
    const tar = await timeOf(() => shell(`tar -C '${folder}' -c . | cat > /dev/null`));
    const ours = await timeOf(async () => {
      sent = await send(folder);
    });
    // The first round fills the caches of the machine and of Node.
    if (round < 0) continue;
    times.tar.push(tar);
    times.ours.push(ours);
  }
  const size = `${Math.round(sent.bytes / 1e6)} MB, ${sent.files} files`;
  return [
    {
      name: `context, ${size}`,
      value: median(times.ours),
      unit: 'ms',
      beside: `tar -c | cat ${median(times.tar).toFixed(0)} ms`,
      samples: ROUNDS,
    },
    {
      name: '… in times of tar -c | cat',
      value: median(times.ours.map((time, round) => time / times.tar[round]!)),
      unit: '×',
      budget: BUDGET,
      samples: ROUNDS,
    },
  ];
}

/** To a program that throws it away, as tar does; chunks go the way that an upload takes. */
async function send(folder: string): Promise<{ bytes: number; files: number }> {
  const context = await openContext(folder);
  const cat = spawn('sh', ['-c', 'cat > /dev/null'], { stdio: ['pipe', 'ignore', 'inherit'] });
  for await (const chunk of context.stream as AsyncIterable<Buffer>) {
    if (!cat.stdin.write(chunk)) await once(cat.stdin, 'drain');
    context.stream.recycle?.(chunk);
  }
  cat.stdin.end();
  await once(cat, 'close');
  await context.close();
  return context.sent();
}

async function shell(script: string): Promise<void> {
  await once(spawn('sh', ['-c', script], { stdio: 'ignore' }), 'close');
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function fill(folder: string): Promise<void> {
  const bytes = randomFillSync(Buffer.alloc(LARGE.bytes));
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\n');
  for (let at = 0; at < LARGE.count; at++) await writeFile(join(folder, `large${at}`), bytes);
  for (let at = 0; at < SMALL.folders; at++) {
    const below = join(folder, `folder${at}`);
    await mkdir(below);
    const files = Array.from({ length: SMALL.each }, (_, file) =>
      writeFile(join(below, `file${file}.js`), bytes.subarray(file * SMALL.bytes, (file + 1) * SMALL.bytes)),
    );
    await Promise.all(files);
  }
}

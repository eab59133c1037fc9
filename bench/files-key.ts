/** What a key costs in the tree of a large image's files, all folders open: time to the settled frame. */
import { freshHome, NACRE } from './program.ts';
import { record, screenAfter } from './recording.ts';
import { median, quantile, type Result } from './result.ts';

const KEYS = 300;
/** As for the list of images. */
const PAUSE = 25;
const PATIENCE = 2_000;

/** `host`: an engine with no other image than the large one, of so many files. */
export async function measureFilesKeys(host: string, files: number): Promise<Result[]> {
  await using home = await freshHome(host);
  const app = record(NACRE, home.env);
  try {
    await app.quiet(3_000);
    app.type('f');
    // Until the first bytes come nothing is drawn: what is waited for is on the screen only at the end.
    for (let waited = 0; !(await isWhole(app.chunks)); waited++) {
      if (waited === 120) throw new Error('nacre does not come to the end of the image');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    app.type('L');
    await app.quiet(2_000);
    // Some seconds after the last work V8 tidies up, once.
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    const times: number[] = [];
    for (let key = -20; key < KEYS; key++) {
      const seen = app.chunks.length;
      const at = app.now();
      app.type('j');
      for (
        let waited = 0;
        waited === 0 || (app.chunks.length === seen && waited < PATIENCE);
        waited += PAUSE
      ) {
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
      const last = app.chunks.at(-1);
      if (app.chunks.length === seen || last === undefined)
        throw new Error(`key ${key} was not answered within ${PATIENCE} ms`);
      // The first ones find code that was never run.
      if (key >= 0) times.push(last.at - at);
    }
    const name = `moving in the tree of ${files.toLocaleString('en-US')} files`;
    return [
      { name: `${name}, p50`, value: median(times), unit: 'ms', budget: 2, samples: KEYS },
      { name: `${name}, p99`, value: quantile(times, 0.99), unit: 'ms', budget: 8, samples: KEYS },
    ];
  } finally {
    app.kill();
    await app.ended;
  }
}

async function isWhole(chunks: Parameters<typeof screenAfter>[0]): Promise<boolean> {
  return (await screenAfter(chunks)).join('\n').includes('sizes are unpacked');
}

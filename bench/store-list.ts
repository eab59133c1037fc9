/** How long the embedded engine takes to open a store with many images and list them, in a process of its own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type OciDescriptor, OciMaker } from '../test/support/oci-maker.ts';
import { removeScratch, scratchFolder } from '../test/support/scratch.ts';
import { median, type Result } from './result.ts';

const IMAGES = 2000;
const SAMPLES = 9;
const BUDGET = 50;

const ENGINE = join(import.meta.dirname, '..', 'src', 'engine', 'embedded', 'embedded-engine.ts');

/** Says how many milliseconds opening and listing took, and of how many images. */
const SCRIPT = `
import { openEmbeddedEngine } from ${JSON.stringify(ENGINE)};
const start = performance.now();
const engine = await openEmbeddedEngine(process.argv[1], { chosenBy: 'the bench' });
const images = await engine.list({ all: true });
console.log(performance.now() - start, images.length);
await engine.close();
`;

export async function measureStoreList(): Promise<Result[]> {
  const scratch = scratchFolder();
  try {
    const maker = new OciMaker(join(scratch, 'store'));
    await fill(maker);
    const list = (cache: string) => listOnce(maker.folder, join(scratch, cache));
    const unseen: number[] = [];
    for (let sample = 0; sample < 3; sample++) unseen.push(await list(`cache-${sample}`));
    const changed: number[] = [];
    const same: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      await maker.writeIndex(await maker.entries());
      changed.push(await list('cache-0'));
      same.push(await list('cache-0'));
    }
    const beside = `after a change ${median(changed).toFixed(0)} ms, never seen ${median(unseen).toFixed(0)} ms`;
    const name = `list a store, ${IMAGES} images`;
    return [{ name, value: median(same), unit: 'ms', budget: BUDGET, beside, samples: SAMPLES }];
  } finally {
    await removeScratch(scratch);
  }
}

/** Shared bases, middles and tops of their own. */
async function fill(maker: OciMaker): Promise<void> {
  await maker.init();
  const layer = async (name: string) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    ...(await maker.blob(Buffer.from(name))),
  });
  const entries: OciDescriptor[] = [];
  for (let image = 0; image < IMAGES; image++) {
    const names = [`base ${image % 20}`, `middle ${image % 200}`, `top ${image}`];
    const layers = await Promise.all(names.map(layer));
    const annotations = { 'io.containerd.image.name': `docker.io/acme/app-${image % 300}:1.${image}` };
    entries.push({ ...(await maker.unlisted(layers, `salt ${image}`)), annotations });
  }
  await maker.writeIndex(entries);
}

async function listOnce(folder: string, cache: string): Promise<number> {
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const args = ['--no-warnings', '--input-type=module-typescript', '--eval', SCRIPT, folder];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const [milliseconds, count] = stdout.split(' ').map(Number);
  if (count !== IMAGES) throw new Error(`${count} images were listed`);
  return milliseconds!;
}

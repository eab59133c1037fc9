/** A load that is killed at any moment leaves a whole store, with all that was loaded before. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { checkStore } from '../../../src/engine/embedded/check.ts';
import { Store } from '../../../src/engine/embedded/store.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { SEED } from '../random-ground.ts';
import { random } from '../stock-maker.ts';
import {
  blobMembers,
  blobsOf,
  dockerMembers,
  indexMember,
  LAYOUT,
  makeImage,
  rawTar,
} from './archive-tools.ts';

const KILLS = 50;
const WORKER = join(import.meta.dirname, 'load-worker.ts');

const scratch = scratchFolder();
afterAll(() => removeScratch(scratch));

test(`${KILLS} kills at random moments`, { timeout: 180_000 }, async () => {
  const folder = join(scratch, 'store');
  const pick = random(SEED);
  const archives: string[] = [];
  for (let at = 0; at < 12; at++) {
    const image = await makeImage(`killed-${at}`, { bytes: 600_000 });
    const name = `killed:${at}`;
    const annotations = { 'io.containerd.image.name': `docker.io/library/${name}` };
    const members =
      at % 2 === 0
        ? dockerMembers(image, name)
        : [...blobMembers(image), LAYOUT, indexMember({ ...image.descriptor, annotations })];
    const file = join(scratch, `${at}.tar`);
    await writeFile(file, await rawTar(members));
    archives.push(file);
  }
  const finished = new Map<string, string>();
  let loaded = 0;
  // Two at a time: they are in each other's way as well.
  for (let round = 0; round < KILLS / 2; round++) {
    const outputs = await Promise.all([0, 1].map(() => killedLoad(folder, archives, pick)));
    for (const [, name = '', id = ''] of outputs.join('').matchAll(/^\+ (\S+) (\S+)$/gm)) {
      finished.set(name, id);
      loaded++;
    }
    const store = await Store.open(folder);
    const bad = (await checkStore(store)).problems.filter(({ severity }) => severity !== 'note');
    expect(bad, `round ${round}`).toEqual([]);
    const roots = await store.roots();
    const known = new Map(roots.flatMap((root) => root.references.map((name) => [name, root.id])));
    for (const [name, id] of finished) expect(known.get(name), `${name} in round ${round}`).toBe(id);
    // So that there is something to load the next time.
    if (pick(4) === 0) {
      for (const name of known.keys()) finished.delete(name);
      await store.change((index) => ({ ...index, manifests: [] }));
      await store.collect({ young: true });
    }
  }
  expect(loaded).toBeGreaterThan(KILLS / 2);
  const store = await Store.open(folder);
  await store.change((index) => ({ ...index, manifests: [] }));
  // A collection leaves temporary files alone for a moment, since their makers may live.
  const anHourAgo = new Date(Date.now() - 3_600_000);
  for (const name of await readdir(store.paths.holds)) {
    if (name.endsWith('.new')) await utimes(join(store.paths.holds, name), anHourAgo, anHourAgo);
  }
  await store.collect({ young: true });
  // What a killed load had brought stays for a day, for whoever tries again; nothing half-written does.
  for (const name of await blobsOf(store)) await store.blobs.read(`sha256:${name}`, 10_000_000);
  expect((await readdir(store.paths.holds)).filter((name) => !name.endsWith('.json'))).toEqual([]);
  expect(await readdir(store.paths.partials)).toEqual([]);
});

/** What it said until it was killed. */
async function killedLoad(
  folder: string,
  archives: readonly string[],
  pick: (below: number) => number,
): Promise<string> {
  const from = pick(archives.length);
  const order = [...archives.slice(from), ...archives.slice(0, from)];
  const worker = spawn(process.execPath, ['--no-warnings', WORKER, folder, ...order], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  worker.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(worker, 'close');
  // Now in its first moments, now after some were loaded, however slow the disk is.
  const after = pick(4);
  while (said.split('\n').length <= after + 1 && worker.exitCode === null) await sleep(5);
  await sleep(pick(60));
  worker.kill('SIGKILL');
  await ended;
  return said;
}

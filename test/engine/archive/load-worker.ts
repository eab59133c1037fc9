/**
 * Loads archives into a store until it is killed; run as a process of its own.
 *   load-worker.ts STORE ARCHIVE…   says `+ NAME ID` once an image is there
 */
import { createReadStream, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { loadInto } from '../../../src/engine/embedded/load.ts';
import { Store } from '../../../src/engine/embedded/store.ts';

const [folder = '', ...archives] = process.argv.slice(2);
// At once: what was said stays said, whatever happens to this process.
const say = (text: string) => void writeSync(1, `${text}\n`);

const store = await Store.open(folder, { create: true });
// Who is killed keeps nothing of what was compiled for the next.
flushCompileCache();
say('ready');
for (const archive of archives) {
  const loading = loadInto(store, createReadStream(archive));
  for (;;) {
    const step = await loading.next();
    if (!step.done) continue;
    for (const { id, references } of step.value.images) for (const name of references) say(`+ ${name} ${id}`);
    break;
  }
}

/**
 * Pulls images into a store, one after the other; run as a process of its own.
 *   pull-worker.ts STORE NAME…   says `ready`, then `+ NAME ID` once an image is there
 */
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { pullInto } from '../../../src/engine/embedded/pull.ts';
import { Store } from '../../../src/engine/embedded/store.ts';

const [folder = '', ...names] = process.argv.slice(2);
// At once: what was said stays said, whatever happens to this process.
const say = (text: string) => void writeSync(1, `${text}\n`);

const store = await Store.open(folder, { create: true });
// Who is killed keeps nothing of what was compiled for the next.
flushCompileCache();
say('ready');
for (const name of names) {
  const pulling = pullInto(store, name);
  for (let step = await pulling.next(); ; step = await pulling.next()) {
    if (!step.done) continue;
    say(`+ ${name} ${step.value.id}`);
    break;
  }
}

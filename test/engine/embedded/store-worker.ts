/**
 * Works on a store until it is done or killed; run as a process of its own.
 *   tag FOLDER PREFIX COUNT   gives COUNT names to the first image
 *   put FOLDER SEED           writes one large blob, says `wrote` or `there`
 *   hold FOLDER               holds a blob that no image needs, says its digest, and waits
 *   churn FOLDER PREFIX       makes, names and removes images, and collects, for ever: says `+ NAME ID` once an
 *                             image is done, `- NAME` before it is removed
 */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { removeImage } from '../../../src/engine/embedded/removal.ts';
import { Store } from '../../../src/engine/embedded/store.ts';
import { digestOf } from '../../../src/engine/oci/digest.ts';
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from '../../../src/engine/oci/media-type.ts';

const [command, folder = '', word = '', count = '0'] = process.argv.slice(2);

/** At once: what was said stays said, whatever happens to this process. */
const say = (text: string) => void writeSync(1, `${text}\n`);

const store = await Store.open(folder, { create: true });
// Who is killed keeps nothing of what was compiled for the next.
flushCompileCache();
say('ready');

if (command === 'tag') {
  const [root] = await store.roots();
  for (let one = 0; one < Number(count); one++) await store.setName(`${word}:${one}`, root!.descriptor);
} else if (command === 'put') {
  const bytes = Buffer.alloc(40_000_000, word);
  const writer = await store.blobs.create({ digest: digestOf(bytes), size: bytes.length });
  if (writer !== undefined) {
    for (let from = 0; from < bytes.length; from += 1_000_000)
      await writer.write(bytes.subarray(from, from + 1_000_000));
    await writer.commit();
  }
  say(writer === undefined ? 'there' : 'wrote');
} else if (command === 'hold') {
  const { digest } = await store.blobs.put(randomBytes(1000));
  await (await store.hold()).add(digest);
  say(digest);
  setInterval(() => {}, 1000);
} else if (command === 'churn') {
  const mine: string[] = [];
  for (let turn = 0; ; turn++) {
    const name = `${word}-${turn}:1`;
    const id = await makeImage(name);
    say(`+ ${name} ${id}`);
    mine.push(name);
    if (mine.length > 3) {
      const gone = mine.shift()!;
      say(`- ${gone}`);
      await removeImage(store, gone);
    }
    if (turn % 3 === 2) await store.collect({ young: turn % 2 === 0 });
  }
}

/** As a pull does it: hold, write what is missing, name. */
async function makeImage(name: string): Promise<string> {
  const layers = [Buffer.alloc(200_000, 'shared'), randomBytes(500_000)];
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config: {}, name }));
  const describe = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: describe(OCI_CONFIG, config),
    layers: layers.map((bytes) => describe(OCI_LAYER, bytes)),
  };
  const text = Buffer.from(JSON.stringify(manifest));
  const root = describe(OCI_MANIFEST, text);
  const hold = await store.hold();
  await hold.add(root.digest, ...[...layers, config].map(digestOf));
  await Promise.all(
    [...layers, config, text].map(async (bytes) => {
      const writer = await store.blobs.create({ digest: digestOf(bytes), size: bytes.length });
      if (writer === undefined) return;
      for (let from = 0; from < bytes.length; from += 50_000)
        await writer.write(bytes.subarray(from, from + 50_000));
      await writer.commit();
    }),
  );
  await store.setName(name, root);
  await hold.release();
  return root.digest;
}

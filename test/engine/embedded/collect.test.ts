/** Collecting and checking: what goes, what stays, and what is told of a store that is not whole. */
import { createHash, randomBytes } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { checkStore } from '../../../src/engine/embedded/check.ts';
import { openEmbeddedEngine } from '../../../src/engine/embedded/embedded-engine.ts';
import { Store } from '../../../src/engine/embedded/store.ts';
import { type OciDescriptor, OciMaker } from '../../support/oci-maker.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { failure } from '../contract-subject.ts';
import { STORE_WORKER, startWorker } from './processes.ts';

const scratch = scratchFolder();
afterAll(() => removeScratch(scratch));

const DAY = 24 * 3600;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

let count = 0;
let maker: OciMaker;
let store: Store;
let kept: string;

beforeEach(async () => {
  maker = new OciMaker(join(scratch, `store-${count++}`));
  await maker.init();
  kept = await maker.tiny('kept:1');
  store = await Store.open(maker.folder);
});

const age = async (path: string, seconds: number) => {
  const time = Date.now() / 1000 - seconds;
  await utimes(path, time, time);
};
const entries = async () =>
  (JSON.parse(await readFile(store.paths.index, 'utf8')) as { manifests: OciDescriptor[] }).manifests;
const isThere = async (digest: string) => (await store.blobs.size(digest)) !== undefined;
const open = () => openEmbeddedEngine(maker.folder, { chosenBy: 'the test says so' });
const errors = async () =>
  (await checkStore(store)).problems
    .filter(({ severity }) => severity === 'error')
    .map(({ message }) => message);

describe('a collection', () => {
  test('takes what no image needs once it is a day old, or at once when told so', async () => {
    const [old, young] = [await store.blobs.put(randomBytes(1000)), await store.blobs.put(randomBytes(2000))];
    await age(store.blobs.path(old.digest), DAY + 60);
    expect(await store.collect()).toEqual({ freed: 1000, digests: [old.digest] });
    expect(await store.collect()).toEqual({ freed: 0, digests: [] });
    expect(await store.collect({ young: true })).toEqual({ freed: 2000, digests: [young.digest] });
    expect(await readdir(store.paths.blobs)).toHaveLength(3);
    expect(await errors()).toEqual([]);
  });

  test('spares what a running job holds, before and after it is there', async () => {
    const bytes = randomBytes(1000);
    const { digest } = await store.blobs.put(bytes);
    const hold = await store.hold();
    await hold.add(digest);
    // A job's blob may come without having been announced.
    const late = await store.blobs.put(randomBytes(500));
    expect(await store.collect({ young: true })).toEqual({ freed: 0, digests: [] });
    await hold.release();
    const { digests } = await store.collect({ young: true });
    expect([...digests].sort()).toEqual([digest, late.digest].sort());
  });

  test('spares what descriptions of other tools call by a digest, wherever they are kept', async () => {
    const payload = await store.blobs.put(randomBytes(1000));
    const inner = await store.blobs.put(Buffer.from(JSON.stringify({ blobs: [payload] })));
    const artifact = { manifests: [{ mediaType: 'application/x.thing', ...inner }] };
    const outer = await store.blobs.put(Buffer.from(JSON.stringify(artifact)));
    const layer = await store.blobs.put(randomBytes(2000));
    const strong = Buffer.from(JSON.stringify({ schemaVersion: 2, layers: [layer] }));
    const hex = createHash('sha512').update(strong).digest('hex');
    await mkdir(join(maker.folder, 'blobs', 'sha512'));
    await writeFile(join(maker.folder, 'blobs', 'sha512', hex), strong);
    const things = { mediaType: 'application/x.things', ...outer };
    const other = { mediaType: MANIFEST, digest: `sha512:${hex}`, size: strong.length };
    await maker.writeIndex([...(await entries()), things, other]);
    const waste = await store.blobs.put(randomBytes(500));
    expect(await store.collect({ young: true })).toEqual({ freed: 500, digests: [waste.digest] });
    expect(await isThere(payload.digest)).toBe(true);
  });

  test('takes nothing while indexes are nested deeper than anybody looks', async () => {
    let child: OciDescriptor = (await entries())[0]!;
    for (let depth = 0; depth < 6; depth++) {
      const index = { schemaVersion: 2, mediaType: INDEX, manifests: [child] };
      child = { mediaType: INDEX, ...(await store.blobs.put(Buffer.from(JSON.stringify(index)))) };
    }
    await maker.writeIndex([child]);
    expect((await store.collect({ young: true })).digests).toEqual([]);
    expect((await errors()).join()).toContain('nested in more than');
  });

  test('spares for a day what an unfinished job held, and no longer than until it is finished', async () => {
    const { digest } = await store.blobs.put(randomBytes(1000));
    const hold = await store.hold();
    await hold.add(digest);
    await hold.release({ unfinished: true });
    expect((await store.collect({ young: true })).digests).toEqual([]);
    const [name = ''] = await readdir(store.paths.holds);
    await age(join(store.paths.holds, name), DAY + 60);
    expect((await store.collect({ young: true })).digests).toEqual([digest]);
    expect(await readdir(store.paths.holds)).toEqual([]);

    const first = await store.hold();
    await first.add(digest);
    await first.release({ unfinished: true });
    const again = await store.hold();
    await again.add(digest);
    await again.release();
    expect(await readdir(store.paths.holds)).toEqual([]);
  });

  test('spares for a day what a killed process held', async () => {
    const worker = startWorker(STORE_WORKER, 'hold', maker.folder);
    while (worker.lines().length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    worker.process.kill('SIGKILL');
    await worker.ended;
    const digest = worker.lines()[1]!;
    expect((await store.collect({ young: true })).digests).toEqual([]);
    expect(await isThere(digest)).toBe(true);
  });

  test('takes the beginnings of blobs that nobody goes on with', async () => {
    const size = 400_000;
    const writers = await Promise.all(
      [1, 2, 3].map(async (mark) => {
        const writer = (await store.blobs.create({ digest: `sha256:${String(mark).repeat(64)}`, size }))!;
        await writer.write(Buffer.alloc(300_000, mark));
        return writer;
      }),
    );
    await writers[0]!.abort({ keep: true });
    await writers[1]!.abort({ keep: true });
    const unnamed = join(store.paths.partials, 'new-0123456789abcdef');
    await writeFile(unnamed, Buffer.alloc(100));
    for (const name of await readdir(store.paths.partials)) {
      if (name.startsWith('1') || name === '3'.repeat(64))
        await age(join(store.paths.partials, name), DAY + 60);
    }
    expect((await store.collect()).freed).toBe(300_100);
    const resumed = await store.blobs.create({ digest: `sha256:${'2'.repeat(64)}`, size });
    expect(resumed?.offset).toBe(300_000);
    await resumed?.abort();
    await writers[2]!.abort();
  });

  test('spares what other tools named, even if it is no image', async () => {
    const thing = await store.blobs.put(randomBytes(1000));
    await maker.writeIndex([
      ...(await maker.entries()),
      { mediaType: 'application/vnd.acme.thing', ...thing },
    ]);
    await age(store.blobs.path(thing.digest), DAY + 60);
    expect((await store.collect({ young: true })).digests).toEqual([]);
  });

  test('takes nothing as long as it cannot be told what an image needs', async () => {
    const waste = await store.blobs.put(randomBytes(1000));
    await writeFile(store.blobs.path(kept), 'no manifest');
    const fresh = await Store.open(maker.folder);
    fresh.facts.forget();
    expect((await fresh.collect({ young: true })).digests).toEqual([]);
    expect(await isThere(waste.digest)).toBe(true);
  });
});

describe('removing an image', () => {
  test('takes its blobs at once, and no waste that was there before', async () => {
    const waste = await store.blobs.put(randomBytes(1000));
    const id = await maker.layered('kept:1', 'gone', { tags: ['gone:1'] });
    const engine = await open();
    const before = (await readdir(store.paths.blobs)).length;
    await engine.remove('gone:1');
    expect(await isThere(id)).toBe(false);
    expect(await isThere(waste.digest)).toBe(true);
    // Manifest, config and its own layer.
    expect(await readdir(store.paths.blobs)).toHaveLength(before - 3);
    expect(await errors()).toEqual([]);
    await engine.close();
  });

  test('that is damaged works, so that it can be had again', async () => {
    const engine = await open();
    await appendFile(store.blobs.path(kept), 'x');
    store.facts.forget();
    const [listed] = await engine.list();
    expect(listed).toMatchObject({ id: kept, references: ['kept:1'] });
    await failure(engine.inspect('kept:1'), 'corrupt');
    expect((await engine.layers('kept:1')).exact).toBe(false);
    expect(await engine.remove('kept:1')).toContainEqual({ action: 'deleted', id: kept });
    expect(await engine.list()).toEqual([]);
    expect(await isThere(kept)).toBe(false);
    await engine.close();
  });
});

describe('a check', () => {
  test('of a whole store finds nothing', async () => {
    await maker.index([kept], 'multi:1', [
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: `sha256:${'0'.repeat(64)}`,
        size: 5,
      },
    ]);
    let last = [0, 0];
    const report = await checkStore(store, { onProgress: (done, total) => (last = [done, total]) });
    expect(report).toMatchObject({ problems: [], images: 2, blobs: 4, reclaimable: { now: 0, later: 0 } });
    expect(last).toEqual([report.bytes, report.bytes]);
  });

  test('names blobs that are missing, damaged, of another size', async () => {
    const id = await maker.layered('kept:1', 'other', { tags: ['other:1'] });
    const engine = await open();
    const [base, top] = (await engine.layers('other:1')).layers;
    await engine.close();
    await rm(store.blobs.path(base!.blob!));
    await appendFile(store.blobs.path(top!.blob!), 'x');
    const found = await errors();
    expect(found.filter((message) => message.includes('is missing'))).toHaveLength(2);
    expect(
      found.filter((message) => message.includes(`has ${top!.size + 1} bytes and should have ${top!.size}`)),
    ).toHaveLength(1);
    expect(
      found.filter((message) => message.includes('is damaged') && message.includes('other:1')),
    ).toHaveLength(1);
    await writeFile(store.blobs.path(id), '{}');
    expect((await errors()).join('\n')).toContain('other:1');
  });

  test('names what lies about, and what a collection would free', async () => {
    const [old, young] = [await store.blobs.put(randomBytes(1000)), await store.blobs.put(randomBytes(2000))];
    await age(store.blobs.path(old.digest), DAY + 60);
    await writeFile(join(store.paths.partials, 'new-0123456789abcdef'), Buffer.alloc(30));
    await writeFile(join(store.paths.blobs, 'notes.txt'), 'x');
    const { problems, reclaimable } = await checkStore(store);
    expect(reclaimable).toEqual({ now: 1030, later: 3030 });
    expect(problems.map(({ severity }) => severity)).toEqual(['warning', 'note', 'note', 'note']);
    expect(problems.map(({ message }) => message).join('\n')).toContain(young.digest.slice(7, 19));
    for (const { hint } of problems) expect(hint).not.toBe('');
  });

  test('can be stopped', async () => {
    await failure(checkStore(store, { signal: AbortSignal.abort() }), 'cancelled');
  });
});

/** The store: names in index.json, shared with other tools and processes. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { removeImage } from '../../../src/engine/embedded/removal.ts';
import { Store } from '../../../src/engine/embedded/store.ts';
import type { Descriptor } from '../../../src/engine/oci/descriptor.ts';
import { run } from '../../support/command.ts';
import { type OciDescriptor, OciMaker } from '../../support/oci-maker.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { failure } from '../contract-subject.ts';

const scratch = scratchFolder();
afterAll(() => removeScratch(scratch));

const FULL = 'io.containerd.image.name';
const REF = 'org.opencontainers.image.ref.name';

describe('a store', () => {
  let count = 0;
  let maker: OciMaker;
  let store: Store;
  let one: Descriptor;
  let two: Descriptor;

  beforeEach(async () => {
    maker = new OciMaker(join(scratch, `${count++}`, 'shelf'));
    await maker.init();
    const ids = [await maker.tiny('one'), await maker.tiny('two')];
    const bare = (await maker.entries()).map(({ annotations: _, ...descriptor }) => descriptor);
    [one, two] = ids.map((id) => bare.find(({ digest }) => digest === id)) as unknown as [
      Descriptor,
      Descriptor,
    ];
    await maker.writeIndex([]);
    store = await Store.open(maker.folder);
  });

  const annotate = (descriptor: Descriptor, annotations: Record<string, string>): OciDescriptor =>
    ({ ...descriptor, annotations }) as unknown as OciDescriptor;
  const names = async () =>
    (await store.entries()).map(({ descriptor, reference }) => [
      descriptor.digest === one.digest ? 1 : 2,
      reference,
    ]);
  const annotations = async () => (await maker.entries()).map((entry) => entry.annotations);

  test('names images so that other tools find them, and no two by one word', async () => {
    await store.setName('app:1', one);
    await store.setName('docker.io/library/web:1', two);
    await store.setName('localhost:5000/a/b', one);
    expect(await annotations()).toEqual([
      { [FULL]: 'docker.io/library/app:1', [REF]: '1' },
      { [FULL]: 'docker.io/library/web:1', [REF]: 'docker.io/library/web:1' },
      { [FULL]: 'localhost:5000/a/b:latest', [REF]: 'latest' },
    ]);
    expect(await names()).toEqual([
      [1, 'app:1'],
      [2, 'web:1'],
      [1, 'localhost:5000/a/b:latest'],
    ]);
    expect(await store.setName('app:1', one)).toEqual({ changed: false });
  });

  test('lets a name move, and keeps the image that had it until it is pruned', async () => {
    await store.setName('app:1', one);
    expect(await store.setName('app:1', two)).toEqual({ changed: true, moved: one.digest });
    expect(await names()).toEqual([
      [1, ''],
      [2, 'app:1'],
    ]);
    expect((await annotations())[0]).toEqual({ 'nacre.was': 'docker.io/library/app:1' });
    expect((await annotations())[1]?.[REF]).toBe('1');
    await store.setName('back:1', one);
    expect((await annotations())[0]).toEqual({
      [FULL]: 'docker.io/library/back:1',
      [REF]: 'docker.io/library/back:1',
    });
    await store.setName('app:1', one);
    expect(await names()).toEqual([
      [1, 'back:1'],
      [2, ''],
      [1, 'app:1'],
    ]);
  });

  test('remembers where a registry has an image, until the last tag of the repository goes', async () => {
    const digests = [`docker.io/library/app@${one.digest}`];
    await store.setName('app:1', one, { digests });
    await store.setName('app:2', one);
    await store.setName('other:1', one);
    const root = () => store.find(one.digest);
    expect((await root()).digests).toEqual([`app@${one.digest}`]);
    expect((await annotations()).map((entry) => entry?.['nacre.digests'])).toEqual([
      digests[0],
      undefined,
      undefined,
    ]);
    await store.setName('app:1', two);
    expect((await root()).digests).toEqual([`app@${one.digest}`]);
    await store.setName('app:2', two);
    expect(await root()).toMatchObject({ references: ['other:1'], digests: [] });
    await store.addDangling(two, { digests: [`app@${two.digest}`] });
    expect((await store.find(`app@${two.digest}`)).references).toEqual(['app:1', 'app:2']);
  });

  test('reads the names that other tools write', async () => {
    const written: [Record<string, string>, string][] = [
      [{ [FULL]: 'docker.io/library/app:1', [REF]: 'whatever' }, 'app:1'],
      [{ [FULL]: 'quay.io/a/b' }, 'quay.io/a/b:latest'],
      [{ [REF]: 'docker.io/acme/web:2' }, 'acme/web:2'],
      [{ [REF]: 'acme/web' }, 'acme/web:latest'],
      [{ [REF]: '3.19' }, 'shelf:3.19'],
      [{ [FULL]: 'NO NAME', [REF]: 'v1' }, 'shelf:v1'],
      [{ [FULL]: '\u001b[31mred:1' }, ''],
      [{ [REF]: 'not a tag' }, ''],
      [{ [FULL]: `app@${'sha256:'.padEnd(71, '0')}` }, ''],
      [{}, ''],
    ];
    for (const [given, name] of written) {
      await maker.writeIndex([annotate(one, given)]);
      expect(await names(), JSON.stringify(given)).toEqual([[1, name]]);
      await store.setName('new:1', two);
      expect((await maker.entries())[0]).toEqual(annotate(one, given));
    }
  });

  test('gives a name that two images claim to the first', async () => {
    await maker.writeIndex([
      annotate(one, { [REF]: '1' }),
      annotate(two, { [FULL]: 'docker.io/library/shelf:1' }),
    ]);
    expect(await names()).toEqual([
      [1, 'shelf:1'],
      [2, ''],
    ]);
  });

  test('leaves alone what it does not know', async () => {
    const foreign = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      annotations: { whose: 'another tool' },
      extra: [1, { two: 3 }],
      manifests: [
        { mediaType: 'application/vnd.acme.thing', digest: two.digest, size: 3, odd: true },
        annotate(one, { [FULL]: 'docker.io/library/app:1', 'acme.note': 'keep me' }),
        'nonsense',
        { mediaType: one.mediaType, digest: 'sha256:../../x', size: 1 },
      ],
    };
    await writeFile(store.paths.index, JSON.stringify(foreign));
    expect(await names()).toEqual([[1, 'app:1']]);
    await store.setName('app:1', two);
    const after = JSON.parse(await readFile(store.paths.index, 'utf8')) as typeof foreign;
    const [thing, app, ...rest] = after.manifests;
    expect({ ...after, manifests: [] }).toEqual({ ...foreign, manifests: [] });
    expect(thing).toEqual(foreign.manifests[0]);
    expect(app).toMatchObject({
      annotations: { 'acme.note': 'keep me', 'nacre.was': 'docker.io/library/app:1' },
    });
    expect(rest.slice(0, 2)).toEqual(foreign.manifests.slice(2));
  });

  test('refuses to work on a damaged index.json, and leaves it as it is', async () => {
    await store.setName('app:1', one);
    for (const text of ['', '{"manifests":', '[]', 'null', '{"manifests":{}}']) {
      await writeFile(store.paths.index, text);
      await failure(store.entries(), 'corrupt');
      await failure(store.setName('app:2', one), 'corrupt');
      await failure(store.collect({ young: true }), 'corrupt');
      expect(await readFile(store.paths.index, 'utf8')).toBe(text);
    }
    expect(await readdir(store.paths.blobs)).toHaveLength(6);
  });

  test('waits a moment for another tool that writes index.json in place', async () => {
    await maker.writeIndex([annotate(one, { [REF]: '1' })]);
    const text = await readFile(store.paths.index, 'utf8');
    await writeFile(store.paths.index, text.slice(0, 20));
    const entries = store.entries();
    await writeFile(store.paths.index, text);
    expect(await entries).toHaveLength(1);
  });

  test('opens what is a layout and nothing else', async () => {
    const folder = join(scratch, 'folders');
    await failure(Store.open(join(folder, 'absent')), 'unreachable');
    await mkdir(join(folder, 'photos'), { recursive: true });
    await writeFile(join(folder, 'photos', 'cat.jpg'), '');
    await failure(Store.open(join(folder, 'photos'), { create: true }), 'bad-input');
    expect(await readdir(join(folder, 'photos'))).toEqual(['cat.jpg']);
    await writeFile(join(folder, 'file'), '');
    await failure(Store.open(join(folder, 'file'), { create: true }), 'bad-input');
    for (const [text, code] of [
      ['{"imageLayoutVersion":"2.0.0"}', 'unsupported'],
      ['{"imageLayoutVersion":2}', 'corrupt'],
      ['nonsense', 'corrupt'],
    ] as const) {
      await writeFile(store.paths.layout, text);
      await failure(Store.open(store.folder), code);
    }
    // Killed while it was made, at any step.
    await mkdir(join(folder, 'half', 'blobs'), { recursive: true });
    await writeFile(join(folder, 'half', 'oci-layout'), '');
    const half = await Store.open(join(folder, 'half'));
    expect(JSON.parse(await readFile(half.paths.layout, 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
  });

  test('is made with the first write, not before', async () => {
    const folder = join(scratch, 'later', 'oci');
    const later = await Store.open(folder, { create: 'when-needed' });
    expect(await later.entries()).toEqual([]);
    await failure(later.find('app:1'), 'not-found');
    await expect(readdir(folder)).rejects.toThrow(/ENOENT/);
    await later.blobs.put(Buffer.from('{}'));
    expect((await readdir(folder)).sort()).toEqual(['.nacre', 'blobs', 'index.json', 'oci-layout']);
    const other = await Store.open(folder, { create: 'when-needed' });
    expect(await other.entries()).toEqual([]);
  });

  test('that went away is unreachable, and is not made anew in its place', async () => {
    await store.setName('app:1', one);
    await rename(store.folder, `${store.folder}-away`);
    for (const attempt of [
      () => store.entries(),
      () => store.setName('app:2', one),
      () => store.blobs.put(Buffer.from('x')),
      () => store.hold(),
      () => store.collect(),
    ]) {
      expect((await failure(attempt(), 'unreachable')).retryable).toBe(true);
    }
    // An empty folder in its place, as where a disk is not mounted.
    await mkdir(store.folder);
    await failure(store.entries(), 'unreachable');
    await failure(store.setName('app:2', one), 'unreachable');
    expect(await readdir(store.folder)).toEqual([]);
    await rm(store.folder, { recursive: true });
    await rename(`${store.folder}-away`, store.folder);
    expect((await store.find('app:1')).id).toBe(one.digest);
  });

  test('on a read-only disk can be read, and says why it cannot be written', async (context) => {
    context.skip(process.getuid?.() !== 0, 'only root can mount a disk');
    await store.setName('app:1', one);
    const disk = join(scratch, 'read-only');
    await mkdir(disk);
    await run('mount', ['--bind', store.folder, disk]);
    try {
      await run('mount', ['-o', 'remount,bind,ro', disk]);
      const fixed = await Store.open(disk);
      expect((await fixed.find('app:1')).id).toBe(one.digest);
      await failure(fixed.setName('app:2', one), 'read-only');
      await failure(fixed.blobs.put(Buffer.from('x')), 'read-only');
    } finally {
      await run('umount', [disk]);
    }
  });

  test('on a full disk is not changed, but images can be removed from it', async (context) => {
    context.skip(process.getuid?.() !== 0, 'only root can mount a small disk');
    const disk = join(scratch, 'full');
    await mkdir(disk);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', disk]);
    try {
      const small = new OciMaker(join(disk, 'store'));
      await small.init();
      const ids = [
        await small.tiny('one:1', { bytes: 20_000 }),
        await small.tiny('two:1', { bytes: 20_000 }),
      ];
      const full = await Store.open(small.folder);
      await full.collect();
      await writeFile(join(disk, 'filler'), Buffer.alloc(400_000)).catch(() => {});
      const before = await readFile(full.paths.index, 'utf8');
      const { descriptor } = await full.find('one:1');
      expect((await failure(full.setName('three:1', descriptor), 'no-space')).message).toContain(
        'the disk is full',
      );
      expect(await readFile(full.paths.index, 'utf8')).toBe(before);
      expect(await removeImage(full, 'one:1')).toContainEqual({ action: 'deleted', id: ids[0] });
      expect((await full.roots()).map(({ id }) => id)).toEqual([ids[1]]);
      expect(await readdir(full.paths.blobs)).toHaveLength(3);
    } finally {
      await run('umount', [disk]);
    }
  });

  test('names no image whose manifest is gone', async () => {
    await rm(store.blobs.path(one.digest));
    await failure(store.setName('app:1', one), 'not-found');
    expect(await store.entries()).toEqual([]);
  });
});

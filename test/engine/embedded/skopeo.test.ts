/** skopeo writes what nacre reads, and reads what nacre wrote: the same folder, turn by turn. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkStore } from '../../../src/engine/embedded/check.ts';
import { openEmbeddedEngine } from '../../../src/engine/embedded/embedded-engine.ts';
import { Store } from '../../../src/engine/embedded/store.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { enginesRequired } from '../../support/engine-group.ts';
import { OciMaker } from '../../support/oci-maker.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { ensureSkopeo, skopeo } from '../../support/skopeo.ts';

const missing = await ensureSkopeo().then(
  () => '',
  (thrown: Error) => thrown.message,
);

describe('a store shared with skopeo', () => {
  if (missing !== '') {
    test('is read and written by both', (context) => {
      if (enginesRequired()) throw new Error(missing);
      context.skip(missing);
    });
    return;
  }

  const scratch = scratchFolder();
  const folder = join(scratch, 'shelf');
  const source = new OciMaker(join(scratch, 'source'));
  let engine: Engine;
  beforeAll(async () => {
    await source.init();
    engine = await openEmbeddedEngine(folder, { chosenBy: 'the test says so' });
  });
  afterAll(async () => {
    await engine.close();
    await removeScratch(scratch);
  });

  const digestAt = async (name: string) =>
    (JSON.parse(await skopeo('inspect', `oci:${folder}:${name}`)) as { Digest: string }).Digest;
  const isWhole = async () =>
    (await checkStore(await Store.open(folder))).problems.filter((problem) => problem.severity !== 'note');

  test('that skopeo made opens, and lists what it put there', async () => {
    const id = await source.tiny('one:1');
    const from = `oci:${source.folder}`;
    await skopeo('copy', from, `oci:${folder}:first`);
    expect(await engine.list()).toMatchObject([{ id, references: ['shelf:first'] }]);
    expect((await engine.inspect('shelf:first')).diffIds).toHaveLength(1);
    expect(await isWhole()).toEqual([]);
  });

  test('that nacre changed is read by skopeo, by each of its names', async () => {
    const [{ id } = { id: '' }] = await engine.list();
    await engine.tag('shelf:first', 'app:1');
    await engine.tag('shelf:first', 'web:1');
    await engine.tag('shelf:first', 'localhost:5000/a/b:two');
    for (const name of ['first', '1', 'docker.io/library/web:1', 'two'])
      expect(await digestAt(name), name).toBe(id);
    await skopeo('copy', `oci:${folder}:1`, `dir:${join(scratch, 'copy')}`);
    expect(await readdir(join(scratch, 'copy'))).toContain('manifest.json');
  });

  test('that skopeo changes again keeps what nacre wrote', async () => {
    const [{ id: old } = { id: '' }] = await engine.list();
    await source.clear();
    const id = await source.tiny('two:1');
    await skopeo('copy', `oci:${source.folder}`, `oci:${folder}:1`);
    // The word is the new image's now; the older one keeps its full name, and nothing is lost.
    const images = new Map((await engine.list()).map((image) => [image.id, image.references]));
    expect(images.get(id)).toEqual(['shelf:1']);
    expect(images.get(old)).toEqual(['app:1', 'localhost:5000/a/b:two', 'shelf:first', 'web:1']);
    expect(await isWhole()).toEqual([]);
    await engine.remove('shelf:1');
    expect((await engine.list()).map((image) => image.id)).toEqual([old]);
    expect(await isWhole()).toEqual([]);
  });

  test('holds indexes both ways', async () => {
    await source.clear();
    const parts = [await source.tiny('amd64:1'), await source.tiny('other:1')];
    const entries = await source.entries();
    const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
    await source.writeIndex(
      entries.map((entry) => ({ ...entry, platform: platforms[parts.indexOf(entry.digest)]! })),
    );
    const id = await source.index(parts, 'multi:1');
    await source.writeIndex((await source.entries()).filter((entry) => entry.digest === id));
    await skopeo('copy', '--all', `oci:${source.folder}`, `oci:${folder}:multi`);
    const listed = (await engine.list()).find((image) => image.references.includes('shelf:multi'));
    expect(listed?.id).toBe(id);
    const raw = (await engine.inspect('shelf:multi')).raw['Manifests'] as { ID: string }[];
    expect(raw.map((one) => one.ID)).toEqual(parts);
    await engine.tag('shelf:multi', 'acme/multi:9');
    expect(JSON.parse(await skopeo('inspect', '--raw', `oci:${folder}:9`)).manifests).toHaveLength(2);
    for (const [architecture, part] of [
      ['amd64', parts[0]],
      ['arm64', parts[1]],
    ] as const) {
      const out = join(scratch, architecture);
      await skopeo('copy', '--override-arch', architecture, `oci:${folder}:9`, `oci:${out}:x`);
      expect(await readFile(join(out, 'index.json'), 'utf8')).toContain(part);
    }
    await engine.remove('shelf:multi');
    await engine.remove('acme/multi:9');
    expect(await isWhole()).toEqual([]);
  });
});

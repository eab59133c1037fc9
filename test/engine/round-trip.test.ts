/** Images keep their identity on every way between engines, registries and archives. */
import { createReadStream, createWriteStream } from 'node:fs';
import { cp, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDockerEngine } from '../../src/engine/docker/docker-engine.ts';
import { openEmbeddedEngine } from '../../src/engine/embedded/embedded-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Transfer } from '../../src/engine/transfer.ts';
import { enginesRequired } from '../support/engine-group.ts';
import { knownProblems, startEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { startRegistry } from '../support/registry.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { ensureSkopeo, type Identity, identify } from '../support/skopeo.ts';

/** Where an image can be; archives are files, the others go by reference. */
const PLACES = ['embedded', 'docker', 'podman', 'registry', 'docker archive', 'oci archive'] as const;
type Place = (typeof PLACES)[number];
type EnginePlace = 'embedded' | 'docker' | 'podman';

const problems = knownProblems();
const missing = problems.docker20 ?? problems.podman43;

describe('an image keeps its config and layers', () => {
  if (missing !== undefined) {
    test('on every way', (context) => {
      if (enginesRequired()) throw new Error(missing);
      context.skip(missing);
    });
    return;
  }

  const folder = scratchFolder();
  const engines = new Map<EnginePlace | 'hub', Engine>();
  const endings: (() => Promise<void>)[] = [() => removeScratch(folder)];
  let registry = '';
  let original: Omit<Identity, 'layers'>;
  let source = '';
  let count = 0;

  beforeAll(async () => {
    await ensureSkopeo();
    const server = await startRegistry();
    endings.unshift(() => server.stop());
    registry = server.address;
    for (const [place, name] of [
      ['docker', 'docker20'],
      ['podman', 'podman43'],
    ] as const) {
      const running = await startEngine(name, { registries: [registry] });
      const engine = await openDockerEngine({ address: running.host }, { chosenBy: 'the test says so' });
      engines.set(place, engine);
      endings.unshift(
        () => running.stop(),
        () => engine.close(),
      );
      if (place === 'docker') {
        const maker = new ImageMaker(running);
        await maker.base('base:1');
        await maker.layered('base:1', 'one', { tags: ['mid:1'], labels: { 日本: '語' } });
        source = 'trip/app:1';
        await maker.layered('mid:1', 'two', { tags: [source], bytes: 300_000 });
      }
    }
    for (const place of ['embedded', 'hub'] as const) {
      const engine = await openEmbeddedEngine(join(folder, place), { chosenBy: 'the test says so' });
      engines.set(place, engine);
      endings.unshift(() => engine.close());
    }
    original = await identityIn('docker', source);
    expect(original.diffIds).toHaveLength(3);
  }, 120_000);

  afterAll(async () => {
    for (const end of endings) await end();
  });

  const engineAt = (place: EnginePlace | 'hub'): Engine => {
    const engine = engines.get(place);
    if (engine === undefined) throw new Error(`${place} did not start`);
    return engine;
  };

  /** What is looked at by another tool wherever another tool can look. */
  async function identityIn(place: Place, at: string): Promise<Omit<Identity, 'layers'>> {
    if (place === 'docker' || place === 'podman') {
      const { id, diffIds } = await engineAt(place).inspect(at);
      return { config: id, diffIds };
    }
    const address = {
      embedded: `dir:${place === 'embedded' ? await asFolder(at) : ''}`,
      registry: `docker://${at}`,
      'docker archive': `docker-archive:${at}`,
      'oci archive': `oci-archive:${at}`,
    }[place];
    const { config, diffIds } = await identify(address);
    return { config, diffIds };
  }

  /** The image's files as skopeo's own kind of folder: its OCI layouts leave out Docker's manifests. */
  async function asFolder(reference: string): Promise<string> {
    const store = join(folder, 'embedded');
    const { id } = await engineAt('embedded').inspect(reference);
    const made = join(folder, `${++count}.dir`);
    await cp(join(store, 'blobs', 'sha256'), made, { recursive: true });
    await rename(join(made, id.slice('sha256:'.length)), join(made, 'manifest.json'));
    await writeFile(join(made, 'version'), 'Directory Transport Version: 1.1\n');
    return made;
  }

  const save = async (engine: Engine, reference: string): Promise<string> => {
    const file = join(folder, `${++count}.tar`);
    await drained(engine.save([reference], createWriteStream(file)));
    return file;
  };
  const load = async (engine: Engine, file: string, wanted: string): Promise<void> => {
    const before = await namesIn(engine);
    const { images } = await drained(engine.load(createReadStream(file)));
    expect(images).toHaveLength(1);
    await engine.tag(images[0]!.id, wanted);
    // The name in the archive is the same on every way: each copy goes on under one of its own.
    for (const reference of images[0]!.references) if (!before.has(reference)) await engine.remove(reference);
  };

  /** Brings what is at `at` into an engine under a new name. */
  async function into(engine: Engine, place: Place, at: string, wanted: string): Promise<void> {
    if (place === 'registry') {
      const before = await namesIn(engine);
      const { id } = await drained(engine.pull(at));
      await engine.tag(id, wanted);
      if (!before.has(at)) await engine.remove(at);
      return;
    }
    const file = place === 'docker archive' || place === 'oci archive' ? at : await save(engineAt(place), at);
    await load(engine, file, wanted);
  }

  /** Takes an image from an engine to a place; returns where it is there. */
  async function out(engine: Engine, reference: string, place: Place): Promise<string> {
    if (place === 'registry') {
      const target = `${registry}/trip/app-${++count}:1`;
      await engine.tag(reference, target);
      await drained(engine.push(target));
      return target;
    }
    return await save(engine, reference);
  }

  async function move(from: Place, at: string, to: Place): Promise<string> {
    const wanted = `trip/app-${++count}:1`;
    if (to === 'embedded' || to === 'docker' || to === 'podman') {
      await into(engineAt(to), from, at, wanted);
      return wanted;
    }
    // An OCI archive is what the embedded engine writes; from anywhere but an engine the hub carries it.
    const direct = from === 'embedded' || ((from === 'docker' || from === 'podman') && to !== 'oci archive');
    if (direct) return await out(engineAt(from), at, to);
    await into(engineAt('hub'), from, at, wanted);
    return await out(engineAt('hub'), wanted, to);
  }

  describe.each(PLACES)('from %s', (from) => {
    let at = '';
    beforeAll(async () => {
      at = from === 'docker' ? source : await move('docker', source, from);
    });

    test.each(PLACES)(`to %s`, async (to) => {
      const there = await move(from, at, to);
      expect(await identityIn(to, there)).toEqual(original);
    });
  });

  test('stored layers stay as they are between registry, embedded engine and archives', async () => {
    const pushed = await move('docker', source, 'registry');
    const { layers } = await identify(`docker://${pushed}`);
    const held = await move('registry', pushed, 'embedded');
    expect((await identify(`dir:${await asFolder(held)}`)).layers).toEqual(layers);
    const archive = await move('embedded', held, 'oci archive');
    expect((await identify(`oci-archive:${archive}`)).layers).toEqual(layers);
    const again = await move('oci archive', archive, 'registry');
    expect(await identify(`docker://${again}`)).toEqual({ ...original, layers });
  });
});

async function namesIn(engine: Engine): Promise<Set<string>> {
  return new Set((await engine.list()).flatMap(({ references }) => references));
}

async function drained<Result>(transfer: Transfer<Result>): Promise<Result> {
  for (;;) {
    const step = await transfer.next();
    if (step.done) return step.value;
  }
}

/** A real Docker engine of its own with as many images as wanted, made in seconds. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startEngine, type TestEngine } from '../test/support/engines.ts';
import { ImageMaker } from '../test/support/image-maker.ts';

/** Base layers that the images stand on, so that they share some and own others. */
const BASES = 8;

/**
 * Starts Docker 20.10 and gives it `count` tagged images. The bases are imported; the other images
 * differ from them in their configuration only, and are put into the engine's store while it is down,
 * because the engine writes its whole list of names for each name it is given.
 */
export async function startStockedEngine(count: number): Promise<TestEngine> {
  const engine = await startEngine('docker20');
  try {
    const maker = new ImageMaker(engine);
    const bases: string[] = [];
    for (let index = 0; index < BASES; index++) {
      bases.push(
        await maker.tiny(`bench/base:${index}`, { salt: `base ${index}`, bytes: 1000 * (index + 1) }),
      );
    }
    await engine.kill();
    await stock(join(dirname(engine.socket), 'data'), bases, count);
    await engine.restart();
    const listed = (await engine.api.json('GET', '/images/json')) as unknown[];
    if (listed.length !== count) throw new Error(`the engine lists ${listed.length} images, not ${count}`);
    return engine;
  } catch (thrown) {
    await engine.stop();
    throw thrown;
  }
}

async function stock(data: string, bases: readonly string[], count: number): Promise<void> {
  const driver = (await readdir(join(data, 'image')))[0];
  if (driver === undefined) throw new Error(`no image store in ${data}`);
  const store = join(data, 'image', driver);
  const content = join(store, 'imagedb/content/sha256');
  const names = join(store, 'repositories.json');
  const known = JSON.parse(await readFile(names, 'utf8')) as {
    Repositories: Record<string, Record<string, string>>;
  };
  const configs = await Promise.all(
    bases.map(
      async (id) => JSON.parse(await readFile(join(content, id.slice(7)), 'utf8')) as Record<string, unknown>,
    ),
  );
  await mkdir(content, { recursive: true });
  const now = Date.now();
  for (let index = bases.length; index < count; index++) {
    const config = {
      ...configs[index % bases.length],
      created: new Date(now - index * 3_600_000).toISOString(),
      config: { Cmd: ['/bin/sh'], Labels: { 'org.example.number': `${index}` } },
    };
    const text = JSON.stringify(config);
    const hex = createHash('sha256').update(text).digest('hex');
    await writeFile(join(content, hex), text);
    const repository = `registry.example/team-${index % 37}/service-${(index * 7919) % 100_003}`;
    known.Repositories[repository] = { [`${repository}:1.${index % 10}.${index % 7}`]: `sha256:${hex}` };
  }
  await writeFile(names, JSON.stringify(known));
}

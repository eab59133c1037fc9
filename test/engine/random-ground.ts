/** Real engines with a random world each, and what tests of removals do with them. */
import { afterAll, beforeAll } from 'vitest';
import { connect } from '../../src/engine/connect.ts';
import type { Engine, RemovalEntry } from '../../src/engine/engine.ts';
import type { ImageLayers } from '../../src/engine/image.ts';
import { gatherStock, type Stock } from '../../src/engine/stock.ts';
import { engineGroup } from '../support/engine-group.ts';
import { type EngineName, startEngine, type TestEngine } from '../support/engines.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { RandomWorld, type WorldOptions } from './random-world.ts';
import { random } from './stock-maker.ts';

/** Another seed is another world. */
export const SEED = Number(process.env['NACRE_SEED'] ?? 1);

export interface Ground {
  readonly server: TestEngine;
  readonly engine: Engine;
  readonly world: RandomWorld;
  readonly pick: (below: number) => number;
  readonly known: Map<string, ImageLayers>;
}

/** A test group on an engine of its own, with an empty store to begin with. */
export function onRandomEngine(
  title: string,
  name: EngineName,
  body: (get: () => Ground) => void,
  options: WorldOptions = {},
): void {
  engineGroup(title, name, () => {
    let registry: TestRegistry | undefined;
    let ground: Ground | undefined;
    beforeAll(async () => {
      registry = await startRegistry();
      const server = await startEngine(name, { registries: [registry.address] });
      const pick = random(SEED);
      const choice = { endpoint: { address: server.host }, chosenBy: 'the test says so', tried: [] };
      const world = new RandomWorld(server, registry.address, pick, options);
      ground = { server, engine: await connect(choice), world, pick, known: new Map() };
    });
    afterAll(async () => {
      await ground?.engine.close();
      await ground?.server.stop();
      await registry?.stop();
    });
    body(() => ground!);
  });
}

/** What the engine holds now; layers are read once an image. */
export async function gather({ engine, known }: Ground): Promise<Stock> {
  const cache = {
    get: (id: string) => known.get(id),
    set: (layers: ImageLayers) => void known.set(layers.id, layers),
  };
  return await gatherStock(engine, { cache });
}

export const short = (id: string): string => id.replace(/^sha256:/, '').slice(0, 8);

/** The answer as docker prints it. */
export function lines(entries: readonly RemovalEntry[]): string[] {
  return entries.map((entry) =>
    entry.action === 'untagged' ? `Untagged: ${entry.reference}` : `Deleted: ${entry.id}`,
  );
}

/** What is in a store, for the message of a failure. */
export function describeStock(stock: Stock): string[] {
  const images = stock.images.map((image) =>
    [short(image.id), image.role, `on ${short(image.parentId)}`, ...image.references, ...image.digests].join(
      ' ',
    ),
  );
  return [
    `seed ${SEED}`,
    ...images,
    ...stock.containers.map((one) => `${one.name} of ${short(one.imageId)} ${one.state}`),
    ...(stock.buildCache ?? []).map(
      ({ id, parents, size, shared, inUse, description }) =>
        `cache ${id} on ${parents.join(' ')}: ${size} bytes${shared ? ', shared' : ''}${inUse ? ', in use' : ''}, ${description}`,
    ),
  ];
}

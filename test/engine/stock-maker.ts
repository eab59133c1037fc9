/** Stocks made by hand: small worlds with ids that a reader can follow. */
import { createHash } from 'node:crypto';
import type { Container } from '../../src/engine/container.ts';
import type { BuildCacheItem } from '../../src/engine/disk-usage.ts';
import type { EngineKind } from '../../src/engine/engine.ts';
import type { Image, ImageLayers, Layer } from '../../src/engine/image.ts';
import type { Plan, Target } from '../../src/engine/plan.ts';
import { makeStock, type Stock } from '../../src/engine/stock.ts';

/** An image of a made stock; `layers` are names of layers with sizes, from the base up. */
export interface MadeImage {
  readonly name: string;
  readonly tags?: readonly string[];
  readonly digests?: readonly string[];
  readonly parent?: string;
  readonly layers?: readonly (readonly [string, number])[];
  readonly exact?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface MadeContainer {
  readonly name: string;
  readonly image: string;
  readonly running?: boolean;
}

export const hex = (text: string): string => createHash('sha256').update(text).digest('hex');
export const idOf = (name: string): string => `sha256:${hex(`image ${name}`)}`;

/** The chain ID of a stack of layers. */
export const chainOf = (layers: readonly string[]): string => `sha256:${hex(`chain ${layers.join(' ')}`)}`;

export function layersOf(layers: readonly (readonly [string, number])[]): Layer[] {
  const names = layers.map(([name]) => name);
  return layers.map(([name, size], index) => ({
    chainId: chainOf(names.slice(0, index + 1)),
    diffId: `sha256:${hex(`diff ${name}`)}`,
    size,
    createdBy: `made ${name}`,
  }));
}

/** Images without `layers` have layers that are not known. */
export function stockOf(
  images: readonly MadeImage[],
  facts: {
    readonly kind?: EngineKind;
    readonly containers?: readonly MadeContainer[];
    readonly buildCache?: readonly BuildCacheItem[] | undefined;
  } = {},
): Stock {
  const parents = new Set(images.map((image) => image.parent));
  const layers = new Map<string, ImageLayers>();
  for (const { name, layers: stack, exact } of images) {
    if (stack) layers.set(idOf(name), { id: idOf(name), layers: layersOf(stack), exact: exact ?? true });
  }
  return makeStock({
    kind: facts.kind ?? 'docker-classic',
    images: images.map((image, index): Image => {
      const tagged = (image.tags ?? []).length > 0;
      // A classic store counts an image with nothing but digest references as dangling.
      const classic = (facts.kind ?? 'docker-classic') === 'docker-classic';
      const named = tagged || ((image.digests ?? []).length > 0 && (!classic || parents.has(image.name)));
      return {
        id: idOf(image.name),
        references: image.tags ?? [],
        digests: image.digests ?? [],
        parentId: image.parent === undefined ? '' : idOf(image.parent),
        role: named ? 'tagged' : parents.has(image.name) ? 'intermediate' : 'dangling',
        created: 1000 + index,
        size: (image.layers ?? []).reduce((sum, [, size]) => sum + size, 0),
        sharedSize: undefined,
        containers: undefined,
        labels: image.labels ?? {},
      };
    }),
    layers,
    containers: (facts.containers ?? []).map(
      ({ name, image, running }): Container => ({
        id: hex(`container ${name}`),
        name,
        imageId: idOf(image),
        image,
        state: running ? 'running' : 'exited',
        running: running ?? false,
        status: '',
        created: 0,
      }),
    ),
    buildCache: 'buildCache' in facts ? facts.buildCache : [],
  });
}

export function cacheItem(id: string, size: number, facts: Partial<BuildCacheItem> = {}): BuildCacheItem {
  return {
    id,
    type: 'regular',
    description: '',
    inUse: false,
    shared: true,
    size,
    created: 0,
    lastUsed: 0,
    usageCount: 1,
    parents: [],
    ...facts,
  };
}

/** The same numbers on every run. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A random world: build lines with intermediates, several names, digests, containers. */
export function randomStock(seed: number, kind: EngineKind = 'docker-classic'): Stock {
  const pick = random(seed);
  const images: MadeImage[] = [];
  const containers: MadeContainer[] = [];
  const count = 3 + pick(25);
  for (let index = 0; index < count; index++) {
    const name = `i${index}`;
    const parent = images.length > 0 && pick(4) > 0 ? images[pick(images.length)]! : undefined;
    const below = parent?.layers ?? [];
    // An instruction without a layer leaves an image on the same layers as its parent.
    const grows = below.length === 0 || pick(4) > 0;
    const own = Array.from({ length: grows ? 1 + pick(2) : 0 }, (_, layer): [string, number] => [
      `${pick(3) === 0 ? 'same' : name}-${below.length + layer}`,
      0,
    ]);
    const layers = [
      ...below,
      ...own.map(([layer]): [string, number] => [
        layer,
        1 + (Number.parseInt(hex(layer).slice(0, 6), 16) % 100_000),
      ]),
    ];
    const tags = Array.from(
      { length: Math.max(0, pick(5) - 1) },
      (_, tag) => `${['app', 'reg.io:5000/a/b'][tag % 2]}-${name}:${tag}`,
    );
    const digests =
      tags.length > 0 && pick(3) === 0
        ? [`${tags[0]!.slice(0, tags[0]!.lastIndexOf(':'))}@sha256:${hex(name)}`]
        : [];
    images.push({
      name,
      ...(parent && pick(5) > 0 && { parent: parent.name }),
      tags: [...tags].sort(),
      digests,
      layers,
    });
    if (pick(6) === 0) containers.push({ name: `c${index}`, image: name, running: pick(2) === 0 });
  }
  return stockOf(images, { kind, containers });
}

/** The digest reference of `app` in `FAMILY`. */
export const APP_DIGEST = `reg.io/app@sha256:${hex('manifest')}`;
/** A base, an untagged step on it, an app on that with two names, its child, and an image apart. */
export const FAMILY: MadeImage[] = [
  { name: 'base', tags: ['base:1'], layers: [['b', 100]] },
  {
    name: 'step',
    parent: 'base',
    layers: [
      ['b', 100],
      ['s', 20],
    ],
  },
  {
    name: 'app',
    tags: ['app:1', 'reg.io/app:1'],
    digests: [APP_DIGEST],
    parent: 'step',
    layers: [
      ['b', 100],
      ['s', 20],
      ['a', 3],
    ],
  },
  {
    name: 'child',
    tags: ['child:1'],
    parent: 'app',
    layers: [
      ['b', 100],
      ['s', 20],
      ['a', 3],
      ['c', 1],
    ],
  },
  { name: 'lone', tags: ['lone:1'], layers: [['l', 7]] },
];
export const whole = (...names: string[]): Target[] => names.map((name) => ({ id: idOf(name) }));
/** The engine's lines, as docker prints them. */
export const answers = (plan: Plan) =>
  plan.calls.flatMap((call) =>
    call.expected.map((entry) =>
      entry.action === 'untagged' ? `Untagged: ${entry.reference}` : `Deleted: ${entry.id}`,
    ),
  );

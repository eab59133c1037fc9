/** A stock such as a busy build machine has: thousands of images on shared bases, without an engine behind it. */
import type { Container } from '../src/engine/container.ts';
import type { EngineKind } from '../src/engine/engine.ts';
import type { Image, ImageLayers, Layer } from '../src/engine/image.ts';
import { makeStock, type Stock } from '../src/engine/stock.ts';

const DAY = 86_400;
/** Layers of a base, of what the images of a repository share above it, and of an image alone. */
const BASE = 6;
const MIDDLE = 4;
const REPOSITORIES = 250;
const BASES = 40;

const id = (kind: number, number: number): string =>
  `sha256:${(kind * 1e9 + number).toString(16).padStart(64, '0')}`;

export interface LargeStockOptions {
  readonly kind?: EngineKind;
  /** Unix seconds; the images are from the 400 days before. */
  readonly now?: number;
  /** Different numbers make different layers: a stock that nothing was worked out for yet. */
  readonly salt?: number;
}

/** `images` images with about ten layers each that are theirs or shared by few, the rest in shared bases. */
export function largeStock(
  images: number,
  { kind = 'docker-classic', now = 1_800_000_000, salt = 0 }: LargeStockOptions = {},
): Stock {
  let made = salt * 1_000_000;
  const stack = (below: readonly Layer[], count: number): Layer[] => [
    ...below,
    ...Array.from({ length: count }, (): Layer => {
      const number = made++;
      const digest = id(1, number);
      const size = ((number * 7919) % 90_000_000) + 1;
      return {
        chainId: digest,
        diffId: digest,
        size,
        createdBy: 'made',
        ...(kind === 'embedded' && { blob: digest }),
      };
    }),
  ];
  const bases = Array.from({ length: BASES }, () => stack([], BASE));
  const middles = Array.from({ length: REPOSITORIES }, (_, index) => stack(bases[index % BASES]!, MIDDLE));
  const perImage = Math.floor((10 * images - BASES * BASE - REPOSITORIES * MIDDLE) / images);
  const layers = new Map<string, ImageLayers>();
  const all = Array.from({ length: images }, (_, index): Image => {
    const repository = index % REPOSITORIES;
    const own = stack(middles[repository]!, perImage + (index % 3));
    const image = id(2, index);
    layers.set(image, { id: image, layers: own, exact: true });
    const dangling = index % 9 === 0;
    return {
      id: image,
      references: dangling
        ? []
        : [`team-${repository % 20}/app-${repository}:1.${Math.floor(index / REPOSITORIES)}`],
      digests:
        index % 4 === 0 && !dangling ? [`team-${repository % 20}/app-${repository}@${id(3, index)}`] : [],
      parentId: '',
      role: dangling ? 'dangling' : 'tagged',
      created: now - ((index * 37) % 400) * DAY,
      size: own.reduce((sum, layer) => sum + layer.size, 0),
      sharedSize: undefined,
      containers: undefined,
      labels: index % 5 === 0 ? { team: `${repository % 20}` } : {},
    };
  });
  const containers = all
    .filter((_, index) => index % 50 === 1)
    .map(
      (image, index): Container => ({
        id: id(4, index).slice(7),
        name: `service-${index}`,
        imageId: image.id,
        image: image.references[0] ?? image.id,
        state: index % 4 === 0 ? 'exited' : 'running',
        running: index % 4 !== 0,
        status: '',
        created: image.created,
      }),
    );
  return makeStock({ kind, images: all, layers, containers, buildCache: [] });
}

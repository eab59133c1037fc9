/** Images made up for comparing: layers from tars in memory, and a source that tells their bytes. */
import { createHash } from 'node:crypto';
import type { ImageConfig } from '../../../src/engine/image.ts';
import type {
  ContentImage,
  ContentSource,
  ImageContents,
  LayerTar,
} from '../../../src/engine/layers/contents.ts';
import { indexStream } from '../../../src/engine/layers/index-layer.ts';
import { NO_CONFIG } from '../../support/made-contents.ts';
import { passing, type TarEntry, tarOf } from '../../support/tar.ts';

export interface MadeImage {
  readonly contents: ImageContents;
  readonly source: ContentSource;
  /** How often its layers were asked for. */
  readonly reads: () => number;
}

export interface MakeOptions {
  readonly name?: string;
  readonly digests?: boolean;
  readonly config?: Partial<ImageConfig>;
}

/** A layer is its entries, or the bytes of its tar. */
export async function makeImage(
  layers: readonly (readonly TarEntry[] | Buffer)[],
  { name = 'made:1', digests = true, config = {} }: MakeOptions = {},
): Promise<MadeImage> {
  const tars = await Promise.all(layers.map((layer) => (Buffer.isBuffer(layer) ? layer : tarOf(layer))));
  const indexes = await Promise.all(tars.map((tar) => indexStream(passing(tar), { digests })));
  const image: ContentImage = {
    name,
    id: `sha256:${'0'.repeat(64)}`,
    platform: 'linux/amd64',
    config: { ...NO_CONFIG, ...config },
    layers: tars.map((tar, at) => ({
      diffId: `sha256:${createHash('sha256').update(tar).digest('hex')}`,
      createdBy: `layer ${at + 1}`,
      step: at + 1,
    })),
  };
  let reads = 0;
  const source: ContentSource = {
    where: 'memory',
    describe: async () => image,
    async *tars(wanted): AsyncGenerator<LayerTar, []> {
      reads++;
      for (const layer of wanted) yield { kind: 'stream', layer, bytes: passing(tars[layer]!) };
      return [];
    },
  };
  return { contents: { image, indexes }, source, reads: () => reads };
}

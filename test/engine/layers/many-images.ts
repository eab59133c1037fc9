/** Images that share layers, whose tars are in memory and are handed out one by one, and counted. */
import { createHash } from 'node:crypto';
import { EngineError } from '../../../src/engine/errors.ts';
import type { ContentImage, LayerTar } from '../../../src/engine/layers/contents.ts';
import type { ManyImage } from '../../../src/engine/layers/read-many.ts';
import { NO_CONFIG } from '../../support/made-contents.ts';
import { passing, type TarEntry, tarOf } from '../../support/tar.ts';

export const file = (name: string, content: string | number): TarEntry => ({
  name,
  content: typeof content === 'number' ? 'x'.repeat(content) : content,
});

export interface MadeImages {
  readonly images: readonly ManyImage[];
  /** `name layer`, one a tar that was handed out since the last call. */
  handed(): readonly string[];
}

/** By name, from the base up; the same array is the same layer. A layer that is undefined cannot be read. */
export async function manyImages(
  described: Readonly<Record<string, readonly (readonly TarEntry[] | undefined)[]>>,
): Promise<MadeImages> {
  let handed: string[] = [];
  const images: ManyImage[] = [];
  for (const [name, layers] of Object.entries(described)) {
    const tars = await Promise.all(layers.map((layer) => tarOf(layer ?? [file(`lost-${name}`, name)])));
    const content: ContentImage = {
      name,
      id: `id of ${name}`,
      platform: 'linux/amd64',
      config: NO_CONFIG,
      layers: tars.map((tar, at) => ({ diffId: digestOf(tar), createdBy: `step ${at + 1}`, step: at + 1 })),
    };
    async function* tarsOf(wanted: ReadonlySet<number>): AsyncGenerator<LayerTar, readonly number[]> {
      for (const layer of wanted) {
        if (layers[layer] === undefined)
          throw new EngineError({ code: 'corrupt', message: `${name} is damaged`, hint: 'Pull it again.' });
        handed.push(`${name} ${layer}`);
        yield { kind: 'stream', layer, bytes: passing(tars[layer]!) };
      }
      return [...wanted];
    }
    images.push({
      id: content.id,
      name,
      size: tars.reduce((sum, tar) => sum + tar.length, 0),
      source: { where: 'memory', describe: () => Promise.resolve(content), tars: tarsOf },
    });
  }
  return {
    images,
    handed() {
      const since = handed;
      handed = [];
      return since;
    },
  };
}

export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

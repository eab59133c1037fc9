/** An image whose layers are tars in memory, handed out in every way that a source may hand them out. */
import { createHash } from 'node:crypto';
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContentSource, ImageContents, LayerTar } from '../../../src/engine/layers/contents.ts';
import { indexStream } from '../../../src/engine/layers/index-layer.ts';
import { NO_CONFIG } from '../../support/made-contents.ts';

/** `file`: they lie in a file. `stream`: they pass by. `unknown`: only at the end it is told which was which. */
export type Handing = 'file' | 'stream' | 'unknown';

export interface MemoryContents extends ImageContents {
  /** `served`: other bytes than those that were indexed, for layers that break off. */
  source(handing: Handing, served?: readonly Buffer[]): ContentSource;
  /** Bytes that passed by since the last call. */
  read(): number;
}

export async function memoryContents(folder: string, tars: readonly Buffer[]): Promise<MemoryContents> {
  const indexes = await Promise.all(tars.map((tar) => indexStream(chunks(tar))));
  const image = {
    name: 'test:1',
    id: 'sha256:0',
    platform: '',
    config: NO_CONFIG,
    layers: tars.map((tar) => ({
      diffId: `sha256:${createHash('sha256').update(tar).digest('hex')}`,
      createdBy: '',
      step: 0,
    })),
  };
  let read = 0;
  async function* passing(tar: Buffer): AsyncGenerator<Buffer> {
    for await (const chunk of chunks(tar)) {
      read += chunk.length;
      yield chunk;
      // Nobody may keep it.
      chunk.fill(0xee);
    }
  }
  async function* handed(
    handing: Handing,
    wanted: ReadonlySet<number>,
    served: readonly Buffer[],
  ): AsyncGenerator<LayerTar, (number | undefined)[]> {
    // The top comes first: an engine has an order of its own.
    const order = tars.map((_, layer) => layer).reverse();
    const known = handing === 'unknown' ? order : order.filter((layer) => wanted.has(layer));
    for (const layer of known) {
      if (handing !== 'file') {
        yield {
          kind: 'stream',
          layer: handing === 'stream' ? layer : undefined,
          bytes: passing(served[layer]!),
        };
        continue;
      }
      const path = join(folder, `layer-${layer}.tar`);
      await writeFile(path, Buffer.concat([Buffer.alloc(777, 1), served[layer]!]));
      const handle: FileHandle = await open(path);
      try {
        yield { kind: 'file', layer, handle, start: 777, length: served[layer]!.length };
      } finally {
        await handle.close();
      }
    }
    return known;
  }
  return {
    image,
    indexes,
    source: (handing, served = tars) => ({
      where: 'memory',
      describe: () => Promise.resolve(image),
      tars: (wanted) => handed(handing, wanted, served),
    }),
    read() {
      const was = read;
      read = 0;
      return was;
    },
  };
}

async function* chunks(tar: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < tar.length; at += 7001) yield Buffer.from(tar.subarray(at, at + 7001));
}

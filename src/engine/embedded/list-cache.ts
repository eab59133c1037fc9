/** The last list of a store's images: where nothing changed since, there is nothing to look at. */
import type { Image } from '../image.ts';
import { isRecord } from '../oci/descriptor.ts';
import { CacheFile } from './cache-file.ts';
import { FEW } from './facts-cache.ts';

const FORMAT = 1;

export class ListCache {
  readonly #file: CacheFile;

  /** `store` is the store's folder. */
  constructor(store: string) {
    this.#file = new CacheFile('list', store);
  }

  /** `version` is that of the store's files. */
  read(version: string): Image[] | undefined {
    const value = this.#file.read();
    if (!isRecord(value) || value['format'] !== FORMAT || value['version'] !== version) return undefined;
    const { images } = value;
    return Array.isArray(images) && images.every(isImage) ? images : undefined;
  }

  /** Never rejects. */
  async write(version: string, images: readonly Image[]): Promise<void> {
    if (images.length >= FEW) await this.#file.write({ format: FORMAT, version, images });
  }
}

function isImage(value: unknown): value is Image {
  if (!isRecord(value)) return false;
  const { id, references, digests, created, size, sharedSize, labels } = value;
  return (
    typeof id === 'string' &&
    Array.isArray(references) &&
    Array.isArray(digests) &&
    typeof created === 'number' &&
    typeof size === 'number' &&
    typeof sharedSize === 'number' &&
    isRecord(labels)
  );
}

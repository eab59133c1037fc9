/** A layout of random images: layers shared in any position, several names, indexes, some of them sparse. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type OciDescriptor, OciMaker } from '../../support/oci-maker.ts';

const DIGESTS = 'nacre.digests';
const ARCHITECTURES = ['amd64', 'arm64', 'riscv64'];

export class RandomLayout {
  readonly maker: OciMaker;
  readonly #pick: (below: number) => number;
  #layers: OciDescriptor[] = [];
  #count = 0;

  constructor(folder: string, pick: (below: number) => number) {
    this.maker = new OciMaker(folder);
    this.#pick = pick;
  }

  async init(): Promise<void> {
    await this.maker.init();
    for (let count = 0; count < 12; count++) await this.#freshLayer();
  }

  /** Bytes of all blobs, whoever needs them. */
  async bytesOnDisk(): Promise<number> {
    const folder = join(this.maker.folder, 'blobs', 'sha256');
    const sizes = await Promise.all(
      (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async stir(changes: number): Promise<void> {
    for (let count = 0; count < changes; count++) await this.#change();
  }

  async #change(): Promise<void> {
    const pick = this.#pick;
    const images = [...new Set((await this.maker.entries()).map((entry) => entry.digest))];
    const some = () => images[pick(images.length)]!;
    if (images.length < 3) return void (await this.#image());
    switch (pick(8)) {
      case 0:
      case 1:
        return await this.maker.tag(some(), this.#name());
      case 2:
        return await this.#index(images);
      case 3:
        return await this.#rememberDigest(some());
      case 4:
        await this.#freshLayer();
        return void (await this.#image());
      default:
        return void (await this.#image());
    }
  }

  async #image(): Promise<void> {
    const layers = Array.from(
      { length: this.#pick(6) },
      () => this.#layers[this.#pick(this.#layers.length)]!,
    );
    // Layers that went away with the last image that had them come back with the next.
    for (const layer of layers) await this.#restore(layer);
    const name = this.#pick(5) === 0 ? '' : this.#name();
    await this.maker.assemble(layers, name, `salt ${this.#pick(4)}`);
  }

  async #index(images: readonly string[]): Promise<void> {
    const entries = await this.maker.entries();
    const manifests = images.filter((id) =>
      entries.some((entry) => entry.digest === id && entry.mediaType.includes('manifest')),
    );
    const parts = manifests.filter(() => this.#pick(4) === 0).slice(0, ARCHITECTURES.length);
    const absent = Array.from({ length: this.#pick(2) }, () => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${String(this.#count++).padStart(64, '0')}`,
      size: 1234,
      platform: { os: 'linux', architecture: 's390x' },
    }));
    if (parts.length > 0) await this.maker.index(parts, this.#pick(5) === 0 ? '' : this.#name(), absent);
  }

  async #rememberDigest(id: string): Promise<void> {
    const entries = await this.maker.entries();
    const at = entries.findIndex((entry) => entry.digest === id);
    const digests = `docker.io/library/app${this.#pick(3)}@${id}`;
    const changed = { ...entries[at]!, annotations: { ...entries[at]!.annotations, [DIGESTS]: digests } };
    await this.maker.writeIndex(entries.with(at, changed));
  }

  #name(): string {
    return `app${this.#pick(3)}:${this.#pick(12)}`;
  }

  readonly #bytes = new Map<string, Buffer>();

  async #freshLayer(): Promise<void> {
    const bytes = Buffer.alloc(1000 + this.#pick(5000), `layer ${this.#count++}.`);
    const blob = await this.maker.blob(bytes);
    this.#bytes.set(blob.digest, bytes);
    this.#layers.push({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...blob });
    if (this.#layers.length > 16) this.#layers = this.#layers.slice(-16);
  }

  async #restore({ digest }: OciDescriptor): Promise<void> {
    await this.maker.blob(this.#bytes.get(digest)!);
  }
}

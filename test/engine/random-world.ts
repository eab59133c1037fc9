/** A real engine's store that is never the same twice: images, names and containers come and go by chance. */

import type { TestEngine } from '../support/engines.ts';
import { ImageMaker, type RawImage } from '../support/image-maker.ts';

type Pick = (below: number) => number;

/** Ends when it is asked to: the first process of a container has to say that it wants to. */
export const ENDS = ['sh', '-c', 'trap "exit 0" TERM; sleep 100000 & wait'];

interface RawContainer {
  readonly Id: string;
  readonly ImageID: string;
  readonly State: string;
}

export interface WorldOptions {
  /** Without builds, which take most of the time. */
  readonly quick?: boolean;
  /** With builds that leave build cache, which only Docker makes; what of it holds a layer can be uncertain. */
  readonly cached?: boolean;
}

export class RandomWorld {
  readonly maker: ImageMaker;
  readonly #engine: TestEngine;
  readonly #registry: string;
  readonly #pick: Pick;
  readonly #options: WorldOptions;
  readonly #bootable = new Set<string>();
  readonly #pushed: string[] = [];
  #count = 0;

  constructor(engine: TestEngine, registry: string, pick: Pick, options: WorldOptions = {}) {
    this.#options = options;
    this.maker = new ImageMaker(engine);
    this.#engine = engine;
    this.#registry = registry;
    this.#pick = pick;
  }

  /** Brings the store to about `size` images, and makes some changes to those that are there. */
  async stir(size: number): Promise<void> {
    await this.#dropContainersOfNothing();
    if (!(await this.maker.images({ all: true })).some((image) => this.#bootable.has(image.Id))) {
      this.#bootable.add(await this.maker.base('base:1'));
    }
    for (let step = 0; step < 2; step++) await this.#change();
    for (let images = await this.#ids(); images.length < size; images = await this.#ids()) {
      await this.#grow(images);
      if (this.#pick(3) === 0) await this.#change();
    }
  }

  async #ids(): Promise<RawImage[]> {
    return (await this.maker.images({ all: true })).sort((a, b) => (a.Id < b.Id ? -1 : 1));
  }

  #one<T>(items: readonly T[]): T {
    return items[this.#pick(items.length)]!;
  }

  #newName(): string {
    // A small pool: names move from image to image and leave dangling ones behind.
    return `${this.#one(['app', 'team/web', 'localhost:5000/a/b', 'zoo', 'app-x'])}:${this.#one(['1', '2', '3', 'latest'])}`;
  }

  async #grow(images: readonly RawImage[]): Promise<void> {
    const salt = `s${this.#count++}`;
    const tags = Array.from({ length: this.#pick(4) }, () => this.#newName());
    if (this.#pick(this.#options.quick ? 2 : 6) === 0) {
      await this.maker.tiny(tags[0] ?? '', { salt, bytes: 1 + this.#pick(9000) });
      return;
    }
    const from = this.#one(images).Id;
    if (this.#options.quick || this.#pick(8) === 0) {
      const container = await this.maker.container(from, { start: false });
      const id = await this.maker.commit(container, tags[0] ?? '', salt);
      if (this.#bootable.has(from)) this.#bootable.add(id);
      await this.maker.removeContainer(container);
      return;
    }
    const files: Record<string, Buffer> = {};
    const instructions = Array.from({ length: 1 + this.#pick(4) }, (_, index) => {
      const file = `f${index}`;
      // Some contents come again and again, so that the same layer is made on different bases.
      const content = this.#pick(3) === 0 ? 'same.' : `${salt}.`;
      if (this.#pick(3) === 0) return `LABEL l${index}=${salt}`;
      files[file] = Buffer.alloc(
        1 + this.#pick(3) * 3000 + (content === 'same.' ? 0 : this.#pick(500)),
        content,
      );
      return `COPY ${file} /${file}`;
    });
    const id = await this.maker.build(from, instructions, { tags, files });
    if (this.#bootable.has(from)) this.#bootable.add(id);
  }

  async #change(): Promise<void> {
    const images = await this.#ids();
    if (images.length === 0) return;
    const image = this.#one(images);
    switch (this.#pick(8)) {
      case 7:
        if (this.#options.cached && this.#pick(2) === 0) await this.#buildWithCache(images);
        return;
      case 0:
      case 1:
        await this.maker.tag(image.Id, this.#newName());
        return;
      case 2: {
        const repository = `${this.#registry}/${this.#one(['lab/one', 'lab/two'])}`;
        const reference = `${repository}:${this.#pick(2)}`;
        await this.maker.tag(image.Id, reference);
        await this.maker.push(reference);
        // A containerd store tells digests of other images, too, that carry such a name and were never pushed.
        const pushed = (await this.maker.images({ all: true })).find(({ Id }) => Id === image.Id);
        const digests = pushed?.RepoDigests ?? [];
        this.#pushed.push(...digests.filter((digest) => digest.startsWith(`${repository}@`)));
        return;
      }
      case 3:
        await this.pull();
        return;
      case 4:
        await this.maker.container(image.Id, { start: false });
        return;
      case 5: {
        const bootable = images.filter((one) => this.#bootable.has(one.Id));
        if (bootable.length > 0) await this.maker.container(this.#one(bootable).Id, { command: ENDS });
        return;
      }
      default: {
        const containers = await this.#containers();
        while (containers.length > 2) await this.maker.removeContainer(containers.pop()!.Id);
      }
    }
  }

  /** Its layers belong to the build cache as well. */
  async #buildWithCache(images: readonly RawImage[]): Promise<void> {
    const named = images.flatMap((image) => image.RepoTags ?? []).filter((name) => !name.includes('<none>'));
    if (named.length > 0) await this.maker.buildKit(this.#one(named), `k${this.#count++}`, this.#newName());
  }

  /** Ids of images that can run a shell. */
  get bootable(): ReadonlySet<string> {
    return this.#bootable;
  }

  /** Pulls something that was pushed once; false where nothing was. */
  async pull(): Promise<boolean> {
    if (this.#pushed.length > 0) await this.#pullByDigest(this.#one(this.#pushed));
    return this.#pushed.length > 0;
  }

  /** What was pushed once comes back under its digest alone. */
  async #pullByDigest(reference: string): Promise<void> {
    const [repository, digest] = reference.split('@') as [string, string];
    await this.#engine.api.text('POST', '/images/create', { query: { fromImage: repository, tag: digest } });
  }

  /** Containers whose image was forced away hold layers that no engine tells of. */
  async #dropContainersOfNothing(): Promise<void> {
    const ids = new Set((await this.#ids()).map((image) => image.Id.replace('sha256:', '')));
    for (const container of await this.#containers()) {
      if (!ids.has(container.ImageID.replace('sha256:', ''))) await this.maker.removeContainer(container.Id);
    }
  }

  async #containers(): Promise<RawContainer[]> {
    const query = { all: 'true' };
    return (await this.#engine.api.json('GET', '/containers/json', { query })) as RawContainer[];
  }
}

/** Makes images and containers on an engine by bare HTTP: no code under test, no command line. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname } from 'node:path';
import type { EngineKind } from '../../src/engine/engine.ts';
import type { RawApi } from './raw-api.ts';
import { busyboxRootfs, tinyRootfs } from './rootfs.ts';
import { type TarEntry, tarOf } from './tar.ts';

export interface BuildOptions {
  readonly tags?: readonly string[];
  /** Files of the build context, for `COPY`. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface ContainerOptions {
  readonly name?: string;
  readonly command?: readonly string[];
  /** Default true: it sleeps on the host's network. */
  readonly start?: boolean;
}

export interface RawImage {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly RepoDigests: readonly string[] | null;
  readonly Size: number;
}

/** What tests need of a maker; a backend without a daemon brings its own. */
export type Maker = Pick<ImageMaker, keyof ImageMaker>;

export class ImageMaker {
  readonly #api: RawApi;
  readonly #kind: EngineKind;

  constructor(engine: { readonly api: RawApi; readonly kind: EngineKind }) {
    this.#api = engine.api;
    this.#kind = engine.kind;
  }

  /** A bootable image (busybox). Returns the id as the engine gives it, with `sha256:`. */
  async base(reference = 'base:1'): Promise<string> {
    return await this.importImage(await busyboxRootfs(), reference);
  }

  /** A one-layer image that runs nothing, made in milliseconds; `salt` tells it from others. */
  async tiny(reference: string, options: { salt?: string; bytes?: number } = {}): Promise<string> {
    return await this.importImage(await tinyRootfs(options.salt ?? reference, options.bytes), reference);
  }

  /** `reference` `''` leaves the image dangling. */
  async importImage(rootfs: Buffer, reference = '', message = ''): Promise<string> {
    const [repo, tag] = splitReference(reference);
    const query: Record<string, string> = { fromSrc: '-', changes: 'CMD ["/bin/sh"]' };
    if (message !== '') query['message'] = message;
    // Podman 4.3 ignores the tag of an import, so there it is named afterwards.
    if (reference !== '' && this.#kind !== 'podman') Object.assign(query, { repo, tag });
    const answer = await this.#api.text('POST', '/images/create', { query, body: rootfs });
    const id = withAlgorithm(/"status":"((?:sha256:)?[0-9a-f]{64})/.exec(answer)?.[1] ?? '');
    if (reference !== '' && this.#kind === 'podman') await this.tag(id, reference);
    return id;
  }

  /**
   * A build by the classic builder: every instruction leaves an intermediate image.
   * `instructions` are Dockerfile lines after `FROM from`.
   */
  async build(from: string, instructions: readonly string[], options: BuildOptions = {}): Promise<string> {
    const entries: TarEntry[] = Object.entries(options.files ?? {}).map(([name, content]) => ({
      name,
      content,
    }));
    entries.push({ name: 'Dockerfile', content: [`FROM ${from}`, ...instructions, ''].join('\n') });
    const query = {
      version: '1',
      networkmode: 'host',
      t: options.tags ?? [],
      labels: JSON.stringify(options.labels ?? {}),
    };
    const answer = await this.#api.text('POST', '/build', { query, body: await tarOf(entries) });
    const id = /"aux":\{"ID":"((?:sha256:)?[0-9a-f]{64})"/.exec(answer)?.[1];
    if (id === undefined) throw new Error(`the build told no id: ${answer.slice(-500)}`);
    return withAlgorithm(id);
  }

  /** A build by BuildKit: it leaves build cache and no intermediate images. Docker only. */
  async buildKit(from: string, name: string, tag: string): Promise<void> {
    const dockerfile = `FROM ${from}\nCOPY ${name} /${name}\n`;
    const body = await tarOf([
      { name, content: `${name}.` },
      { name: 'Dockerfile', content: dockerfile },
    ]);
    // Docker 26 with the containerd store loses a context that comes with the request, so it fetches it here.
    const server = createServer((_, answer) =>
      answer.setHeader('content-type', 'application/x-tar').end(body),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const remote = `http://127.0.0.1:${(server.address() as AddressInfo).port}/context.tar`;
      await this.#api.text('POST', '/build', {
        query: { version: '2', networkmode: 'host', t: tag, remote },
      });
    } finally {
      server.close();
    }
  }

  /** A build whose last step fails: the container of that step is left behind, as builders do. */
  async failBuild(from: string): Promise<void> {
    const failed = await this.build(from, ['RUN exit 3']).then(
      () => false,
      () => true,
    );
    if (!failed) throw new Error('the build should have failed');
  }

  /** An image on top of `from` with one more layer of `bytes` bytes. */
  async layered(
    from: string,
    name: string,
    options: BuildOptions & { bytes?: number } = {},
  ): Promise<string> {
    const content = Buffer.alloc(options.bytes ?? 1000, `${name}.`);
    const files = { ...options.files, [name]: content };
    return await this.build(from, [`COPY ${name} /${name}`], { ...options, files });
  }

  async tag(image: string, reference: string): Promise<void> {
    const [repo, tag] = splitReference(reference);
    await this.#api.text('POST', `/images/${image}/tag`, { query: { repo, tag } });
  }

  async remove(image: string, options: { force?: boolean; noPrune?: boolean } = {}): Promise<void> {
    const query = { force: String(options.force ?? false), noprune: String(options.noPrune ?? false) };
    await this.#api.text('DELETE', `/images/${image}`, { query });
  }

  async container(image: string, options: ContainerOptions = {}): Promise<string> {
    const body = {
      Image: image,
      Cmd: options.command ?? ['sleep', '100000'],
      // The parent is what removeScratch clears away.
      HostConfig: { NetworkMode: 'host', CgroupParent: `/${basename(dirname(dirname(this.#api.socket)))}` },
    };
    const query = options.name === undefined ? {} : { name: options.name };
    const made = (await this.#api.json('POST', '/containers/create', { query, body })) as { Id: string };
    if (options.start !== false) await this.#api.text('POST', `/containers/${made.Id}/start`);
    return made.Id;
  }

  /** Ends a container at once and keeps it. */
  async killContainer(container: string): Promise<void> {
    await this.#api.text('POST', `/containers/${container}/kill`);
    await this.waitContainer(container);
  }

  /** Until it has ended. */
  async waitContainer(container: string): Promise<void> {
    await this.#api.text('POST', `/containers/${container}/wait`);
  }

  async removeContainer(container: string): Promise<void> {
    // Only Podman's own API also finds what a failed build left.
    const path = this.#kind === 'podman' ? '/v4.0.0/libpod/containers' : '/containers';
    await this.#api.text('DELETE', `${path}/${container}`, { query: { force: 'true' } });
  }

  /** Ids of all containers, those that failed builds left too. */
  async containers(): Promise<string[]> {
    const podman = this.#kind === 'podman';
    const path = podman ? '/v4.0.0/libpod/containers/json' : '/containers/json';
    const query = { all: 'true', ...(podman ? { external: 'true' } : {}) };
    return ((await this.#api.json('GET', path, { query })) as { Id: string }[]).map(({ Id }) => Id);
  }

  async commit(container: string, reference = '', comment = ''): Promise<string> {
    const [repo, tag] = splitReference(reference);
    const query = {
      container,
      ...(reference === '' ? {} : { repo, tag }),
      ...(comment === '' ? {} : { comment }),
    };
    const made = (await this.#api.json('POST', '/commit', { query, body: {} })) as { Id: string };
    return withAlgorithm(made.Id);
  }

  /** `reference` starts with the registry's address. */
  async push(reference: string): Promise<void> {
    const [repo, tag] = splitReference(reference);
    const headers = { 'x-registry-auth': 'e30=' };
    await this.#api.text('POST', `/images/${repo}/push`, { query: { tag }, headers });
  }

  async pull(reference: string): Promise<void> {
    const [repo, tag] = splitReference(reference);
    await this.#api.text('POST', '/images/create', { query: { fromImage: repo, tag } });
  }

  /** What the engine itself lists. */
  async images(options: { all?: boolean } = {}): Promise<RawImage[]> {
    const query = { all: String(options.all ?? false) };
    return (await this.#api.json('GET', '/images/json', { query })) as RawImage[];
  }

  /** Removes all containers and images. */
  async clear(): Promise<void> {
    for (const id of await this.containers()) await this.removeContainer(id);
    // Parents can only go after their children, so what is refused is tried again while anything goes.
    let left = (await this.images({ all: true })).map((image) => image.Id);
    while (left.length > 0) {
      for (const id of left) await this.#api.call('DELETE', `/images/${id}`, { query: { force: 'true' } });
      const before = left.length;
      left = (await this.images({ all: true })).map((image) => image.Id);
      if (left.length >= before) throw new Error(`${left.length} images cannot be removed`);
    }
  }
}

function withAlgorithm(id: string): string {
  return id.includes(':') ? id : `sha256:${id}`;
}

/** Repository and tag; a colon before the last slash is a port. */
function splitReference(reference: string): [string, string] {
  const colon = reference.lastIndexOf(':');
  if (colon <= reference.lastIndexOf('/')) return [reference, 'latest'];
  return [reference.slice(0, colon), reference.slice(colon + 1)];
}

/** Makes images in an OCI image layout by writing its files: no code under test, no other tool. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { arch } from 'node:process';
import { gzipSync } from 'node:zlib';
import type { BuildOptions, Maker, RawImage } from './image-maker.ts';
import { busyboxRootfs, tinyRootfs } from './rootfs.ts';
import { tarOf } from './tar.ts';

export interface OciDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Readonly<Record<string, string>>;
}

interface Config {
  created: string;
  architecture: string;
  os: string;
  config: Record<string, unknown>;
  rootfs: { type: 'layers'; diff_ids: string[] };
  history: { created: string; created_by: string; empty_layer?: boolean }[];
}

interface Manifest {
  schemaVersion: 2;
  mediaType: string;
  config: OciDescriptor;
  layers: OciDescriptor[];
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const NAME = 'io.containerd.image.name';

const NO_CONTAINERS = 'an OCI layout runs nothing';

export class OciMaker implements Maker {
  readonly folder: string;
  /** Creation times are a second apart, so that one image is always newer than another. */
  #now = Math.floor(Date.now() / 1000) - 3000;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The empty layout. */
  async init(): Promise<void> {
    await mkdir(join(this.folder, 'blobs', 'sha256'), { recursive: true });
    await writeFile(join(this.folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await this.writeIndex([]);
  }

  async base(reference = 'base:1'): Promise<string> {
    return await this.importImage(await busyboxRootfs(), reference);
  }

  async tiny(reference: string, options: { salt?: string; bytes?: number } = {}): Promise<string> {
    return await this.importImage(await tinyRootfs(options.salt ?? reference, options.bytes), reference);
  }

  async importImage(rootfs: Buffer, reference = '', message = 'Imported from -'): Promise<string> {
    const config = this.#emptyConfig();
    config.config = { Cmd: ['/bin/sh'] };
    const layers = [await this.layer(rootfs, config, message)];
    return await this.#finish(config, layers, reference === '' ? [] : [reference]);
  }

  /** As a builder would: `ENV`, `COPY`, `RUN` and the instructions that only change the config. */
  async build(from: string, instructions: readonly string[], options: BuildOptions = {}): Promise<string> {
    const below = await this.#read(from);
    const { config, layers } = below;
    for (const instruction of instructions) {
      const [word = '', rest = ''] = split(instruction, ' ');
      const history = `${word === 'RUN' ? '/bin/sh -c ' : '/bin/sh -c #(nop) '}${word === 'RUN' ? rest : `${word} ${rest}`}`;
      if (word === 'COPY' || word === 'RUN') {
        const name = word === 'RUN' ? /> \/(\S+)/.exec(rest)?.[1] : rest.split(' ')[0];
        const content = name === undefined ? [] : [{ name, content: options.files?.[name] ?? rest }];
        layers.push(await this.layer(await tarOf(content), config, history));
        continue;
      }
      configure(config.config, word, rest);
      config.history.push({ created: this.#time(), created_by: history, empty_layer: true });
    }
    const labels = { ...(config.config['Labels'] as object | undefined), ...options.labels };
    if (Object.keys(labels).length > 0) config.config['Labels'] = labels;
    config.created = this.#time();
    return await this.#finish(config, layers, options.tags ?? []);
  }

  async layered(
    from: string,
    name: string,
    options: BuildOptions & { bytes?: number } = {},
  ): Promise<string> {
    const content = Buffer.alloc(options.bytes ?? 1000, `${name}.`);
    const files = { ...options.files, [name]: content };
    return await this.build(from, [`COPY ${name} /${name}`], { ...options, files });
  }

  /** An index of images that are here, as one image; `absent` are further entries whose blobs are not. */
  async index(
    images: readonly string[],
    reference: string,
    absent: readonly OciDescriptor[] = [],
  ): Promise<string> {
    const entries = await this.entries();
    const manifests = images.map((image) => {
      const { mediaType, digest, size, platform } = find(entries, this.folder, image);
      return { mediaType, digest, size, platform: platform ?? { os: 'linux', architecture: architecture() } };
    });
    const document = { schemaVersion: 2, mediaType: INDEX, manifests: [...manifests, ...absent] };
    const blob = await this.blob(Buffer.from(JSON.stringify(document)));
    await this.#name({ mediaType: INDEX, ...blob }, reference === '' ? [] : [reference]);
    return blob.digest;
  }

  async tag(image: string, reference: string): Promise<void> {
    const { annotations: _, ...descriptor } = find(await this.entries(), this.folder, image);
    await this.#name(descriptor, [reference]);
  }

  /** The name, or with an id the whole image; blobs stay, as other tools leave them. */
  async remove(image: string): Promise<void> {
    const entries = await this.entries();
    const { digest } = find(entries, this.folder, image);
    const byId = /^(?:sha256:)?[0-9a-f]{12,}$/.test(image);
    await this.writeIndex(
      entries.filter((entry) => entry.digest !== digest || !(byId || nameOf(entry) === full(image))),
    );
  }

  async images(): Promise<RawImage[]> {
    const byId = new Map<string, string[]>();
    for (const entry of await this.entries()) {
      byId.set(entry.digest, [...(byId.get(entry.digest) ?? []), nameOf(entry)]);
    }
    return [...byId].map(([Id, RepoTags]) => ({ Id, RepoTags, RepoDigests: null, Size: 0 }));
  }

  async clear(): Promise<void> {
    await rm(join(this.folder, 'blobs'), { recursive: true, force: true });
    await this.init();
  }

  async buildKit(): Promise<void> {
    throw new Error(NO_CONTAINERS);
  }

  async failBuild(): Promise<void> {
    throw new Error(NO_CONTAINERS);
  }

  async container(): Promise<string> {
    throw new Error(NO_CONTAINERS);
  }

  async killContainer(): Promise<void> {
    throw new Error(NO_CONTAINERS);
  }

  async waitContainer(): Promise<void> {
    throw new Error(NO_CONTAINERS);
  }

  async removeContainer(): Promise<void> {
    throw new Error(NO_CONTAINERS);
  }

  async containers(): Promise<string[]> {
    return [];
  }

  async commit(): Promise<string> {
    throw new Error(NO_CONTAINERS);
  }

  async push(): Promise<void> {
    throw new Error('this maker writes files only');
  }

  async pull(): Promise<void> {
    throw new Error('this maker writes files only');
  }

  async blob(bytes: Buffer): Promise<{ digest: string; size: number }> {
    const digest = sha256(bytes);
    const path = this.pathOf(digest);
    if (!existsSync(path)) await writeFile(path, bytes);
    return { digest, size: bytes.length };
  }

  pathOf(digest: string): string {
    return join(this.folder, 'blobs', 'sha256', digest.slice('sha256:'.length));
  }

  /** Compressed into the store, and noted in the config. */
  async layer(tar: Buffer, config: Config, history: string): Promise<OciDescriptor> {
    config.rootfs.diff_ids.push(sha256(tar));
    config.history.push({ created: this.#time(), created_by: history });
    return { mediaType: LAYER, ...(await this.blob(gzipSync(tar))) };
  }

  /** A manifest of any layers that are in the store already, under a name or none. */
  async assemble(layers: readonly OciDescriptor[], reference: string, salt: string): Promise<string> {
    const descriptor = await this.unlisted(layers, salt);
    await this.#name(descriptor, reference === '' ? [] : [reference]);
    return descriptor.digest;
  }

  /** The same, without an entry in index.json. */
  async unlisted(layers: readonly OciDescriptor[], salt: string): Promise<OciDescriptor> {
    const config = this.#emptyConfig();
    config.config = { Labels: { salt } };
    config.rootfs.diff_ids = layers.map((layer) => layer.digest);
    config.history = layers.map(() => ({ created: config.created, created_by: `COPY ${salt} /` }));
    return await this.#manifest(config, layers);
  }

  async entries(): Promise<OciDescriptor[]> {
    const text = await readFile(join(this.folder, 'index.json'), 'utf8');
    return (JSON.parse(text) as { manifests: OciDescriptor[] }).manifests;
  }

  async writeIndex(manifests: readonly OciDescriptor[]): Promise<void> {
    const path = join(this.folder, 'index.json');
    const temporary = join(this.folder, `.index-${randomUUID()}`);
    await writeFile(temporary, JSON.stringify({ schemaVersion: 2, manifests }));
    await rename(temporary, path);
  }

  async #finish(config: Config, layers: readonly OciDescriptor[], names: readonly string[]): Promise<string> {
    const descriptor = await this.#manifest(config, layers);
    await this.#name(descriptor, names);
    return descriptor.digest;
  }

  async #manifest(config: Config, layers: readonly OciDescriptor[]): Promise<OciDescriptor> {
    const document: Manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: CONFIG, ...(await this.blob(Buffer.from(JSON.stringify(config)))) },
      layers: [...layers],
    };
    return { mediaType: MANIFEST, ...(await this.blob(Buffer.from(JSON.stringify(document)))) };
  }

  /** A name that another image has moves; that image stays without it. */
  async #name(descriptor: OciDescriptor, names: readonly string[]): Promise<void> {
    const wanted = names.map(full);
    let entries = (await this.entries()).map((entry) => {
      if (entry.digest === descriptor.digest || !wanted.includes(nameOf(entry))) return entry;
      const { annotations: _, ...nameless } = entry;
      return nameless;
    });
    entries = entries.filter(
      (entry, at) =>
        nameOf(entry) !== '' ||
        !entries.some(
          (other, otherAt) => other.digest === entry.digest && (nameOf(other) !== '' || otherAt < at),
        ),
    );
    const has = entries.filter((entry) => entry.digest === descriptor.digest).map(nameOf);
    const missing = wanted.filter((name) => !has.includes(name));
    const added = missing.map((name) => ({ ...descriptor, annotations: { [NAME]: name } }));
    if (missing.length > 0) {
      entries = entries.filter((entry) => entry.digest !== descriptor.digest || nameOf(entry) !== '');
    }
    const nameless = wanted.length === 0 && has.length === 0 ? [descriptor] : [];
    await this.writeIndex([...entries, ...added, ...nameless]);
  }

  async #read(image: string): Promise<{ config: Config; layers: OciDescriptor[] }> {
    const { digest } = find(await this.entries(), this.folder, image);
    const manifest = JSON.parse(await readFile(this.pathOf(digest), 'utf8')) as Manifest;
    const config = JSON.parse(await readFile(this.pathOf(manifest.config.digest), 'utf8')) as Config;
    return { config, layers: manifest.layers };
  }

  #emptyConfig(): Config {
    return {
      created: this.#time(),
      architecture: architecture(),
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [] },
      history: [],
    };
  }

  #time(): string {
    this.#now += 1;
    return new Date(this.#now * 1000).toISOString();
  }
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function architecture(): string {
  return { x64: 'amd64', ia32: '386' }[arch as string] ?? arch;
}

/** `app` → `docker.io/library/app:latest`. */
function full(reference: string): string {
  const [first = '', rest] = split(reference, '/');
  const hasDomain = rest !== undefined && (/[.:]/.test(first) || first === 'localhost');
  const named = hasDomain ? reference : `docker.io/${rest === undefined ? 'library/' : ''}${reference}`;
  return basename(named).includes(':') ? named : `${named}:latest`;
}

function nameOf({ annotations }: OciDescriptor): string {
  return annotations?.[NAME] ?? '';
}

function find(entries: readonly OciDescriptor[], folder: string, image: string): OciDescriptor {
  const found =
    entries.find((entry) => nameOf(entry) === full(image)) ??
    entries.find((entry) => entry.digest.startsWith(image) || entry.digest.startsWith(`sha256:${image}`));
  if (found === undefined) throw new Error(`${image} is not in ${folder}`);
  return found;
}

function configure(config: Record<string, unknown>, word: string, rest: string): void {
  const list = (key: string) => (config[key] as string[] | undefined) ?? [];
  const map = (key: string) => (config[key] as Record<string, unknown> | undefined) ?? {};
  if (word === 'ENV') config['Env'] = [...list('Env'), rest.replace(/="(.*)"$/s, '=$1')];
  else if (word === 'CMD') config['Cmd'] = JSON.parse(rest);
  else if (word === 'ENTRYPOINT') config['Entrypoint'] = JSON.parse(rest);
  else if (word === 'WORKDIR') config['WorkingDir'] = rest;
  else if (word === 'USER') config['User'] = rest;
  else if (word === 'STOPSIGNAL') config['StopSignal'] = rest;
  else if (word === 'VOLUME') config['Volumes'] = { ...map('Volumes'), [rest]: {} };
  else if (word === 'EXPOSE') {
    const ports = rest.split(' ').map((port) => [port.includes('/') ? port : `${port}/tcp`, {}]);
    config['ExposedPorts'] = { ...map('ExposedPorts'), ...Object.fromEntries(ports) };
  } else throw new Error(`this maker does not know ${word}`);
}

function split(text: string, by: string): [string, string | undefined] {
  const at = text.indexOf(by);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + by.length)];
}

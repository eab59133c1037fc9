/** Insides of images that were never built: layers from a few lines, indexed as if their tars had been read. */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { ImageConfig } from '../../src/engine/image.ts';
import type { ImageContents } from '../../src/engine/layers/contents.ts';
import { indexStream } from '../../src/engine/layers/index-layer.ts';
import { passing, tarOf } from './tar.ts';

/** A member of a layer's tar; with `link` a hard link, with neither a folder. */
export interface MadeMember {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly link?: string;
  readonly mode?: number;
  readonly uid?: number;
}

export interface MadeLayer {
  readonly createdBy?: string;
  readonly step?: number;
  readonly members: readonly MadeMember[];
}

export const NO_CONFIG: ImageConfig = {
  cmd: [],
  entrypoint: [],
  env: [],
  exposedPorts: [],
  volumes: [],
  workingDir: '',
  user: '',
  stopSignal: '',
  labels: {},
  onBuild: [],
  healthcheck: [],
};

let contents = 0;

/** A file with as many bytes; its content is no other file's, unless `content` says which. */
export function file(
  name: string,
  bytes: number,
  { content = `${contents++} `, ...facts }: { content?: string; mode?: number; uid?: number } = {},
): MadeMember {
  return { name, content: content.repeat(Math.ceil(bytes / content.length)).slice(0, bytes), ...facts };
}

export const folder = (name: string): MadeMember => ({ name: `${name}/` });
export const hardLink = (name: string, to: string): MadeMember => ({ name, link: to });
export const whiteout = (name: string): MadeMember => file(name.replace(/([^/]+)$/, '.wh.$1'), 0);
export const opaque = (name: string): MadeMember => file(`${name}/.wh..wh..opq`, 0);

export async function madeTar(members: readonly MadeMember[]): Promise<Buffer> {
  const tar = pack();
  for (const { name, content, link, mode, uid = 0 } of members) {
    const facts = { name, uid, mtime: new Date(1_600_000_000_000) };
    if (link !== undefined) tar.entry({ ...facts, type: 'link', linkname: link });
    else if (content === undefined) tar.entry({ ...facts, type: 'directory', mode: mode ?? 0o755 });
    else tar.entry({ ...facts, mode: mode ?? 0o644 }, content);
  }
  tar.finalize();
  return await buffer(tar);
}

export async function madeContents(
  layers: readonly MadeLayer[],
  { digests = true, name = 'web:1' }: { readonly digests?: boolean; readonly name?: string } = {},
): Promise<ImageContents> {
  const indexes = await Promise.all(
    layers.map(async ({ members }) => indexStream(passing(await madeTar(members)), { digests })),
  );
  return {
    image: {
      name,
      id: `sha256:${'c31b90e4d7f2'.padEnd(64, '0')}`,
      platform: 'linux/amd64',
      config: NO_CONFIG,
      layers: layers.map(({ createdBy = '', step }, at) => ({
        diffId: `sha256:${String(at + 1)
          .repeat(64)
          .slice(0, 64)}`,
        createdBy,
        step: step ?? (createdBy === '' ? 0 : at + 1),
      })),
    },
    indexes,
  };
}

/** The same as an archive of `docker save`. */
export async function madeArchive(layers: readonly MadeLayer[], name = 'web:1'): Promise<Buffer> {
  const tars = await Promise.all(layers.map(({ members }) => madeTar(members)));
  const diffIds = tars.map((tar) => createHash('sha256').update(tar).digest('hex'));
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: diffIds.map((hex) => `sha256:${hex}`) },
    history: [
      ...layers.map(({ createdBy = '' }) => ({ created_by: createdBy })),
      { created_by: 'CMD ["sh"]', empty_layer: true },
    ],
  };
  const manifest = [
    { Config: 'config.json', RepoTags: [name], Layers: diffIds.map((hex) => `${hex}/layer.tar`) },
  ];
  return await tarOf([
    { name: 'config.json', content: JSON.stringify(config) },
    ...tars.map((content, at) => ({ name: `${diffIds[at]}/layer.tar`, content })),
    { name: 'manifest.json', content: JSON.stringify(manifest) },
  ]);
}

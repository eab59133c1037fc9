/** Images of any age, size and name, made as the archive that `docker load` takes. */
import { createHash } from 'node:crypto';
import { type TarEntry, tarOf } from '../support/tar.ts';

export interface DatedImage {
  readonly tags: readonly string[];
  /** Unix seconds. */
  readonly created: number;
  readonly bytes: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly createdBy?: string;
  readonly comment?: string;
}

/** Source: the docker image archive (manifest.json), as `POST /images/load` reads it. */
export async function archiveOf(images: readonly DatedImage[]): Promise<Buffer> {
  const entries: TarEntry[] = [];
  const manifest: object[] = [];
  for (const [index, image] of images.entries()) {
    const layer = await tarOf([{ name: 'content', content: Buffer.alloc(image.bytes, `${index}.`) }]);
    const created = new Date(image.created * 1000).toISOString();
    const config = JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      created,
      config: {
        Cmd: ['/bin/sh'],
        Labels: image.labels ?? null,
        Env: ['A=<b>&c'],
        ExposedPorts: { '80/tcp': {} },
      },
      rootfs: { type: 'layers', diff_ids: [`sha256:${digest(layer)}`] },
      history: [{ created, created_by: image.createdBy ?? 'made', comment: image.comment ?? '' }],
    });
    entries.push(
      { name: `${index}.tar`, content: layer },
      { name: `${digest(config)}.json`, content: config },
    );
    manifest.push({ Config: `${digest(config)}.json`, RepoTags: image.tags, Layers: [`${index}.tar`] });
  }
  entries.push({ name: 'manifest.json', content: JSON.stringify(manifest) });
  return await tarOf(entries);
}

function digest(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

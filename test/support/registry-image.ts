/** Puts images into a registry by bare HTTP: no engine, no code under test. */
import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { tarOf } from './tar.ts';

export interface ImageContent {
  /** `linux/amd64`; default: what tests run on. */
  readonly platform?: string;
  /** One layer each; default one of 1,000 bytes. What is in them cannot be compressed. */
  readonly layers?: readonly number[];
  /** The same salt and sizes give the same image. Default: none like it has been before. */
  readonly salt?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Published {
  /** Of the manifest, or of the index where there are several platforms. */
  readonly digest: string;
  readonly images: readonly { readonly config: string; readonly diffIds: readonly string[] }[];
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** `reference` is `ADDRESS/repository:tag`; several contents make an index. `authorization` is sent as it is. */
export async function publish(
  reference: string,
  contents: ImageContent | readonly ImageContent[] = {},
  authorization = '',
): Promise<Published> {
  const [, address = '', repository = '', tag = ''] = /^([^/]+)\/(.+):([^:/]+)$/.exec(reference) ?? [];
  const base = `http://${address}/v2/${repository}`;
  const headers: Record<string, string> = authorization === '' ? {} : { authorization };
  const send = async (method: string, url: string, type: string, body?: Buffer) => {
    const answer = await fetch(url, {
      method,
      headers: { ...headers, 'content-type': type },
      ...(body && { body: new Uint8Array(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const upload = async (bytes: Buffer) => {
    const digest = digestOf(bytes);
    const begun = await send('POST', `${base}/blobs/uploads/`, 'application/octet-stream');
    const place = new URL(begun.headers.get('location') ?? '', base);
    place.searchParams.set('digest', digest);
    await send('PUT', place.href, 'application/octet-stream', bytes);
    return { digest, size: bytes.length };
  };
  const putManifest = async (name: string, mediaType: string, value: object) => {
    const bytes = Buffer.from(JSON.stringify(value));
    await send('PUT', `${base}/manifests/${name === '' ? digestOf(bytes) : name}`, mediaType, bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };

  const list = [contents].flat();
  const images: Published['images'][number][] = [];
  const manifests: object[] = [];
  let digest = '';
  for (const content of list) {
    const [os = '', architecture = '', variant] = (content.platform ?? 'linux/amd64').split('/');
    const platform = { architecture, os, ...(variant && { variant }) };
    const layers: { mediaType: string; digest: string; size: number }[] = [];
    const diffIds: string[] = [];
    for (const [number, size] of (content.layers ?? [1000]).entries()) {
      const tar = await tarOf([{ name: `file-${number}`, content: noise(size, content.salt, number) }]);
      diffIds.push(digestOf(tar));
      const blob = await upload(gzipSync(tar, { level: 1 }));
      layers.push({ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', ...blob });
    }
    const config = {
      ...platform,
      created: '2024-01-02T03:04:05Z',
      config: { Cmd: ['/file-0'], Labels: content.labels ?? {} },
      rootfs: { type: 'layers', diff_ids: diffIds },
      history: diffIds.map((_, at) => ({ created: '2024-01-02T03:04:05Z', created_by: `COPY file-${at} /` })),
    };
    const blob = await upload(Buffer.from(JSON.stringify(config)));
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...blob },
      layers,
    };
    const put = await putManifest(list.length === 1 ? tag : '', MANIFEST, manifest);
    digest = put.digest;
    manifests.push({ ...put, platform });
    images.push({ config: blob.digest, diffIds });
  }
  if (list.length > 1) {
    digest = (await putManifest(tag, INDEX, { schemaVersion: 2, mediaType: INDEX, manifests })).digest;
  }
  return { digest, images };
}

/** What a registry has under a name: the digest of its manifest or index, `''` where there is none. */
export async function publishedDigest(reference: string, authorization = ''): Promise<string> {
  const [, address = '', repository = '', tag = ''] = /^([^/]+)\/(.+):([^:/]+)$/.exec(reference) ?? [];
  const types = [
    MANIFEST,
    INDEX,
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.oci.image.index.v1+json',
  ];
  const answer = await fetch(`http://${address}/v2/${repository}/manifests/${tag}`, {
    headers: { accept: types.join(', '), ...(authorization !== '' && { authorization }) },
  });
  return answer.ok ? digestOf(Buffer.from(await answer.arrayBuffer())) : '';
}

function noise(size: number, salt: string | undefined, number: number): Buffer {
  if (salt === undefined) return randomBytes(size);
  const blocks: Buffer[] = [];
  for (let at = 0; at < size; at += 64)
    blocks.push(createHash('sha512').update(`${salt} ${number} ${at}`).digest());
  return Buffer.concat(blocks).subarray(0, size);
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

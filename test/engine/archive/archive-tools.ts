/** What tests of archives share: stores of their own, archives byte by byte, events gathered. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Header, pack } from 'tar-stream';
import { expect } from 'vitest';
import { loadInto } from '../../../src/engine/embedded/load.ts';
import { Store } from '../../../src/engine/embedded/store.ts';
import type { EngineError } from '../../../src/engine/errors.ts';
import { digestOf, hexOf } from '../../../src/engine/oci/digest.ts';
import type { LoadResult, Transfer, TransferEvent } from '../../../src/engine/transfer.ts';
import { tarOf } from '../../support/tar.ts';

export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
export const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';

/** A member, its header as it shall stand there, true or not. */
export interface RawMember extends Partial<Omit<Header, 'name'>> {
  readonly name: string;
  readonly body?: string | Buffer;
}

/** A tar of members with any header; a `size` that is not the body's makes it a lie. */
export async function rawTar(members: readonly RawMember[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const { body = '', ...header } of members) {
    const bytes = Buffer.from(body);
    const tar = pack();
    const { size = bytes.length, ...rest } = header;
    // Only the header is taken from it, so that the body can be anything.
    tar.entry({ ...rest, size });
    const head = await firstBlocks(tar as unknown as AsyncIterable<Buffer>);
    parts.push(head, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512));
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

async function firstBlocks(tar: AsyncIterable<Buffer>): Promise<Buffer> {
  for await (const chunk of tar) return chunk;
  throw new Error('no header came');
}

export interface MadeImage {
  readonly manifest: Buffer;
  readonly config: Buffer;
  readonly layers: readonly Buffer[];
  readonly descriptor: { readonly mediaType: string; readonly digest: string; readonly size: number };
}

export const describeBlob = (mediaType: string, bytes: Buffer) => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});

/** A whole image of uncompressed layers, in memory. */
export async function makeImage(
  salt: string,
  options: { architecture?: string; layers?: number; bytes?: number } = {},
): Promise<MadeImage> {
  const { architecture = 'amd64', layers: count = 2, bytes = 1_000 } = options;
  const layers: Buffer[] = [];
  for (let at = 0; at < count; at++) {
    layers.push(await tarOf([{ name: `file-${at}`, content: Buffer.alloc(bytes, `${salt}.${at}`) }]));
  }
  const config = Buffer.from(
    JSON.stringify({
      architecture,
      os: 'linux',
      created: '2026-01-02T03:04:05Z',
      config: { Labels: { salt } },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => digestOf(layer)) },
      history: layers.map((_, at) => ({ created: '2026-01-02T03:04:05Z', created_by: `step ${at}` })),
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: describeBlob(CONFIG_TYPE, config),
      layers: layers.map((layer) => describeBlob(LAYER_TYPE, layer)),
    }),
  );
  return { manifest, config, layers, descriptor: describeBlob(MANIFEST_TYPE, manifest) };
}

/** The members `blobs/sha256/…` of an image. */
export function blobMembers(...images: readonly MadeImage[]): RawMember[] {
  const blobs = images.flatMap(({ manifest, config, layers }) => [...layers, config, manifest]);
  return blobs.map((body) => ({ name: `blobs/sha256/${hexOf(digestOf(body))}`, body }));
}

export function indexMember(...manifests: readonly unknown[]): RawMember {
  const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests });
  return { name: 'index.json', body };
}

export const LAYOUT: RawMember = { name: 'oci-layout', body: '{"imageLayoutVersion":"1.0.0"}' };

/** The members of an archive as Docker before 25 wrote it, the table of images last. */
export function dockerMembers({ config, layers }: MadeImage, ...tags: readonly string[]): RawMember[] {
  const paths = layers.map((_, at) => `${String(at).repeat(64)}/layer.tar`);
  const Config = `${hexOf(digestOf(config))}.json`;
  return [
    ...layers.map((body, at) => ({ name: paths[at]!, body })),
    { name: Config, body: config },
    { name: 'manifest.json', body: JSON.stringify([{ Config, RepoTags: tags, Layers: paths }]) },
  ];
}

export async function newStore(folder: string, name = 'store'): Promise<Store> {
  return await Store.open(join(folder, name), { create: true });
}

export async function drain<Result>(
  transfer: Transfer<Result>,
): Promise<{ result: Result; events: TransferEvent[] }> {
  const events: TransferEvent[] = [];
  for (;;) {
    const step = await transfer.next();
    if (step.done) return { result: step.value, events };
    events.push(step.value);
  }
}

export async function loadBytes(store: Store, bytes: Buffer): Promise<LoadResult> {
  return (await drain(loadInto(store, Readable.from([bytes], { objectMode: false })))).result;
}

/** The failure of something that must fail. */
export async function failureOf(work: Promise<unknown>): Promise<EngineError> {
  return await work.then(
    () => {
      throw new Error('it should have failed');
    },
    (thrown: EngineError) => thrown,
  );
}

/** Names of the blob files of a store. */
export async function blobsOf(store: Store): Promise<string[]> {
  return (await readdir(join(store.folder, 'blobs', 'sha256'))).sort();
}

/** The store is as if nothing had been tried: no image, no blob, nothing half-written, no hold. */
export async function expectUntouched(store: Store): Promise<void> {
  const index = JSON.parse(await readFile(join(store.folder, 'index.json'), 'utf8')) as {
    manifests: unknown[];
  };
  expect(index.manifests).toEqual([]);
  expect(await blobsOf(store)).toEqual([]);
  const left = await readdir(join(store.folder, '.nacre'), { recursive: true });
  expect(left.sort()).toEqual(['holds', 'partials']);
}

export async function bytesOf(stream: Readable): Promise<Buffer> {
  return await buffer(stream);
}

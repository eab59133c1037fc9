/** Makes an image of a packed root file system. */

import type { Readable } from 'node:stream';
import { applyChanges, type RunConfig } from '../archive/change.ts';
import { RootFsCheck } from '../archive/rootfs-check.ts';
import { Ticker } from '../archive/ticker.ts';
import { cancelled } from '../errors.ts';
import { shortDigest } from '../oci/digest.ts';
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from '../oci/media-type.ts';
import { HOST_PLATFORM, parsePlatform } from '../oci/platform.ts';
import { parseNewName } from '../reference.ts';
import type { ImportOptions, ImportResult, Transfer, TransferEvent, TransferPart } from '../transfer.ts';
import { storeFault, throwIfAborted } from './fault.ts';
import type { BlobId, BlobWriter, Store } from './store.ts';

/**
 * An uncompressed tar becomes the one layer as it is, so its digest is the layer's diff ID. It is checked to
 * be a whole tar that stays within its root, and never unpacked. The source is destroyed at the end.
 * Errors: `bad-input` for a change, name or platform, and for what is no tar; `corrupt`, `no-space`, `cancelled`.
 */
export async function* importInto(
  store: Store,
  source: Readable,
  options: ImportOptions = {},
): Transfer<ImportResult> {
  const { signal } = options;
  const abort = () => source.destroy(cancelled());
  const made = new Set<string>();
  let hold: { add(...digests: string[]): Promise<void>; release(): Promise<void> } | undefined;
  source.on('error', () => {});
  signal?.addEventListener('abort', abort, { once: true });
  try {
    throwIfAborted(signal);
    const reference = options.reference ? parseNewName(options.reference).familiar() : '';
    const config = configOf(options);
    hold = await store.hold();
    const layer = yield* takeLayer(store, source, made, signal);
    const put = async (mediaType: string, value: unknown) => {
      const blob = await store.blobs.put(Buffer.from(JSON.stringify(value)));
      made.add(blob.digest);
      return { mediaType, ...blob };
    };
    const rootfs = { type: 'layers', diff_ids: [layer.digest] };
    const manifest = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: await put(OCI_CONFIG, { ...config, rootfs }),
      layers: [{ mediaType: OCI_LAYER, ...layer }],
    };
    const root = await put(OCI_MANIFEST, manifest);
    throwIfAborted(signal);
    yield* settle(store, root, reference);
    return { id: root.digest, reference };
  } catch (thrown) {
    throw storeFault(thrown, `import into the store ${store.folder}`);
  } finally {
    signal?.removeEventListener('abort', abort);
    source.destroy();
    await hold?.release();
    await store.drop(made);
  }
}

async function* takeLayer(
  store: Store,
  source: Readable,
  made: Set<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<TransferEvent, BlobId, void> {
  const ticker = new Ticker();
  const check = new RootFsCheck();
  const writer: BlobWriter = (await store.blobs.create(undefined, signal && { signal }))!;
  let done = 0;
  const part = (stage: 'reading' | 'done'): TransferPart => {
    return { type: 'part', id: 'archive', stage, done, total: stage === 'done' ? done : undefined };
  };
  try {
    let writing: Promise<void> | undefined;
    yield part('reading');
    for await (const chunk of source as AsyncIterable<Buffer>) {
      done += chunk.length;
      const before = writing;
      writing = writer.write(chunk) ?? undefined;
      writing?.catch(() => {});
      await check.write(chunk);
      await before;
      if (ticker.isDue()) yield part('reading');
    }
    await writing;
    throwIfAborted(signal);
    await check.end();
    const layer = await writer.commit();
    made.add(layer.digest);
    yield part('done');
    if (check.hint !== '') yield { type: 'line', topic: 'warning', text: check.hint };
    return layer;
  } catch (thrown) {
    throw check.explain(thrown);
  } finally {
    check.destroy();
    await writer.abort();
  }
}

/** Source: OCI image specification, "Image Configuration"; `comment` as Docker writes it. */
function configOf(options: ImportOptions): Record<string, unknown> {
  const platform = options.platform === undefined ? HOST_PLATFORM : parsePlatform(options.platform);
  const created = new Date().toISOString();
  const comment = options.message || 'Imported from -';
  const config: RunConfig = applyChanges(options.changes ?? []);
  const { os, architecture, variant } = platform;
  return {
    created,
    architecture,
    os,
    ...(variant && { variant }),
    comment,
    config,
    history: [{ created, comment }],
  };
}

async function* settle(
  store: Store,
  root: BlobId & { readonly mediaType: string },
  reference: string,
): AsyncGenerator<TransferEvent, void, void> {
  if (reference === '') return await store.addDangling(root);
  const { moved } = await store.setName(reference, root);
  if (moved === undefined) return;
  const text = `${reference} was the name of ${shortDigest(moved)} until now`;
  yield { type: 'line', topic: 'engine', text };
}

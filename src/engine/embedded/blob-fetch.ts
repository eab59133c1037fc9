/** Getting one blob of a pull into the store: one row on the screen from the first byte to the last. */
import { EngineError } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import type { Registry } from '../registry/registry.ts';
import type { TransferStage } from '../transfer.ts';
import type { Store } from './store.ts';
import type { TransferChannel } from './transfer-channel.ts';

export interface BlobFetch {
  readonly store: Store;
  readonly registry: Registry;
  readonly repository: string;
  readonly channel: TransferChannel;
}

/** Milliseconds and bytes between two reports. */
const REPORT_AFTER = 100;
const REPORT_BYTES = 8 * 1024 * 1024;

/**
 * Returns once the blob is in the store, verified and on disk; `isRow` tells whether people see it;
 * `arrived` is called when all of it came.
 * What came before a failure stays for the next try. Errors: as Registry.download, `no-space`.
 */
export async function fetchBlob(
  { store, registry, repository, channel }: BlobFetch,
  blob: Descriptor,
  isRow: boolean,
  signal: AbortSignal,
  arrived: () => void,
): Promise<void> {
  const { size } = blob;
  const id = shortDigest(blob.digest);
  const tell = (stage: TransferStage, done: number, note?: string) => {
    if (isRow) channel.part({ id, stage, done, total: size, ...(note !== undefined && { note }) });
  };
  for (let damaged = false; ; damaged = true) {
    const writer = await store.blobs.create(blob, { signal });
    if (writer === undefined) {
      tell('done', size, 'another job got it');
      return;
    }
    const resumed = writer.offset === 0 ? '' : `goes on after ${megabytes(writer.offset)}`;
    tell('downloading', writer.offset, resumed || undefined);
    let told = performance.now();
    let toldBytes = writer.offset;
    try {
      await registry.download(repository, blob, writer, {
        signal,
        onProgress: (bytes) => {
          const now = performance.now();
          if (now - told < REPORT_AFTER && bytes - toldBytes < REPORT_BYTES) return undefined;
          told = now;
          toldBytes = bytes;
          tell('downloading', bytes);
          return channel.untaken();
        },
        onRetry: (note) => {
          tell('retrying', toldBytes, note);
          channel.line('retry', `${id}: ${note}`);
        },
      });
      tell('checking', size);
      // The network is free while the disk is not.
      arrived();
      await writer.commit();
      tell('done', size);
      channel.line('layer', `${id} verified, ${megabytes(size)}`);
      return;
    } catch (thrown) {
      const isDamaged = thrown instanceof EngineError && thrown.code === 'corrupt';
      await writer.abort({ keep: !isDamaged });
      // A byte that was changed on the way will hardly be changed twice.
      if (!isDamaged || damaged || signal.aborted) throw thrown;
      tell('retrying', 0, 'it arrived damaged, once more from the start');
      channel.line('retry', `${id}: ${thrown.message}; once more from the start`);
    }
  }
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

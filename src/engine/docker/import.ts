/** Making an image of a root file system. */
import type { Readable } from 'node:stream';
import { asEngineError, EngineError } from '../errors.ts';
import { parsePlatform, showPlatform } from '../oci/platform.ts';
import { parseNewName } from '../reference.ts';
import type { ImportOptions, ImportResult, Transfer, TransferEvent } from '../transfer.ts';
import { SLOW_MS } from './http.ts';
import { inspectImage, listImages } from './images.ts';
import { corrupt } from './ndjson.ts';
import { imageId } from './normalise.ts';
import { relay } from './relay.ts';
import { removeImage, tagImage } from './removal.ts';
import { atLeast, type Session } from './session.ts';
import { type TransferPurpose, transferFailure, transferRefusal } from './transfer-failure.ts';
import { TransferLines } from './transfer-lines.ts';
import { archivePart, owning, Upload } from './upload.ts';
import type { TransferRow } from './wire.ts';

const DOING = 'import the archive';
const PURPOSE: TransferPurpose = { verb: 'import', subject: '', registry: '' };

/** Source: `POST /images/create?fromSrc=-`. */
export async function* importArchive(
  session: Session,
  source: Readable,
  options: ImportOptions = {},
): Transfer<ImportResult> {
  return yield* owning(source, () => take(session, source, options));
}

async function* take(session: Session, source: Readable, options: ImportOptions): Transfer<ImportResult> {
  const name = options.reference === undefined ? undefined : parseNewName(options.reference);
  const platform = options.platform && showPlatform(parsePlatform(options.platform));
  if (platform && !atLeast(session.info.apiVersion, '1.42')) checkOwnPlatform(session, platform);
  // Podman 4 ignores the tag, and the containerd store gives the name to an image that then turns out to be damaged.
  const isNamedAfterwards = session.kind !== 'docker-classic';
  yield archivePart('uploading', 0);
  const { id, bytes } = yield* relay<TransferEvent, { id: string; bytes: number }>(async (tell, signal) => {
    const upload = new Upload(source, tell);
    const lines = new TransferLines({
      isPodman: session.kind === 'podman',
      explain: (said) => transferFailure(said, PURPOSE),
    });
    const call = {
      method: 'POST',
      path: '/images/create',
      query: {
        fromSrc: '-',
        ...(name && !isNamedAfterwards && { repo: name.familiarName, tag: name.tag }),
        message: options.message || undefined,
        changes: options.changes,
        platform: platform || undefined,
      },
      headers: { 'content-type': 'application/x-tar' },
      body: upload,
      doing: DOING,
      explain: (status: number, body: string) => transferRefusal(status, body, PURPOSE),
      signal,
    } as const;
    let made = '';
    try {
      for await (const row of upload.carry(() => session.http.lines(call), signal)) {
        lines.read(row);
        const { status } = row as Partial<TransferRow>;
        if (/^(sha256:)?[0-9a-f]{64}$/.test(status ?? '')) made = imageId(status);
      }
    } catch (thrown) {
      const error = asEngineError(thrown);
      if (session.kind === 'docker-containerd') await removeDamaged(session, error);
      throw error;
    }
    if (made === '') throw corrupt(DOING, 'it names no image');
    return { id: made, bytes: upload.sent };
  }, options.signal);
  yield archivePart('done', bytes, bytes);
  if (name !== undefined && isNamedAfterwards) await tagImage(session, id, name.familiar(), options);
  return { id, reference: name?.familiar() ?? '' };
}

/** Old engines take the platform and ignore it. */
function checkOwnPlatform({ info }: Session, platform: string): void {
  if (platform === showPlatform(parsePlatform(info.platform))) return;
  throw new EngineError({
    code: 'unsupported',
    message: `cannot import for ${platform}: this engine makes images for ${info.platform} only`,
    hint: 'Leave out --platform, or import it with a newer engine.',
  });
}

/** The containerd store keeps, without a name, what it could not unpack; its failure tells by which layer to know it. */
async function removeDamaged(session: Session, error: EngineError): Promise<void> {
  const layer = /failed to extract layer (sha256:[0-9a-f]{64})/.exec(error.detail)?.[1];
  if (layer === undefined) return;
  const signal = AbortSignal.timeout(SLOW_MS);
  const dangling = await listImages(session, { filters: { dangling: true }, signal }).catch(() => []);
  for (const { id } of dangling) {
    const { diffIds } = await inspectImage(session, id, { signal }).catch(() => ({ diffIds: [] }));
    // What stays behind is dangling, and goes with the next prune.
    if (diffIds.length === 1 && diffIds[0] === layer)
      await removeImage(session, id, { signal }).catch(() => {});
  }
}

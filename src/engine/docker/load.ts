/** Loading the images of an archive. */
import type { Readable } from 'node:stream';
import type { CallOptions } from '../engine.ts';
import { EngineError } from '../errors.ts';
import { isImageId } from '../reference.ts';
import type { LoadResult, Transfer, TransferEvent } from '../transfer.ts';
import { inspectImage } from './images.ts';
import { familiarName } from './normalise.ts';
import { relay } from './relay.ts';
import type { Session } from './session.ts';
import { type TransferPurpose, transferFailure, transferRefusal } from './transfer-failure.ts';
import { TransferLines } from './transfer-lines.ts';
import { archivePart, owning, Upload } from './upload.ts';

const PURPOSE: TransferPurpose = { verb: 'load', subject: '', registry: '' };

/** Source: `POST /images/load`. */
export async function* loadArchive(
  session: Session,
  source: Readable,
  options: CallOptions = {},
): Transfer<LoadResult> {
  return yield* owning(source, () => load(session, source, options));
}

async function* load(session: Session, source: Readable, options: CallOptions): Transfer<LoadResult> {
  const lines = new TransferLines({
    isPodman: session.kind === 'podman',
    explain: (said) => transferFailure(said, PURPOSE),
  });
  yield archivePart('uploading', 0);
  const bytes = yield* relay<TransferEvent, number>(async (tell, signal) => {
    const upload = new Upload(source, tell);
    const call = {
      method: 'POST',
      path: '/images/load',
      query: { quiet: false },
      headers: { 'content-type': 'application/x-tar' },
      body: upload,
      doing: 'load the archive',
      explain: (status: number, body: string) => transferRefusal(status, body, PURPOSE),
      signal,
    } as const;
    for await (const row of upload.carry(() => session.http.lines(call), signal)) {
      for (const event of lines.read(row)) await tell(event);
    }
    return upload.sent;
  }, options.signal);
  yield archivePart('done', bytes, bytes);
  yield* lines.finish();
  if (lines.loaded.length === 0) {
    throw new EngineError({
      code: 'bad-input',
      message: 'cannot load the archive: it holds no image',
      hint: 'Give what docker save or nacre save wrote, or an OCI archive.',
    });
  }
  return { images: await imagesOf(session, lines.loaded, options) };
}

/** What was loaded, one entry an image: engines tell names, and ids only of what has none. */
async function imagesOf(
  session: Session,
  loaded: readonly string[],
  options: CallOptions,
): Promise<LoadResult['images']> {
  const images = new Map<string, string[]>();
  for (const name of loaded) {
    const { id } = await inspectImage(session, name, options);
    const references = images.get(id) ?? [];
    images.set(id, references);
    if (!isImageId(name) && !name.includes('@')) references.push(familiarName(name));
  }
  return [...images].map(([id, references]) => ({ id, references }));
}

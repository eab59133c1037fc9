/** What is inside an engine's image: its layers come as one archive, in a single pass. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { decompress, sniff } from '../archive/compression.ts';
import { archiveFault } from '../archive/fault.ts';
import { BLOCK, isTarHeader } from '../archive/tar-block.ts';
import type { CallOptions } from '../engine.ts';
import type { ContentImage, ContentSource, LayerTar, TarOptions } from '../layers/contents.ts';
import { line } from '../text.ts';
import { archiveBytes } from './archive-bytes.ts';
import { type ExportedMember, exportedMembers } from './exported-members.ts';
import { ExportedPlaces } from './exported-places.ts';
import { imageHistory } from './history.ts';
import { imageName, shownName } from './image-name.ts';
import { fetchInspect } from './images.ts';
import { readInspect } from './inspect-document.ts';
import { findLayerSteps } from './layer-steps.ts';
import { atLeast, type Session } from './session.ts';
import { type TransferPurpose, transferRefusal } from './transfer-failure.ts';
import { platformQuery } from './transfer-platform.ts';

/** Bytes of the largest document that can tell of layers. */
const LARGEST_DOCUMENT = 4 * 1024 * 1024;
/** Bytes on their way to an unpacker. */
const ROOM = 1024 * 1024;

/** `image`: as everywhere, name, digest reference, id or unique beginning of one. */
export function exportedContents(session: Session, image: string): ContentSource {
  /** As it was found last. */
  let described: Described | undefined;
  return {
    where: session.info.name,
    async describe(options = {}) {
      described = await describe(session, image, options);
      return described.image;
    },
    async *tars(wanted, options = {}) {
      described ??= await describe(session, image, options);
      return yield* exportedTars(session, image, described, wanted, options);
    },
  };
}

interface Described {
  readonly image: ContentImage;
  /** The `platform` parameter of an export; undefined where none is needed or known. */
  readonly platform: string | undefined;
}

/** Source: `GET /images/{name}/json`, `GET /images/{name}/history`. */
async function describe(session: Session, image: string, options: CallOptions): Promise<Described> {
  const [answer, history] = await Promise.all([
    fetchInspect(session, image, options),
    imageHistory(session, image, options),
  ]);
  const detail = readInspect(session, answer);
  const { id, diffIds, platform, config, size } = detail;
  const total = session.kind === 'docker-classic' ? size : undefined;
  const steps = await findLayerSteps(session, diffIds, history, total, options);
  const canChoose =
    session.kind === 'docker-containerd' && platform !== '' && atLeast(session.info.apiVersion, '1.48');
  return {
    image: {
      name: line(image),
      id,
      platform,
      config,
      layers: diffIds.map((diffId, at) => ({ diffId, ...steps[at]! })),
    },
    platform: canChoose ? platformQuery(session, image, detail, platform, '1.48') : undefined,
  };
}

/** Source: `GET /images/get`. */
async function* exportedTars(
  session: Session,
  name: string,
  { image, platform }: Described,
  wanted: ReadonlySet<number>,
  { signal, onRead }: TarOptions,
): AsyncGenerator<LayerTar, readonly (number | undefined)[]> {
  const shown = shownName(name);
  const purpose: TransferPurpose = { verb: 'read', subject: shown, registry: '' };
  const answer = session.http.passing({
    path: '/images/get',
    // By its id: a name may have moved since it was described.
    query: { names: [imageName(session.kind, image.id)], platform },
    doing: `read ${shown}`,
    subject: shown,
    explain: (status, body) => transferRefusal(status, body, purpose),
    signal,
  });
  const places = new ExportedPlaces(image.layers.map(({ diffId }) => diffId));
  const told: string[] = [];
  const archive = archiveBytes(counted(answer, onRead), purpose);
  for await (const member of exportedMembers(archive, `the engine's archive of ${shown}`)) {
    if (member.link !== undefined) {
      places.link(member.name, member.link);
      continue;
    }
    const place = places.placeOf(member.name);
    if (place === undefined ? places.areKnown : !wanted.has(place)) continue;
    const begun = await begin(member);
    if (place === undefined && !isLayer(member.name, begun.head)) {
      if (member.size <= LARGEST_DOCUMENT) places.document(member.name, await whole(begun.bytes));
      continue;
    }
    told.push(member.name);
    yield* unpacked(begun, member.name, places);
  }
  return told.map((path) => places.placeOf(path));
}

async function* counted(
  answer: AsyncIterable<Uint8Array>,
  onRead: TarOptions['onRead'],
): AsyncGenerator<Uint8Array, void, void> {
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += chunk.length;
    onRead?.(bytes, undefined);
    yield chunk;
  }
}

interface Begun {
  /** The first bytes: those of a header, or all where there are fewer; to be looked at before the others are. */
  readonly head: Buffer;
  /** All of them, each part until the next one is asked for. */
  readonly bytes: AsyncGenerator<Buffer, void, void>;
}

async function begin({ body }: ExportedMember): Promise<Begun> {
  const parts: Buffer[] = [];
  let length = 0;
  while (length < BLOCK) {
    const step = await body.next();
    if (step.done) break;
    length += step.value.length;
    // Mostly the first part is enough; one before others would be written over with them.
    parts.push(length < BLOCK ? Buffer.from(step.value) : step.value);
  }
  const head = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  async function* bytes(): AsyncGenerator<Buffer, void, void> {
    if (head.length > 0) yield head;
    yield* body;
  }
  return { head, bytes: bytes() };
}

function isLayer(name: string, head: Buffer): boolean {
  return name.endsWith('/layer.tar') || isTarHeader(head) || sniff(head) !== 'none';
}

async function whole(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of bytes) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

async function* unpacked(
  { head, bytes }: Begun,
  path: string,
  places: ExportedPlaces,
): AsyncGenerator<LayerTar, void, void> {
  const stream = (tar: AsyncIterable<Buffer>): LayerTar => ({
    kind: 'stream',
    get layer() {
      return places.placeOf(path);
    },
    bytes: places.placeOf(path) === undefined ? hashed(tar, path, places) : tar,
  });
  if (sniff(head) === 'none') {
    yield stream(bytes);
    return;
  }
  const packed = Readable.from(kept(bytes), { objectMode: false, highWaterMark: ROOM });
  const plain = await decompress(packed);
  try {
    yield stream(readable(plain.stream));
  } finally {
    plain.stream.destroy();
    packed.destroy();
    // Until then it may still take bytes, which are the next member's.
    await finished(packed).catch(() => {});
  }
}

/** For whoever reads ahead. */
async function* kept(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  for await (const part of bytes) yield Buffer.from(part);
}

/** The containerd store names layers by what they are packed in: which one it was is known with its last byte, not the archive's. */
async function* hashed(
  tar: AsyncIterable<Buffer>,
  path: string,
  places: ExportedPlaces,
): AsyncGenerator<Buffer, void, void> {
  const hash = createHash('sha256');
  for await (const chunk of tar) {
    hash.update(chunk);
    yield chunk;
  }
  places.hashed(path, `sha256:${hash.digest('hex')}`);
}

async function* readable(stream: Readable): AsyncGenerator<Buffer, void, void> {
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (thrown) {
    throw archiveFault(thrown);
  }
}

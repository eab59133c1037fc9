/** The bytes of files of an image, of many in one pass over each of their layers. */
import type { FileHandle } from 'node:fs/promises';
import { damaged } from '../archive/fault.ts';
import { cancelled } from '../errors.ts';
import { BodyScan, type ScannedBody } from './body-scan.ts';
import { BodySpool } from './body-spool.ts';
import type { ContentSource, LayerTar, TarOptions } from './contents.ts';
import { FileWindow } from './file-window.ts';
import { FLAG, type LayerIndex } from './layer-index.ts';
import type { EntryPlace } from './linked-file.ts';
import { shownPath } from './shown-path.ts';
import { WantedBodies } from './wanted-bodies.ts';

/** Files come one after the other, in the source's order; `bytes` may only be looked at until the next event is asked for. */
export type BodyEvent =
  | { readonly type: 'begin'; readonly place: EntryPlace; readonly size: number }
  /** What is not told of a file are holes: zeros. */
  | { readonly type: 'bytes'; readonly position: number; readonly bytes: Buffer }
  | { readonly type: 'end' };

export interface BodyOptions extends TarOptions {
  /** Bytes of each file that are enough. */
  readonly most?: number;
}

type FileTar = Extract<LayerTar, { kind: 'file' }>;

/** Bytes read at once of a file that is walked through. */
const WINDOW = 64 * 1024;

/**
 * The bodies of `wanted`, entries of type `file`, each told once; reading stops as soon as all are through.
 * Errors: those of the source, `corrupt` where a layer breaks off or lacks one, `cancelled`.
 */
export async function* fileBodies(
  source: ContentSource,
  indexes: readonly LayerIndex[],
  wanted: readonly EntryPlace[],
  options: BodyOptions = {},
): AsyncGenerator<BodyEvent> {
  const bodies = new WantedBodies(indexes, wanted);
  for (const place of bodies.empty) {
    yield { type: 'begin', place, size: 0 };
    yield { type: 'end' };
  }
  if (bodies.isWhole) return;
  const { most = Number.POSITIVE_INFINITY, signal } = options;
  const spool = new BodySpool();
  const tars = source.tars(bodies.layers, options);
  /** The layer of each tar so far, where the source has told it. */
  const known: (number | undefined)[] = [];
  try {
    for (;;) {
      const next = await tars.next();
      if (next.done) {
        for (const [nth, layer] of next.value.entries())
          if (layer !== undefined && known[nth] === undefined) yield* setAside(nth, layer, spool, bodies);
        break;
      }
      const tar = next.value;
      const { layer } = tar;
      const nth = known.push(layer) - 1;
      spool.nextTar();
      if (layer === undefined) {
        const isWanted = (offset: number, size: number): boolean => bodies.couldBe(offset, size);
        for await (const event of bodiesIn(tar, isWanted, most, signal)) await spool.add(event);
        // What came with it may have told.
        known[nth] = tar.layer;
        if (tar.layer !== undefined) yield* setAside(nth, tar.layer, spool, bodies);
      } else yield* bodies.told(layer, knownBodies(tar, layer, indexes, bodies, most, signal));
      if (bodies.isWhole) return;
    }
  } finally {
    await tars.return([]);
    await spool.close();
  }
  for (const { layer, entry } of bodies.missing())
    throw damaged(`layer ${layer + 1} came without ${shownPath(indexes[layer]!.path(entry))}`);
}

async function* setAside(
  tar: number,
  layer: number,
  spool: BodySpool,
  bodies: WantedBodies,
): AsyncGenerator<BodyEvent> {
  for (const offset of bodies.offsetsOf(layer)) yield* bodies.told(layer, spool.bodyAt(tar, offset));
}

async function* knownBodies(
  tar: LayerTar,
  layer: number,
  indexes: readonly LayerIndex[],
  bodies: WantedBodies,
  most: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ScannedBody> {
  const index = indexes[layer]!;
  if (tar.kind === 'file') {
    const window = new FileWindow(tar.handle, tar.start + tar.length);
    for (const offset of bodies.offsetsOf(layer)) {
      const entry = bodies.entryAt(layer, offset)!;
      if (!index.has(entry, FLAG.sparse))
        yield* plainBody(tar, window, offset, index.size(entry), most, signal);
    }
  }
  // Of sparse files the header is needed, which only a walk through the tar finds.
  if (!bodies.misses(layer)) return;
  const isWanted = (offset: number): boolean => bodies.entryAt(layer, offset) !== undefined;
  yield* bodiesIn(tar, isWanted, most, signal, () => !bodies.misses(layer));
}

/** From where the index says that it is. */
async function* plainBody(
  tar: FileTar,
  window: FileWindow,
  offset: number,
  size: number,
  most: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ScannedBody> {
  if (offset + size > tar.length) throw damaged('a layer ends in the middle');
  yield { type: 'begin', offset, size };
  const end = Math.min(size, most);
  for (let position = 0; position < end; ) {
    if (signal?.aborted) throw cancelled();
    const bytes = await window.read(tar.start + offset + position, end - position);
    yield { type: 'bytes', position, bytes };
    position += bytes.length;
  }
  yield { type: 'end' };
}

/** Of a tar that is gone through from its beginning, until `isDone`. */
async function* bodiesIn(
  tar: LayerTar,
  isWanted: (offset: number, size: number) => boolean,
  most: number,
  signal: AbortSignal | undefined,
  isDone: () => boolean = () => false,
): AsyncGenerator<ScannedBody> {
  const reading = new BodyScan(isWanted);
  let isCut = false;
  for await (const chunk of tar.kind === 'stream' ? tar.bytes : windowsOf(tar, reading)) {
    if (signal?.aborted) throw cancelled();
    reading.scan.write(chunk);
    for (const event of reading.take()) {
      if (event.type === 'begin') isCut = false;
      if (isCut) continue;
      if (event.type !== 'bytes' || event.position + event.bytes.length < most) {
        yield event;
        continue;
      }
      const bytes = event.bytes.subarray(0, Math.max(0, most - event.position));
      yield { ...event, bytes };
      yield { type: 'end' };
      isCut = true;
    }
    if (isDone()) return;
  }
  reading.scan.end();
}

/** A tar in a file, what nobody wants of it left out. */
async function* windowsOf(tar: FileTar, reading: BodyScan): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(WINDOW);
  const { scan } = reading;
  while (scan.position < tar.length && !scan.ended) {
    const { skippable } = scan;
    const rest = tar.length - scan.position;
    if (!reading.isWithin && skippable > 0) {
      if (skippable > rest) throw damaged('a layer ends in the middle');
      scan.skip(skippable);
      continue;
    }
    yield await readAt(tar.handle, buffer, Math.min(buffer.length, rest), tar.start + scan.position);
  }
}

async function readAt(handle: FileHandle, buffer: Buffer, length: number, at: number): Promise<Buffer> {
  const { bytesRead } = await handle.read(buffer, 0, length, at);
  if (bytesRead === 0) throw damaged('a layer ends in the middle');
  return buffer.subarray(0, bytesRead);
}

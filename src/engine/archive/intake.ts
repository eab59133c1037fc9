/**
 * Takes in the members of an archive in one pass, before it is known what they are: the list of images comes
 * last in most archives. Descriptions stay in memory, what can be a layer goes to the store under its digest.
 */
import { open, statfs } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { BlobId, Hold, Store } from '../embedded/store.ts';
import type { CallOptions } from '../engine.ts';
import { cancelled, EngineError } from '../errors.ts';
import { digestOf } from '../oci/digest.ts';
import type { TransferEvent } from '../transfer.ts';
import { type Compression, sniff } from './compression.ts';
import { archiveFault, damaged, notAnArchive, shown } from './fault.ts';
import { beginning, gather, pour } from './member-body.ts';
import { followLinks, LONGEST, memberPath } from './member-path.ts';
import { BLOCK, isTarHeader } from './tar-block.ts';
import { readTar, type TarMember } from './tar-reader.ts';
import { Ticker } from './ticker.ts';

type Member =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'blob'; readonly blob: BlobId }
  | { readonly kind: 'link'; readonly target: string; readonly isSymbolic: boolean };

/** What names the images of an archive; each can be there once. */
const TABLES = new Set(['index.json', 'manifest.json', 'repositories', 'oci-layout']);
/** Bytes. No table or config comes near. */
export const TABLE_LIMIT = 16 * 1024 * 1024;
/** Bytes of one member up to which it may be kept in memory, and of all of them. */
const SMALL = 1024 * 1024;
const MEMORY = 32 * 1024 * 1024;
/** Members that no archive of images has, after which it is none. */
const STRANGERS = 1_000;
/** Bytes from which on it is worth to ask whether the disk can take them. */
const LARGE = 16 * 1024 * 1024;

const BLOB = /^blobs\/sha256\/([0-9a-f]{64})$/;

export class Intake {
  /** Digests of what was written, or was there already. */
  readonly digests = new Set<string>();
  readonly #store: Store;
  readonly #hold: Hold;
  readonly #members = new Map<string, Member>();
  #memory = 0;
  #strangers = 0;
  #warnings = 0;

  constructor(store: Store, hold: Hold) {
    this.#store = store;
    this.#hold = hold;
  }

  /** Errors: `bad-input` for no archive, `corrupt`, `no-space`, `cancelled`. */
  async *take(source: Readable, { signal }: CallOptions = {}): AsyncGenerator<TransferEvent, void, void> {
    const ticker = new Ticker();
    let read = 0;
    const archive = (stage: 'reading' | 'done'): TransferEvent => ({
      type: 'part',
      id: 'archive',
      stage,
      done: read,
      total: stage === 'done' ? read : undefined,
    });
    const onRead = (bytes: number) => {
      read = bytes;
    };
    yield archive('reading');
    for await (const member of readTar(source, { ...(signal && { signal }), onRead })) {
      for await (const event of this.#takeMember(member, signal, ticker)) {
        if (event.type === 'part') yield archive('reading');
        yield event;
      }
    }
    yield archive('done');
  }

  has(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  /** The bytes of a small member, its links followed; undefined where there is none. Errors: `corrupt`. */
  async read(path: string): Promise<Buffer | undefined> {
    const member = this.#find(path);
    if (member?.kind === 'bytes') return member.bytes;
    return member && (await this.#store.blobs.read(member.blob.digest, TABLE_LIMIT));
  }

  /** A member as a blob of the store, its links followed; undefined where there is none. */
  async blob(path: string): Promise<BlobId | undefined> {
    const member = this.#find(path);
    if (member === undefined || member.kind === 'blob') return member?.blob;
    return await this.put(member.bytes);
  }

  /** Puts bytes into the store, held. */
  async put(bytes: Uint8Array): Promise<BlobId> {
    const digest = digestOf(bytes);
    // Held first: one that is there already could be collected in between.
    await this.#hold.add(digest);
    this.digests.add(digest);
    return await this.#store.blobs.put(bytes);
  }

  /** How a blob of the store is packed. */
  async compressionOf(digest: string): Promise<Compression> {
    const file = await open(this.#store.blobs.path(digest));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(BLOCK), 0, BLOCK, 0);
      return sniff(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  }

  #find(path: string): Exclude<Member, { kind: 'link' }> | undefined {
    const end = followLinks(path, (at) => {
      const member = this.#members.get(at);
      return member?.kind === 'link' ? member : undefined;
    });
    const member = end === undefined ? undefined : this.#members.get(end);
    return member?.kind === 'link' ? undefined : member;
  }

  async *#takeMember(
    member: TarMember,
    signal: AbortSignal | undefined,
    ticker: Ticker,
  ): AsyncGenerator<TransferEvent, void, void> {
    const { name, type } = member;
    if (type === 'directory') return;
    const path = memberPath(name);
    if (path === undefined)
      return yield* this.#warn(`passed over ${shown(name)}: it lies outside the archive`);
    if (type === 'other')
      return yield* this.#warn(`passed over ${shown(name)}: it is neither a file nor a link`);
    if (type === 'link' || type === 'symlink') {
      if (TABLES.has(path)) return yield* this.#warn(`passed over ${shown(name)}: it is a link`);
      if (member.target.length > LONGEST)
        return yield* this.#warn(`passed over ${shown(name)}: it leads to a name that is too long`);
      this.#members.set(path, { kind: 'link', target: member.target, isSymbolic: type === 'symlink' });
      return;
    }
    if (TABLES.has(path)) return await this.#takeTable(path, member);
    const hex = BLOB.exec(path)?.[1];
    if (hex !== undefined) {
      const blob = { digest: `sha256:${hex}`, size: member.size };
      yield* this.#takeBlob(path, member.body, blob.size, blob, signal, ticker);
      return;
    }
    yield* this.#takeOther(path, member, signal, ticker);
  }

  async #takeTable(path: string, member: TarMember): Promise<void> {
    if (member.size > TABLE_LIMIT) {
      throw damaged(`its ${path} says it has ${member.size} bytes, more than any list of images`);
    }
    const bytes = await gather(member.body);
    const known = this.#members.get(path);
    // Tools that take the first and tools that take the last would see different images.
    if (known !== undefined && !(known.kind === 'bytes' && known.bytes.equals(bytes))) {
      throw damaged(`it holds two different ${path}`);
    }
    this.#members.set(path, { kind: 'bytes', bytes });
  }

  async *#takeOther(
    path: string,
    member: TarMember,
    signal: AbortSignal | undefined,
    ticker: Ticker,
  ): AsyncGenerator<TransferEvent, void, void> {
    if (member.size <= SMALL && this.#memory + member.size <= MEMORY) {
      const bytes = await gather(member.body);
      if (!isWanted(bytes)) return this.#passStranger(path);
      this.#memory += bytes.length;
      this.#members.set(path, { kind: 'bytes', bytes });
      return;
    }
    const { head, whole } = await beginning(member.body, BLOCK);
    if (isWanted(head)) {
      yield* this.#takeBlob(path, whole, member.size, undefined, signal, ticker);
      return;
    }
    for await (const _ of whole) if (signal?.aborted) throw cancelled();
    this.#passStranger(path);
  }

  async *#takeBlob(
    path: string,
    body: AsyncIterable<Buffer>,
    size: number,
    expected: BlobId | undefined,
    signal: AbortSignal | undefined,
    ticker: Ticker,
  ): AsyncGenerator<TransferEvent, void, void> {
    const part = { type: 'part', id: partName(path), total: size } as const;
    if (expected !== undefined) {
      await this.#hold.add(expected.digest);
      this.digests.add(expected.digest);
      this.#members.set(path, { kind: 'blob', blob: expected });
    }
    if (size >= LARGE) await this.#checkSpace(path, size);
    const writer = await this.#store.blobs.create(expected, signal && { signal });
    if (writer === undefined) {
      yield { ...part, stage: 'present', done: size };
      return;
    }
    try {
      for await (const done of pour(body, writer)) {
        if (ticker.isDue()) yield { ...part, stage: 'writing', done };
      }
      const blob = await writer.commit();
      this.digests.add(blob.digest);
      this.#members.set(path, { kind: 'blob', blob });
    } catch (thrown) {
      throw archiveFault(thrown);
    } finally {
      await writer.abort();
    }
    yield { ...part, stage: 'done', done: size };
  }

  /** A header can claim anything; better to say so now than to fill the disk to its last byte. */
  async #checkSpace(path: string, size: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#store.folder);
    if (size <= bavail * bsize) return;
    throw new EngineError({
      code: 'no-space',
      message: `${shown(path)} in the archive is said to have ${size} bytes, and the store ${this.#store.folder} has ${bavail * bsize} left`,
      hint: 'Free some space there, or choose a store on another disk with --store DIR.',
    });
  }

  #passStranger(path: string): void {
    if (++this.#strangers <= STRANGERS || this.digests.size > 0) return;
    throw notAnArchive(`it has ${this.#strangers} files that belong to none, such as ${shown(path)}`);
  }

  *#warn(text: string): Generator<TransferEvent, void, void> {
    if (++this.#warnings <= 20) yield { type: 'line', topic: 'warning', text };
  }
}

/** Descriptions, and what can be a layer; an archive holds nothing else that matters. */
function isWanted(head: Buffer): boolean {
  return /^\s*\{/.test(head.toString('latin1', 0, BLOCK)) || sniff(head) !== 'none' || isTarHeader(head);
}

/** Most archives call a member by a digest: `blobs/sha256/<hex>`, `<hex>/layer.tar`, `<hex>.tar`. */
function partName(path: string): string {
  return /[0-9a-f]{64}/.exec(path)?.[0].slice(0, 12) ?? shown(path);
}

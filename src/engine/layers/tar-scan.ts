/**
 * Reads the headers of a tar and steps over its bodies: fed with bytes as they come, or told where to go on by whoever
 * can seek. The same reading serves a stream from an engine, a blob in a store and an archive on disk.
 */

import { damaged } from '../archive/fault.ts';
import { BLOCK } from '../archive/tar-block.ts';
import { type PaxRecords, readPaxRecords } from './pax-records.ts';
import type { ScannedMember } from './scanned-member.ts';
import { emptyHeader, readTarHeader, type TarHeader, TYPE } from './tar-header.ts';

export interface TarScanEvents {
  onMember(member: ScannedMember): void;
  /** The bytes of the last member's body, where `wantsBodies` is set; holes of sparse files are left out. */
  onBody?(bytes: Buffer): void;
  /** The last member's body is over. */
  onBodyEnd?(): void;
}

/** Bytes of pax records that are too many to be true. */
const MOST_RECORDS = 1024 * 1024;
/** Bytes of a name that are too many: no system takes paths beyond 4,096. */
const LONGEST_NAME = 8192;
const NOTHING = Buffer.alloc(0);
const SLASH = 0x2f;

type Special = 'name' | 'link' | 'pax' | 'global';

export class TarScan {
  /** Where the next byte that is fed stands in the tar. */
  position = 0;
  /** The end mark has been read: what follows is padding. */
  ended = false;
  readonly #events: TarScanEvents;
  readonly #header: TarHeader = emptyHeader();
  /** The beginning of a header or of a special body whose rest has not come. */
  #held = NOTHING;
  #special: { readonly kind: Special; readonly size: number } | undefined;
  /** More maps of a sparse file follow. */
  #maps = false;
  /** Bytes of a body that are still to come, and of its padding. */
  #body = 0;
  #padding = 0;
  #inBody = false;
  #empty = 0;
  #members = 0;
  #longName: Buffer | undefined;
  #longLink: Buffer | undefined;
  #pax: PaxRecords = {};
  #global: PaxRecords = {};

  constructor(events: TarScanEvents) {
    this.#events = events;
  }

  /** Bytes that come next and that nobody looks at: who can seek may leave them out and call `skip`. */
  get skippable(): number {
    if (this.#held.length > 0) return 0;
    return this.#body + this.#padding;
  }

  /** `bytes`: at most `skippable`. */
  skip(bytes: number): void {
    const body = Math.min(bytes, this.#body);
    this.position += bytes;
    this.#body -= body;
    this.#padding -= bytes - body;
    if (this.#body === 0) this.#endBody();
  }

  /** Errors: `corrupt` for bytes that are no header. */
  write(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.ended) {
        this.position += chunk.length - at;
        return;
      }
      if (this.#body > 0 || this.#padding > 0) {
        at = this.#pass(chunk, at);
        continue;
      }
      const wanted = this.#special === undefined ? BLOCK : roundUp(this.#special.size);
      let block = chunk;
      let start = at;
      if (this.#held.length > 0 || chunk.length - at < wanted) {
        const part = chunk.subarray(at, at + wanted - this.#held.length);
        this.#held = this.#held.length === 0 ? Buffer.from(part) : Buffer.concat([this.#held, part]);
        this.position += part.length;
        at += part.length;
        if (this.#held.length < wanted) return;
        block = this.#held;
        start = 0;
        this.#held = NOTHING;
      } else {
        this.position += wanted;
        at += wanted;
      }
      if (this.#maps) this.#readMaps(block, start);
      else if (this.#special === undefined) this.#readHeader(block, start);
      else this.#readSpecial(block.subarray(start, start + this.#special.size));
    }
  }

  /** The tar is over. Errors: `corrupt` where it ends in the middle of something. */
  end(): void {
    if (
      this.#body > 0 ||
      this.#padding > 0 ||
      this.#held.length > 0 ||
      this.#special !== undefined ||
      this.#maps
    )
      throw damaged('it ends in the middle');
  }

  #pass(chunk: Buffer, from: number): number {
    let at = from;
    if (this.#body > 0) {
      const length = Math.min(this.#body, chunk.length - at);
      this.#events.onBody?.(chunk.subarray(at, at + length));
      this.#body -= length;
      at += length;
      if (this.#body === 0) this.#endBody();
    }
    const padding = Math.min(this.#padding, chunk.length - at);
    this.#padding -= padding;
    at += padding;
    this.position += at - from;
    return at;
  }

  #endBody(): void {
    if (!this.#inBody) return;
    this.#inBody = false;
    this.#events.onBodyEnd?.();
  }

  #readHeader(block: Buffer, at: number): void {
    const header = this.#header;
    const kind = readTarHeader(block, at, header);
    if (kind === 'empty') {
      // One empty block among members is passed over, as GNU tar does it.
      this.ended = ++this.#empty === 2;
      return;
    }
    if (kind === 'damaged') {
      const place = this.position - BLOCK;
      throw damaged(
        this.#members === 0 && place === 0
          ? 'it is no tar'
          : `its header at byte ${place} has a wrong checksum`,
      );
    }
    this.#empty = 0;
    const special = specialOf(header.type);
    if (special !== undefined) {
      if (header.size > MOST_RECORDS)
        throw damaged(`a name or attribute of ${header.size} bytes is too long`);
      this.#special = { kind: special, size: header.size };
      if (header.size === 0) this.#readSpecial(NOTHING);
      return;
    }
    if (header.sparse?.extended) {
      this.#maps = true;
      // The block may be used again before the last map is read.
      header.name = Buffer.from(header.name);
      header.link = Buffer.from(header.link);
      return;
    }
    this.#tell();
  }

  /** Source: GNU tar, `struct sparse_header`: 21 maps, then whether one more block of them follows. */
  #readMaps(block: Buffer, at: number): void {
    if (block[at + 504] !== 0) return;
    this.#maps = false;
    this.#tell();
  }

  #readSpecial(bytes: Buffer): void {
    const { kind } = this.#special!;
    this.#special = undefined;
    if (kind === 'name') this.#longName = untilZero(bytes);
    else if (kind === 'link') this.#longLink = untilZero(bytes);
    else {
      // Copied: a chunk that is kept would keep all of its memory.
      const records = readPaxRecords(Buffer.from(bytes));
      if (records === undefined) throw damaged('its extended attributes cannot be read');
      if (kind === 'global') this.#global = { ...this.#global, ...records };
      else this.#pax = records;
    }
  }

  #tell(): void {
    const header = this.#header;
    const pax = { ...this.#global, ...this.#pax };
    const stored = hasBody(header.type) ? (pax.size ?? header.size) : 0;
    if (!Number.isSafeInteger(stored) || stored < 0) throw damaged('a member has no size that can be');
    const name = pax.sparseName ?? pax.path ?? this.#longName ?? header.name;
    if (name.length > LONGEST_NAME) throw damaged(`a name of ${name.length} bytes is too long`);
    this.#members++;
    // Before POSIX, a folder was a file whose name ends with a slash.
    const isFolder = header.type === TYPE.file && name.at(-1) === SLASH;
    this.#body = stored;
    this.#padding = roundUp(stored) - stored;
    this.#inBody = true;
    this.#events.onMember({
      type: isFolder ? TYPE.directory : header.type === TYPE.gnuSparse ? TYPE.file : header.type,
      name,
      link: pax.link ?? this.#longLink ?? header.link,
      mode: header.mode,
      uid: pax.uid ?? header.uid,
      gid: pax.gid ?? header.gid,
      mtime: pax.mtime ?? header.mtime,
      size: pax.sparseSize ?? header.sparse?.size ?? stored,
      stored,
      offset: this.position,
    });
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#pax = {};
    if (stored === 0) this.#endBody();
  }
}

function specialOf(type: number): Special | undefined {
  if (type === TYPE.paxLocal) return 'pax';
  if (type === TYPE.gnuLongName) return 'name';
  if (type === TYPE.gnuLongLink) return 'link';
  return type === TYPE.paxGlobal ? 'global' : undefined;
}

function hasBody(type: number): boolean {
  return type < TYPE.hardLink || type > TYPE.fifo;
}

function roundUp(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function untilZero(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end));
}

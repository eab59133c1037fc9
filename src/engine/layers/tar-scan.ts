/**
 * Reads the headers of a tar and steps over its bodies: fed with bytes as they come, or told where to go on by whoever
 * can seek. The same reading serves a stream from an engine, a blob in a store and an archive on disk.
 */

import { damaged } from '../archive/fault.ts';
import { BLOCK } from '../archive/tar-block.ts';
import { ScannedMember } from './scanned-member.ts';
import { IN_BODY } from './sparse-map.ts';
import { type Special, SpecialRecords, specialOf } from './special-records.ts';
import { emptyHeader, readTarHeader, sparsePairs, type TarHeader, TYPE } from './tar-header.ts';

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
/** Numbers in the map of a sparse file that are too many to be true. */
const MOST_PAIRS = 2 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);
const SLASH = 0x2f;

export class TarScan {
  /** Where the next byte that is fed stands in the tar. */
  position = 0;
  /** The end mark has been read: what follows is padding. */
  ended = false;
  /** That have been told. */
  members = 0;
  readonly #events: TarScanEvents;
  readonly #header: TarHeader = emptyHeader();
  readonly #member = new ScannedMember();
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
  readonly #records = new SpecialRecords();

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
      if (this.#events.onBody !== undefined) this.#events.onBody(chunk.subarray(at, at + length));
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
        this.members === 0 && place === 0
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
      header.nameSource = Buffer.from(header.nameSource.subarray(header.nameStart, header.nameEnd));
      header.nameStart = 0;
      header.nameEnd = header.nameSource.length;
      return;
    }
    this.#tell();
  }

  /** Source: GNU tar, `struct sparse_header`: 21 maps, then whether one more block of them follows. */
  #readMaps(block: Buffer, at: number): void {
    const map = this.#header.sparse!.map;
    if (map.length > MOST_PAIRS) throw damaged('the map of a sparse file does not end');
    map.push(...sparsePairs(block, at, 21));
    if (block[at + 504] !== 0) return;
    this.#maps = false;
    this.#tell();
  }

  #readSpecial(bytes: Buffer): void {
    const { kind } = this.#special!;
    this.#special = undefined;
    this.#records.take(kind, bytes);
  }

  #tell(): void {
    const header = this.#header;
    const member = this.#member;
    const { pax, longName: gnuName, longLink } = this.#records;
    const stored = hasBody(header.type) ? (pax.size ?? header.size) : 0;
    if (!Number.isSafeInteger(stored) || stored < 0) throw damaged('a member has no size that can be');
    const longName = pax.sparseName ?? pax.path ?? gnuName;
    member.nameSource = longName ?? header.nameSource;
    member.nameStart = longName === undefined ? header.nameStart : 0;
    member.nameEnd = longName === undefined ? header.nameEnd : longName.length;
    const length = member.nameEnd - member.nameStart;
    if (length > LONGEST_NAME) throw damaged(`a name of ${length} bytes is too long`);
    this.members++;
    // Before POSIX, a folder was a file whose name ends with a slash.
    const isFolder =
      header.type === TYPE.file && member.nameSource[member.nameEnd - 1] === SLASH && length > 0;
    member.type = isFolder ? TYPE.directory : header.type === TYPE.gnuSparse ? TYPE.file : header.type;
    member.link = pax.link ?? longLink ?? header.link;
    member.mode = header.mode;
    member.uid = pax.uid ?? header.uid;
    member.gid = pax.gid ?? header.gid;
    member.mtime = pax.mtime ?? header.mtime;
    member.size = pax.sparseSize ?? header.sparse?.size ?? stored;
    member.stored = stored;
    member.sparse = pax.sparseInBody ? IN_BODY : (pax.sparseMap ?? header.sparse?.map);
    member.offset = this.position;
    this.#body = stored;
    this.#padding = roundUp(stored) - stored;
    this.#inBody = true;
    this.#records.next();
    this.#events.onMember(member);
    if (stored === 0) this.#endBody();
  }
}

function hasBody(type: number): boolean {
  return type < TYPE.hardLink || type > TYPE.fifo;
}

function roundUp(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** One header of a tar, read from its 512 bytes. Source: POSIX pax, "ustar Interchange Format"; GNU tar, "Basic Tar Format". */
import { BLOCK } from '../archive/tar-block.ts';

/** What a header says of the member that follows; reused for each header, so nothing of it may be kept. */
export interface TarHeader {
  /** The type flag as it stands there; 0 and `7` (contiguous) are told as `0`. */
  type: number;
  /** Where the bytes of the name stand, prefix included. */
  nameSource: Buffer;
  nameStart: number;
  nameEnd: number;
  /** Empty for what is no link. */
  link: Buffer;
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of the body that follows. */
  size: number;
  /** Unix seconds. */
  mtime: number;
  /** An old GNU sparse file: whether more maps follow, the size it has when it is unpacked, and the first of its map. */
  sparse: { readonly extended: boolean; readonly size: number; readonly map: number[] } | undefined;
}

export const TYPE = {
  file: 0x30,
  hardLink: 0x31,
  symlink: 0x32,
  charDevice: 0x33,
  blockDevice: 0x34,
  directory: 0x35,
  fifo: 0x36,
  contiguous: 0x37,
  gnuLongLink: 0x4b,
  gnuLongName: 0x4c,
  gnuSparse: 0x53,
  paxGlobal: 0x67,
  paxLocal: 0x78,
} as const;

const NOTHING = Buffer.alloc(0);
/** Where fields begin, and where what is longer than eight bytes ends. */
const FIELD = {
  name: 0,
  nameEnd: 100,
  mode: 100,
  uid: 108,
  gid: 116,
  size: 124,
  sizeEnd: 136,
  mtime: 136,
  mtimeEnd: 148,
  checksum: 148,
  checksumEnd: 156,
  type: 156,
  link: 157,
  linkEnd: 257,
  magic: 257,
  prefix: 345,
  prefixEnd: 500,
  sparseMap: 386,
  sparseExtended: 482,
  sparseSize: 483,
  sparseSizeEnd: 495,
} as const;
const SPACE = 0x20;
const SLASH = 0x2f;

/** What `readTarHeader` found: a member, zeros as at the end of a tar, or bytes whose checksum is wrong. */
export type HeaderKind = 'member' | 'empty' | 'damaged';

export function emptyHeader(): TarHeader {
  return {
    type: TYPE.file,
    nameSource: NOTHING,
    nameStart: 0,
    nameEnd: 0,
    link: NOTHING,
    mode: 0,
    uid: 0,
    gid: 0,
    size: 0,
    mtime: 0,
    sparse: undefined,
  };
}

/** Reads the header at `at` into `header`. */
export function readTarHeader(block: Buffer, at: number, header: TarHeader): HeaderKind {
  const written = number(block, at + FIELD.checksum, at + FIELD.checksumEnd);
  if (!isSum(block, at, written)) return isEmpty(block, at) ? 'empty' : 'damaged';
  const flag = block[at + FIELD.type]!;
  header.type = flag === 0 || flag === TYPE.contiguous ? TYPE.file : flag;
  header.nameSource = block;
  header.nameStart = at;
  header.nameEnd = endOf(block, at, at + FIELD.nameEnd);
  header.link =
    flag === TYPE.hardLink || flag === TYPE.symlink
      ? text(block, at + FIELD.link, at + FIELD.linkEnd)
      : NOTHING;
  header.size = number(block, at + FIELD.size, at + FIELD.sizeEnd);
  header.mode = number(block, at + FIELD.mode, at + FIELD.uid) & 0o7777;
  header.uid = number(block, at + FIELD.uid, at + FIELD.gid);
  header.gid = number(block, at + FIELD.gid, at + FIELD.size);
  header.mtime = number(block, at + FIELD.mtime, at + FIELD.mtimeEnd);
  header.sparse = undefined;
  const format = formatOf(block, at);
  if (format === 'ustar') {
    if (block[at + FIELD.prefix] !== 0) {
      const name = block.subarray(header.nameStart, header.nameEnd);
      header.nameSource = Buffer.concat([
        text(block, at + FIELD.prefix, at + FIELD.prefixEnd),
        Buffer.of(SLASH),
        name,
      ]);
      header.nameStart = 0;
      header.nameEnd = header.nameSource.length;
    }
  } else if (format === 'gnu' && flag === TYPE.gnuSparse) {
    header.sparse = {
      extended: block[at + FIELD.sparseExtended] !== 0,
      size: number(block, at + FIELD.sparseSize, at + FIELD.sparseSizeEnd),
      map: sparsePairs(block, at + FIELD.sparseMap, 4),
    };
  }
  if (hasNoBody(header.type)) header.size = 0;
  return 'member';
}

/** Pairs of where bytes of a sparse file belong and how many they are. Source: GNU tar, `struct sparse`. */
export function sparsePairs(block: Buffer, at: number, count: number): number[] {
  const pairs: number[] = [];
  for (let place = 0; place < count * 24; place += 24) {
    if (block[at + place] === 0) break;
    const start = at + place;
    pairs.push(number(block, start, start + 12), number(block, start + 12, start + 24));
  }
  return pairs;
}

/** Whatever their size field claims, these have no body. Source: POSIX pax, typeflag 1 to 6. */
function hasNoBody(type: number): boolean {
  return type >= TYPE.hardLink && type <= TYPE.fifo;
}

/** `ustar\0` is POSIX; `ustar ` is GNU tar's own, which has other fields where POSIX has the prefix. */
function formatOf(block: Buffer, at: number): 'ustar' | 'gnu' | 'old' {
  const start = at + FIELD.magic;
  const isUstar =
    block[start] === 0x75 &&
    block[start + 1] === 0x73 &&
    block[start + 2] === 0x74 &&
    block[start + 3] === 0x61 &&
    block[start + 4] === 0x72;
  if (!isUstar) return 'old';
  return block[start + 5] === SPACE ? 'gnu' : 'ustar';
}

function text(block: Buffer, start: number, last: number): Buffer {
  return block.subarray(start, endOf(block, start, last));
}

/** Where the text of a field ends. */
function endOf(block: Buffer, start: number, last: number): number {
  let end = start;
  while (end < last && block[end] !== 0) end++;
  return end;
}

/** Octal digits, or as GNU tar writes what is too large for them, base 256 with its first bit set. */
function number(block: Buffer, start: number, end: number): number {
  const first = block[start]!;
  if (first & 0x80) return base256(block, start, end);
  let value = 0;
  let place = start;
  while (place < end && block[place] === SPACE) place++;
  for (; place < end; place++) {
    const digit = block[place]! - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  return value;
}

function base256(block: Buffer, start: number, end: number): number {
  const isNegative = (block[start]! & 0x40) !== 0;
  let value = isNegative ? (block[start]! | 0x80) - 256 : block[start]! & 0x7f;
  for (let place = start + 1; place < end; place++) value = value * 256 + block[place]!;
  return value;
}

/** Some old writers summed signed bytes: either is right. */
function isSum(block: Buffer, at: number, written: number): boolean {
  if (sumOfWords(block.buffer, block.byteOffset + at) - sumOfField(block, at) === written) return true;
  let sum = 8 * SPACE;
  let high = 0;
  for (let place = at; place < at + BLOCK; place++) {
    if (place === at + 148) place += 8;
    const byte = block[place]!;
    sum += byte;
    high += byte >> 7;
  }
  return sum === written || sum - 256 * high === written;
}

/** What the bytes of the checksum itself are more than the blanks they count as. */
function sumOfField(block: Buffer, at: number): number {
  let sum = -8 * SPACE;
  for (let place = at + 148; place < at + 156; place++) sum += block[place]!;
  return sum;
}

/** The memory that headers stand in is the same for many of them. */
let summed = new DataView(new ArrayBuffer(0) as ArrayBufferLike);

/** The sum of the bytes of a block: four at a time, two in each of two numbers. */
function sumOfWords(memory: ArrayBufferLike, start: number): number {
  if (summed.buffer !== memory) summed = new DataView(memory);
  const view = summed;
  let even = 0;
  let odd = 0;
  // Four in each round: a program that has just started takes longer to go round than to add.
  for (let place = start; place < start + BLOCK; place += 16) {
    const a = view.getInt32(place);
    const b = view.getInt32(place + 4);
    const c = view.getInt32(place + 8);
    const d = view.getInt32(place + 12);
    even += (a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff) + (d & 0xff00ff);
    odd += ((a >>> 8) & 0xff00ff) + ((b >>> 8) & 0xff00ff) + ((c >>> 8) & 0xff00ff) + ((d >>> 8) & 0xff00ff);
  }
  return (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16);
}

function isEmpty(block: Buffer, at: number): boolean {
  for (let place = at; place < at + BLOCK; place++) if (block[place] !== 0) return false;
  return true;
}

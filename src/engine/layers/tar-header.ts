/** One header of a tar, read from its 512 bytes. Source: POSIX pax, "ustar Interchange Format"; GNU tar, "Basic Tar Format". */
import { BLOCK } from '../archive/tar-block.ts';

/** What a header says of the member that follows; reused for each header, so nothing of it may be kept. */
export interface TarHeader {
  /** The type flag as it stands there; 0 and `7` (contiguous) are told as `0`. */
  type: number;
  /** Bytes of the name as they stand there, prefix included. */
  name: Buffer;
  link: Buffer;
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of the body that follows. */
  size: number;
  /** Unix seconds. */
  mtime: number;
  /** An old GNU sparse file: whether more maps follow, and the size it has when it is unpacked. */
  sparse: { readonly extended: boolean; readonly size: number } | undefined;
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
const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: 156,
  link: [157, 100],
  magic: 257,
  prefix: [345, 155],
  sparseExtended: 482,
  sparseSize: [483, 12],
} as const;
const SPACE = 0x20;
const SLASH = 0x2f;

/** What `readTarHeader` found: a member, zeros as at the end of a tar, or bytes whose checksum is wrong. */
export type HeaderKind = 'member' | 'empty' | 'damaged';

export function emptyHeader(): TarHeader {
  return {
    type: TYPE.file,
    name: NOTHING,
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
  const written = number(block, at, FIELD.checksum);
  if (!isSum(block, at, written)) return isEmpty(block, at) ? 'empty' : 'damaged';
  const flag = block[at + FIELD.type]!;
  header.type = flag === 0 || flag === TYPE.contiguous ? TYPE.file : flag;
  header.name = text(block, at, FIELD.name);
  header.link = text(block, at, FIELD.link);
  header.mode = number(block, at, FIELD.mode) & 0o7777;
  header.uid = number(block, at, FIELD.uid);
  header.gid = number(block, at, FIELD.gid);
  header.size = number(block, at, FIELD.size);
  header.mtime = number(block, at, FIELD.mtime);
  header.sparse = undefined;
  const format = formatOf(block, at);
  if (format === 'ustar') {
    const prefix = text(block, at, FIELD.prefix);
    if (prefix.length > 0) header.name = Buffer.concat([prefix, Buffer.of(SLASH), header.name]);
  } else if (format === 'gnu' && flag === TYPE.gnuSparse) {
    header.sparse = {
      extended: block[at + FIELD.sparseExtended] !== 0,
      size: number(block, at, FIELD.sparseSize),
    };
  }
  if (hasNoBody(header.type)) header.size = 0;
  return 'member';
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

function text(block: Buffer, at: number, [from, length]: readonly [number, number]): Buffer {
  const start = at + from;
  let end = start;
  while (end < start + length && block[end] !== 0) end++;
  return block.subarray(start, end);
}

/** Octal digits, or as GNU tar writes what is too large for them, base 256 with its first bit set. */
function number(block: Buffer, at: number, [from, length]: readonly [number, number]): number {
  const start = at + from;
  const end = start + length;
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
  let sum = 8 * SPACE;
  let high = 0;
  for (let place = at; place < at + 148; place++) {
    const byte = block[place]!;
    sum += byte;
    high += byte >> 7;
  }
  for (let place = at + 156; place < at + BLOCK; place++) {
    const byte = block[place]!;
    sum += byte;
    high += byte >> 7;
  }
  return sum === written || sum - 256 * high === written;
}

function isEmpty(block: Buffer, at: number): boolean {
  for (let place = at; place < at + BLOCK; place++) if (block[place] !== 0) return false;
  return true;
}

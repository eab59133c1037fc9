/**
 * A layer's index as bytes: 16 of head (a mark with the version, the length of the table), a table of what columns
 * follow, the columns, each aligned to 8, and at the end the CRC-32 of all before it.
 */
import { crc32 } from 'node:zlib';
import { damaged } from '../archive/fault.ts';
import { type LayerColumns, LayerIndex } from './layer-index.ts';

const MARK = Buffer.from('nacreLI3');
const HEAD = 16;
const ALIGNED = 8;
const SUM = 4;

type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;
type Name = Exclude<keyof LayerColumns, 'count'>;
type Maker = { new (buffer: ArrayBuffer, offset: number, length: number): Column; BYTES_PER_ELEMENT: number };

const COLUMNS: Readonly<Record<Name, Maker>> = {
  names: Uint8Array,
  nameEnds: Uint32Array,
  kinds: Uint16Array,
  flags: Uint8Array,
  owners: Uint32Array,
  ownerTable: Float64Array,
  sizes: Uint32Array,
  oddSizes: Float64Array,
  mtimes: Uint32Array,
  oddTimes: Float64Array,
  blocks: Uint32Array,
  folders: Uint32Array,
  firsts: Uint32Array,
  links: Uint32Array,
  targets: Uint8Array,
  targetEnds: Uint32Array,
  digests: Uint8Array,
};
const NAMES = Object.keys(COLUMNS) as Name[];
/** Columns with one place an entry. */
const PER_ENTRY: readonly Name[] = ['nameEnds', 'kinds', 'flags', 'owners', 'sizes', 'mtimes', 'blocks'];

export function encodeIndex(index: LayerIndex): Buffer {
  return Buffer.concat(indexParts(index));
}

/** The same as parts one after the other: columns are not copied. */
export function indexParts({ columns }: LayerIndex): Buffer[] {
  const lengths = NAMES.map((name) => columns[name]?.length ?? -1);
  const table = Buffer.from(Float64Array.from([columns.count, ...lengths]).buffer);
  const parts: Buffer[] = [MARK, Buffer.alloc(HEAD - MARK.length), table];
  parts[1]!.writeUInt32LE(table.length);
  for (const name of NAMES) {
    const column = columns[name];
    if (column === undefined) continue;
    parts.push(Buffer.from(column.buffer, column.byteOffset, column.byteLength));
    parts.push(Buffer.alloc(roundUp(column.byteLength) - column.byteLength));
  }
  const sum = Buffer.alloc(SUM);
  sum.writeUInt32LE(parts.reduce((crc, part) => crc32(part, crc), 0));
  return [...parts, sum];
}

/** Bytes that tell what an index has. */
export const INDEX_HEAD = HEAD + Float64Array.BYTES_PER_ELEMENT * (NAMES.length + 1);

/** Whether contents were read: from the first `INDEX_HEAD` bytes, unchecked. */
export function headHasDigests(head: Buffer): boolean {
  if (head.length < INDEX_HEAD || !head.subarray(0, MARK.length).equals(MARK)) return false;
  return head.readDoubleLE(HEAD + Float64Array.BYTES_PER_ELEMENT * (NAMES.indexOf('digests') + 1)) >= 0;
}

/** Columns are views of `bytes`. Errors: `corrupt` for what is no whole index. */
export function decodeIndex(file: Buffer): LayerIndex {
  const bytes = file.byteOffset % ALIGNED === 0 ? file : Buffer.from(new Uint8Array(file).buffer);
  const end = bytes.length - SUM;
  if (end < HEAD || !bytes.subarray(0, MARK.length).equals(MARK)) throw damaged('it is no index of a layer');
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) throw damaged('its checksum is wrong');
  const { buffer, byteOffset } = bytes as Buffer<ArrayBuffer>;
  const table = new Float64Array(buffer, byteOffset + HEAD, NAMES.length + 1);
  const [count = 0, ...lengths] = table;
  let at = HEAD + table.byteLength;
  const columns: Partial<Record<Name, Column>> = {};
  for (const [place, name] of NAMES.entries()) {
    const length = lengths[place]!;
    if (length < 0) continue;
    const Kind = COLUMNS[name];
    if (at + length * Kind.BYTES_PER_ELEMENT > end) throw damaged('a column breaks off');
    columns[name] = new Kind(buffer, byteOffset + at, length);
    at += roundUp(length * Kind.BYTES_PER_ELEMENT);
  }
  if (PER_ENTRY.some((name) => columns[name]?.length !== count))
    throw damaged('its columns are not equally long');
  return new LayerIndex({ digests: undefined, ...columns, count } as LayerColumns);
}

function roundUp(length: number): number {
  return Math.ceil(length / ALIGNED) * ALIGNED;
}

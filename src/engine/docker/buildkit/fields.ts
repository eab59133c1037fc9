/** Protobuf messages read field by field: what is not known is skipped, as newer engines say more. */
import { BinaryReader, type WireType } from '@bufbuild/protobuf/wire';

/** How a field's value is written: the low three bits of its tag. */
const WIRE_BITS = 7;
/** A message inside a message, a text or bytes. */
const LENGTH_DELIMITED = 2;

/** The tag of a field that holds a text, bytes or a message. */
export const sized = (field: number): number => (field << 3) | LENGTH_DELIMITED;
/** The tag of a field that holds a number or a boolean. */
export const counted = (field: number): number => field << 3;

/**
 * Reads one field's value and returns true, or returns false and reads nothing. `tag` is `sized(n)` or `counted(n)`.
 */
export type ReadField = (reader: BinaryReader, tag: number) => boolean;

/** A message that fills all of `bytes`. Throws on bytes that are no message. */
export function readMessage(bytes: Uint8Array, field: ReadField): void {
  readFields(new BinaryReader(bytes), bytes.length, field);
}

/** A message inside another one, where the reader stands at its length. */
export function readInner(reader: BinaryReader, field: ReadField): void {
  const length = reader.uint32();
  readFields(reader, reader.pos + length, field);
}

function readFields(reader: BinaryReader, end: number, field: ReadField): void {
  if (end > reader.len) throw new RangeError('a message breaks off');
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (!field(reader, tag)) reader.skip((tag & WIRE_BITS) as WireType, tag >>> 3);
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
}

/** An int64: sizes, counts. Exact up to 2^53. */
export function int(reader: BinaryReader): number {
  return Number(reader.int64());
}

/** A `google.protobuf.Timestamp` as milliseconds since 1970, with fractions. */
export function moment(reader: BinaryReader): number {
  let seconds = 0;
  let nanoseconds = 0;
  readInner(reader, (inner, tag) => {
    if (tag === counted(1)) seconds = int(inner);
    else if (tag === counted(2)) nanoseconds = inner.int32();
    else return false;
    return true;
  });
  return seconds * 1000 + nanoseconds / 1e6;
}

/**
 * Protobuf messages read field by field: what is not known is skipped, as newer engines say more. A build can tell
 * ten thousand messages a second, so that nothing is made for what is only passed over.
 */

/** How a field's value is written: the low three bits of its tag. */
const WIRE_BITS = 7;
const NUMBER = 0;
const EIGHT_BYTES = 1;
/** A message inside a message, a text or bytes. */
const LENGTH_DELIMITED = 2;
const FOUR_BYTES = 5;

/** The tag of a field that holds a text, bytes or a message. */
export const sized = (field: number): number => (field << 3) | LENGTH_DELIMITED;
/** The tag of a field that holds a number or a boolean. */
export const counted = (field: number): number => field << 3;

/**
 * Reads one field's value and returns true, or returns false and reads nothing. `tag` is `sized(n)` or `counted(n)`.
 */
export type ReadField = (reader: FieldReader, tag: number) => boolean;

/** Source: the Protocol Buffers encoding. Every method throws where the bytes are no message. */
export class FieldReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at = 0;

  /** Reads the first `length` bytes. */
  constructor(bytes: Uint8Array, length = bytes.length) {
    this.#bytes = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, length);
    this.#end = length;
  }

  /** Where the message inside another one ends that begins here; without one, this message. */
  enter(): number {
    const length = this.int();
    if (length < 0 || this.#at + length > this.#end) throw new RangeError('a message breaks off');
    return this.#at + length;
  }

  get end(): number {
    return this.#end;
  }

  /** The tag of the next field of a message that ends at `end`; 0 when there is none. */
  tag(end: number): number {
    if (this.#at > end) throw new RangeError('a field is longer than its message');
    if (this.#at === end) return 0;
    const tag = this.int();
    if (tag >> 3 === 0) throw new RangeError('a field has no number');
    return tag;
  }

  /** A number, sizes and counts among them. Exact up to 2^53. */
  int(): number {
    let value = 0;
    let scale = 1;
    for (let count = 1; count <= 10; count++) {
      if (this.#at >= this.#end) throw new RangeError('a number breaks off');
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return count < 10 ? value : this.#negative();
      scale *= 128;
    }
    throw new RangeError('a number is too long');
  }

  bool(): boolean {
    return this.int() !== 0;
  }

  string(): string {
    const from = this.#skipSized();
    return this.#bytes.toString('utf8', from, this.#at);
  }

  /** A view of what is read, good as long as that is. */
  bytes(): Uint8Array {
    const from = this.#skipSized();
    return this.#bytes.subarray(from, this.#at);
  }

  /** A `google.protobuf.Timestamp` as milliseconds since 1970, with fractions. */
  moment(): number {
    const end = this.enter();
    let seconds = 0;
    let nanoseconds = 0;
    for (let tag = this.tag(end); tag !== 0; tag = this.tag(end)) {
      if (tag === counted(1)) seconds = this.int();
      else if (tag === counted(2)) nanoseconds = this.int();
      else this.skip(tag);
    }
    return seconds * 1000 + nanoseconds / 1e6;
  }

  /** Passes over the value of a field. */
  skip(tag: number): void {
    const wire = tag & WIRE_BITS;
    if (wire === NUMBER) this.int();
    else if (wire === LENGTH_DELIMITED) this.#skipSized();
    else if (wire === EIGHT_BYTES) this.#at += 8;
    else if (wire === FOUR_BYTES) this.#at += 4;
    else throw new RangeError(`no field is written as ${wire}`);
    if (this.#at > this.#end) throw new RangeError('a field breaks off');
  }

  /** Where it begins; it ends here then. */
  #skipSized(): number {
    const end = this.enter();
    const from = this.#at;
    this.#at = end;
    return from;
  }

  /** Ten bytes are a negative number: what they add up to is not exact. */
  #negative(): number {
    let value = 0n;
    for (let index = 0; index < 10; index++)
      value |= BigInt(this.#bytes[this.#at - 10 + index]! & 0x7f) << BigInt(7 * index);
    return Number(BigInt.asIntN(64, value));
  }
}

/** A message that fills all of `bytes`. Throws on bytes that are no message. */
export function readMessage(bytes: Uint8Array, field: ReadField): void {
  const reader = new FieldReader(bytes);
  readFields(reader, reader.end, field);
}

/** A message inside another one, where the reader stands at its length. */
export function readInner(reader: FieldReader, field: ReadField): void {
  readFields(reader, reader.enter(), field);
}

function readFields(reader: FieldReader, end: number, field: ReadField): void {
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) if (!field(reader, tag)) reader.skip(tag);
}

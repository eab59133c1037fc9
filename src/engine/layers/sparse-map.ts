/** Sparse files as GNU tar writes them: their holes are left out of the body, and a map says where the rest belongs. */
import { damaged } from '../archive/fault.ts';
import { BLOCK } from '../archive/tar-block.ts';

/** The map stands before the bytes, in the body itself. */
export const IN_BODY = 'in-body';

/** Pairs of where bytes belong and how many they are, in the order of the body. */
export type SparseMap = readonly number[] | typeof IN_BODY;

/** Takes a part of the file, for the duration of the call; what is between the parts is zeros. */
export type PartSink = (bytes: Buffer, position: number) => void;

/** Digits of a number in a map. */
const MOST_DIGITS = 20;
/** Numbers in a map that are too many to be true. */
const MOST_NUMBERS = 2 * 1024 * 1024;
const NEWLINE = 0x0a;

/** The body of a sparse file, fed as it stands in the tar. Source: GNU tar, "Storing Sparse Files". */
export class SparseBody {
  readonly #size: number;
  readonly #sink: PartSink;
  #map: readonly number[] | undefined;
  /** Of a map in the body: its numbers so far, how many there will be, and what has been read of the next. */
  readonly #numbers: number[] = [];
  #wanted: number | undefined;
  #digits = '';
  #read = 0;
  /** The pair whose bytes come next, and how many of them have come. */
  #pair = 0;
  #done = 0;

  /** `size`: bytes of the file with its holes. */
  constructor(map: SparseMap, size: number, sink: PartSink) {
    this.#size = size;
    this.#sink = sink;
    if (map !== IN_BODY) this.#map = this.#checked(map);
  }

  /** Errors: `corrupt` where bytes and map do not fit. */
  write(bytes: Buffer): void {
    let at = this.#map === undefined ? this.#readMap(bytes) : 0;
    const map = this.#map;
    if (map === undefined) return;
    while (at < bytes.length) {
      while (this.#pair < map.length && map[this.#pair + 1] === this.#done) this.#next();
      if (this.#pair >= map.length) throw damaged('a sparse file has more bytes than its map');
      const length = Math.min(bytes.length - at, map[this.#pair + 1]! - this.#done);
      this.#sink(bytes.subarray(at, at + length), map[this.#pair]! + this.#done);
      this.#done += length;
      at += length;
    }
  }

  /** Errors: `corrupt` where bytes are missing. */
  end(): void {
    const map = this.#map;
    while (map !== undefined && this.#pair < map.length && map[this.#pair + 1] === this.#done) this.#next();
    if (map === undefined || this.#pair < map.length) throw damaged('a sparse file breaks off');
  }

  #next(): void {
    this.#pair += 2;
    this.#done = 0;
  }

  /** Lines of one number each: how many pairs, then those; padded to whole blocks. Where the bytes begin. */
  #readMap(bytes: Buffer): number {
    for (let at = 0; at < bytes.length; at++) {
      this.#read++;
      const isRead = this.#wanted !== undefined && this.#numbers.length === this.#wanted;
      if (!isRead) {
        if (bytes[at] !== NEWLINE) this.#digits += String.fromCharCode(bytes[at]!);
        else this.#takeNumber();
        if (this.#digits.length > MOST_DIGITS) throw damaged('the map of a sparse file cannot be read');
      }
      if (this.#numbers.length === this.#wanted && this.#read % BLOCK === 0) {
        this.#map = this.#checked(this.#numbers);
        return at + 1;
      }
    }
    return bytes.length;
  }

  #takeNumber(): void {
    const number = this.#digits === '' ? Number.NaN : Number(this.#digits);
    this.#digits = '';
    if (this.#wanted === undefined) this.#wanted = number * 2;
    else this.#numbers.push(number);
    if (!(this.#wanted <= MOST_NUMBERS)) throw damaged('the map of a sparse file cannot be read');
  }

  #checked(map: readonly number[]): readonly number[] {
    let end = 0;
    for (let at = 0; at < map.length; at += 2) {
      const position = map[at]!;
      const length = map[at + 1] ?? Number.NaN;
      if (
        !Number.isSafeInteger(position) ||
        !(length >= 0) ||
        position < end ||
        position + length > this.#size
      )
        throw damaged('the map of a sparse file cannot be');
      end = position + length;
    }
    return map;
  }
}

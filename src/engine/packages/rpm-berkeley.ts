/**
 * rpm's database as Red Hat Enterprise Linux had it up to 8, `Packages`: a hash of Berkeley DB, whose values are packages.
 * Source: Berkeley DB 5.3, src/dbinc/db_page.h.
 */
import { unreadable } from './unreadable.ts';

const HASH = 0x061561;
const PAGE_HEAD = 26;
const PAGE_TYPE = { hashUnsorted: 2, overflow: 7, hash: 13 } as const;
const ITEM_TYPE = { plain: 1, overflow: 3 } as const;
/** Values that are no package are shorter: the first one only counts. */
const SHORTEST = 16;
const PAGE_SIZES = { least: 512, most: 65_536 } as const;

/** The headers of packages in it. Errors: `corrupt`. */
export function* berkeleyHeaders(bytes: Buffer): Generator<Buffer> {
  if (bytes.length < PAGE_SIZES.least) throw unreadable('it is no database of rpm');
  const isLittle = bytes.readUInt32LE(12) === HASH;
  if (!isLittle && bytes.readUInt32BE(12) !== HASH) throw unreadable('it is no database of rpm');
  const long = (at: number): number => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const short = (at: number): number => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const size = long(20);
  if (size < PAGE_SIZES.least || size > PAGE_SIZES.most)
    throw unreadable('its pages have no size that can be');
  if (bytes[24] !== 0) throw unreadable('it is encrypted');

  // Every byte belongs to one value at most: pages that are told again and again would never come to an end.
  let left = bytes.length;
  const spend = (length: number): void => {
    left -= length;
    if (left < 0) throw unreadable('its pages go round in a circle');
  };

  /** A value that is too long for one page lies on several, each naming the next. */
  const overflowing = (first: number, length: number): Buffer => {
    const parts: Buffer[] = [];
    let missing = length;
    for (let page = first; missing > 0; page = long(page * size + 16)) {
      spend(size);
      const start = page * size;
      if (page === 0 || start + size > bytes.length || bytes[start + 25] !== PAGE_TYPE.overflow)
        throw unreadable('a package breaks off');
      const used = Math.min(missing, short(start + 22), size - PAGE_HEAD);
      if (used === 0) throw unreadable('a package breaks off');
      parts.push(bytes.subarray(start + PAGE_HEAD, start + PAGE_HEAD + used));
      missing -= used;
    }
    return Buffer.concat(parts);
  };

  for (let start = size; start + size <= bytes.length; start += size) {
    const type = bytes[start + 25];
    if (type !== PAGE_TYPE.hash && type !== PAGE_TYPE.hashUnsorted) continue;
    const count = short(start + 20);
    if (PAGE_HEAD + count * 2 > size) throw unreadable('a page has more values than room');
    // Keys and values by turns; each begins where the page's table says, and ends where the one before it begins.
    for (let item = 1; item < count; item += 2) {
      const offset = short(start + PAGE_HEAD + item * 2);
      const end = short(start + PAGE_HEAD + (item - 1) * 2);
      if (offset >= size || end > size || offset >= end)
        throw unreadable('a value is not where it should be');
      const kind = bytes[start + offset];
      if (kind === ITEM_TYPE.overflow && offset + 12 <= size)
        yield overflowing(long(start + offset + 4), long(start + offset + 8));
      else if (kind === ITEM_TYPE.plain && end - offset > SHORTEST) {
        spend(end - offset);
        yield bytes.subarray(start + offset + 1, start + end);
      }
    }
  }
}

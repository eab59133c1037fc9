/** rpm's own database, as SUSE has it, `Packages.db`. Source: rpm, lib/backend/ndb/rpmpkg.c. */
import { unreadable } from './unreadable.ts';

/** Numbers are little-endian; marks are four letters. */
const MARK = 'RpmP';
const SLOT_MARK = 'Slot';
const BLOB_MARK = 'BlbS';
const PAGE = 4096;
const SLOT = 16;
/** The head takes the place of two slots. */
const FIRST_SLOT = 2 * SLOT;
/** Where blobs begin is told in units of so many bytes. */
const UNIT = 16;
const BLOB_HEAD = 16;

/** The headers of packages in it. Errors: `corrupt`. */
export function* ndbHeaders(bytes: Buffer): Generator<Buffer> {
  if (bytes.length < FIRST_SLOT || !hasMark(bytes, 0, MARK)) throw unreadable('it is no database of rpm');
  const end = Math.min(bytes.length, bytes.readUInt32LE(12) * PAGE);
  // Every byte belongs to one package at most: slots that all name one would make many of it.
  let left = bytes.length;
  for (let slot = FIRST_SLOT; slot + SLOT <= end; slot += SLOT) {
    if (!hasMark(bytes, slot, SLOT_MARK)) continue;
    const number = bytes.readUInt32LE(slot + 4);
    // One that is free.
    if (number === 0) continue;
    const start = bytes.readUInt32LE(slot + 8) * UNIT;
    if (start + BLOB_HEAD > bytes.length || !hasMark(bytes, start, BLOB_MARK))
      throw unreadable('a package is not where it should be');
    const length = bytes.readUInt32LE(start + 12);
    if (start + BLOB_HEAD + length > bytes.length) throw unreadable('a package breaks off');
    left -= BLOB_HEAD + length;
    if (left < 0) throw unreadable('its packages lie over each other');
    yield bytes.subarray(start + BLOB_HEAD, start + BLOB_HEAD + length);
  }
}

function hasMark(bytes: Buffer, at: number, mark: string): boolean {
  return bytes.toString('latin1', at, at + mark.length) === mark;
}

/** Blocks of a tar: told from other bytes, and written. Source: POSIX pax, "ustar Interchange Format". */

/** Bytes of a header; bodies are padded to a multiple of it. */
export const BLOCK = 512;
/** Two empty blocks. */
export const END_MARK = Buffer.alloc(2 * BLOCK);

const CHECKSUM = { start: 148, end: 156 };
/** The largest size that 11 octal digits can say. */
const OCTAL_LIMIT = 8 ** 11;

/** Whether bytes can be the beginning of a tar: a header whose checksum is right, or the end mark of an empty one. */
export function isTarHeader(head: Uint8Array): boolean {
  if (head.length < BLOCK) return false;
  const sum = checksum(head);
  if (sum === BLANK_SUM) return head.subarray(0, BLOCK).every((byte) => byte === 0);
  const written = Buffer.from(head.subarray(CHECKSUM.start, CHECKSUM.end)).toString('latin1');
  return Number.parseInt(written.trim(), 8) === sum;
}

/** The header of a plain file with mode 0644, or of a folder with 0755 where the name ends with `/`; owned by root, at time 0. */
export function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(name) > 100) throw new Error(`a name too long for a header: ${name}`);
  const isFolder = name.endsWith('/');
  header.write(name, 0);
  header.write(isFolder ? '0000755\0' : '0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  if (size < OCTAL_LIMIT) header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  else {
    // Base 256, as GNU tar has it and all readers know.
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write('00000000000\0', 136);
  header.write(isFolder ? '5' : '0', 156);
  header.write('ustar\x0000', 257);
  return sealHeader(header);
}

/** Writes the checksum into a header that has all else. */
export function sealHeader(header: Buffer): Buffer {
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, CHECKSUM.start);
  return header;
}

/** The zeros after a body. */
export function padding(size: number): Buffer {
  return END_MARK.subarray(0, (BLOCK - (size % BLOCK)) % BLOCK);
}

/** The sum of all bytes, its own field counted as blanks. */
function checksum(header: Uint8Array): number {
  let sum = BLANK_SUM;
  for (let at = 0; at < BLOCK; at++) {
    if (at < CHECKSUM.start || at >= CHECKSUM.end) sum += header[at]!;
  }
  return sum;
}

const BLANK_SUM = (CHECKSUM.end - CHECKSUM.start) * 32;

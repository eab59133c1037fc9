/** Headers of members with all their attributes, in the form that every reader of tars knows. Source: GNU tar, "Basic Tar Format". */
import { BLOCK, padding, sealHeader } from './tar-block.ts';

export interface MemberHeader {
  /** Bytes, without a slash at the end. */
  readonly name: Buffer;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Unix seconds. */
  readonly mtime: number;
  /** Bytes of the body; only of a file. */
  readonly size: number;
  /** Where a link leads. */
  readonly link: Uint8Array;
}

const FLAGS = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as const;
/** Bytes that a name has room for in a header. */
const SHORT = 100;

/** One block, and before it those for names that are too long for one. */
export function memberHeader(member: MemberHeader): Buffer {
  const name = member.type === 'directory' ? Buffer.concat([member.name, Buffer.from('/')]) : member.name;
  const link = Buffer.from(member.link);
  const block = Buffer.alloc(BLOCK);
  name.copy(block, 0, 0, SHORT);
  number(block, member.mode & 0o7777, 100, 8);
  number(block, member.uid, 108, 8);
  number(block, member.gid, 116, 8);
  number(block, member.type === 'file' ? member.size : 0, 124, 12);
  number(block, Math.floor(member.mtime), 136, 12);
  block.write(FLAGS[member.type], 156, 'latin1');
  link.copy(block, 157, 0, SHORT);
  block.write('ustar  \0', 257, 'latin1');
  return Buffer.concat([longName('L', name), longName('K', link), sealHeader(block)]);
}

function longName(flag: 'L' | 'K', text: Buffer): Buffer {
  if (text.length <= SHORT) return Buffer.alloc(0);
  const block = Buffer.alloc(BLOCK);
  block.write('././@LongLink', 0, 'latin1');
  number(block, 0o644, 100, 8);
  number(block, 0, 108, 8);
  number(block, 0, 116, 8);
  number(block, text.length + 1, 124, 12);
  number(block, 0, 136, 12);
  block.write(flag, 156, 'latin1');
  block.write('ustar  \0', 257, 'latin1');
  const body = Buffer.concat([text, Buffer.alloc(1)]);
  return Buffer.concat([sealHeader(block), body, padding(body.length)]);
}

/** Octal digits and a zero; what those cannot say in base 256. */
function number(block: Buffer, value: number, at: number, length: number): void {
  const digits = value.toString(8).padStart(length - 1, '0');
  if (value >= 0 && digits.length < length) {
    block.write(`${digits}\0`, at, 'latin1');
    return;
  }
  for (let place = at + length - 1, rest = value; place >= at; place--, rest = Math.floor(rest / 256))
    block[place] = ((rest % 256) + 256) % 256;
  block[at]! |= 0x80;
}

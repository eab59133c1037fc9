/** Headers of a context's tar: names of any length and script. Source: POSIX pax, "pax Interchange Format". */
import { isUtf8 } from 'node:buffer';
import { BLOCK } from '../archive/tar-block.ts';

/** What stands in a header; the owner is always root, as docker has it. */
export interface TarEntry {
  /** With slashes, a folder's with one at its end; bytes where they are no UTF-8. */
  readonly name: string | Buffer;
  readonly type: TarType;
  readonly mode: number;
  /** Bytes of the body; 0 for what is no file. */
  readonly size: number;
  /** Whole seconds since 1970. */
  readonly mtime: number;
  /** A symbolic link's target. */
  readonly target?: Buffer;
  /** A device's number. */
  readonly rdev?: number;
}

export type TarType = keyof typeof FLAGS;

const FLAGS = { file: 0x30, symlink: 0x32, char: 0x33, block: 0x34, folder: 0x35, fifo: 0x36, pax: 0x78 };

const NAME = 100;
const PREFIX = 155;
/** The first number that 11 octal digits cannot say. */
const OCTAL = 8 ** 11;

/** A header ready to be written; its length has to be known before a body is read in behind it. */
export interface Header {
  /** A multiple of 512. */
  readonly length: number;
  /** `size`, if given, in place of the entry's; it must not be larger. */
  write(into: Buffer, at: number, size?: number): void;
}

export function headerOf(entry: TarEntry): Header {
  const place = placeOf(entry.name);
  const records = recordsOf(entry, place === undefined);
  const extended = records === undefined ? 0 : BLOCK + Math.ceil(records.length / BLOCK) * BLOCK;
  return {
    length: extended + BLOCK,
    write: (into, at, size = entry.size) => {
      into.fill(0, at, at + extended + BLOCK);
      if (records !== undefined) {
        const name = `PaxHeaders/${stand(entry.name)}`.slice(0, NAME);
        const about: TarEntry = { name, type: 'pax', mode: 0o644, size: records.length, mtime: 0 };
        writeBlock(into, at, about, about.size, { prefix: '', name });
        records.copy(into, at + BLOCK);
      }
      writeBlock(into, at + extended, entry, size, place ?? { prefix: '', name: stand(entry.name) });
    },
  };
}

/** What the header's own fields cannot say. */
function recordsOf({ name, target, size, mtime }: TarEntry, isNamed: boolean): Buffer | undefined {
  const records: Buffer[] = [];
  if (isNamed) records.push(record('path', name));
  if (target !== undefined && !fits(target)) records.push(record('linkpath', target));
  if (size >= OCTAL) records.push(record('size', `${size}`));
  if (mtime < 0 || mtime >= OCTAL) records.push(record('mtime', `${mtime}`));
  return records.length === 0 ? undefined : Buffer.concat(records);
}

interface Place {
  readonly prefix: string;
  readonly name: string | Buffer;
}

/** How a name goes into the header's own fields; undefined where it does not. */
function placeOf(name: string | Buffer): Place | undefined {
  if (typeof name !== 'string') return name.length <= NAME ? { prefix: '', name } : undefined;
  if (!isAscii(name)) return undefined;
  if (name.length <= NAME) return { prefix: '', name };
  const slash = name.indexOf('/', name.length - NAME - 1);
  if (slash <= 0 || slash > PREFIX || slash === name.length - 1) return undefined;
  return { prefix: name.slice(0, slash), name: name.slice(slash + 1) };
}

/** A target that is no UTF-8 has no place in a record, as far as it can be helped. */
const fits = (target: Buffer): boolean =>
  target.length <= NAME && (isAscii(target.toString('latin1')) || !isUtf8(target));

const isAscii = (text: string): boolean => !/[^\x01-\x7f]/.test(text);

/** For readers that know no records. */
function stand(name: string | Buffer): string {
  return name
    .toString()
    .replace(/[^\x20-\x7e]/g, '_')
    .slice(-NAME);
}

/** `<length> <key>=<value>\n`, the length being that of all of it. */
function record(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value as string), Buffer.from('\n')]);
  let length = rest.length + 1;
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
  return Buffer.concat([Buffer.from(`${length}`), rest]);
}

/** User and group of root. */
const OWNER = Buffer.from('0000000\x000000000\x00', 'latin1');
const MAGIC = Buffer.from('ustar\x0000', 'latin1');

/** Into zeros. */
function writeBlock(into: Buffer, at: number, entry: TarEntry, size: number, { prefix, name }: Place): void {
  const { mode, mtime, type, target, rdev } = entry;
  if (typeof name === 'string') into.write(name, at, NAME, 'latin1');
  else name.copy(into, at);
  octal(into, at + 100, 7, mode & 0o7777);
  into.set(OWNER, at + 108);
  octal(into, at + 124, 11, size < OCTAL ? size : 0);
  octal(into, at + 136, 11, mtime >= 0 && mtime < OCTAL ? mtime : 0);
  into[at + 156] = FLAGS[type];
  target?.copy(into, at + 157, 0, NAME);
  into.set(MAGIC, at + 257);
  if (rdev !== undefined) {
    octal(into, at + 329, 7, major(rdev));
    octal(into, at + 337, 7, minor(rdev));
  }
  if (prefix !== '') into.write(prefix, at + 345, PREFIX, 'latin1');
  // Its own field counts as eight blanks.
  let sum = 8 * 0x20 + sumOf(into, at, at + name.length) + sumOf(into, at + NAME, at + 265);
  if (rdev !== undefined || prefix !== '') sum += sumOf(into, at + 265, at + BLOCK);
  octal(into, at + 148, 6, sum);
  into[at + 155] = 0x20;
}

function sumOf(bytes: Buffer, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at++) sum += bytes[at]!;
  return sum;
}

/** So many digits; the field's end stays 0. */
function octal(into: Buffer, at: number, digits: number, value: number): void {
  let rest = value;
  for (let digit = at + digits - 1; digit >= at; digit--) {
    into[digit] = 0x30 + (rest % 8);
    rest = Math.trunc(rest / 8);
  }
}

/** As Linux puts them together. */
const major = (rdev: number): number => (rdev >>> 8) & 0xfff;
const minor = (rdev: number): number => (rdev & 0xff) | ((rdev >>> 12) & 0xfff00);

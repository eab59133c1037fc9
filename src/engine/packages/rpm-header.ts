/** A package as rpm writes it into its database: a header of tags. Source: rpm.org, "RPM package format", "Header". */
import { damaged } from '../archive/fault.ts';
import { line } from '../text.ts';
import type { Package } from './package.ts';

const NAME = 1000;
const VERSION = 1001;
const RELEASE = 1002;
const EPOCH = 1003;
const INTEGER = 4;
const TEXT = 6;
const ENTRY = 16;
/** Before the tags: how many there are, and bytes of their values. */
const HEAD = 8;

/** Errors: `corrupt` for what is no header. */
export function rpmPackage(blob: Uint8Array): Package {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  if (bytes.length < HEAD) throw damaged('a package breaks off');
  const count = bytes.readUInt32BE(0);
  const data = HEAD + count * ENTRY;
  const end = data + bytes.readUInt32BE(4);
  if (end > bytes.length) throw damaged('a package breaks off');
  const texts = new Map<number, string>();
  let epoch: number | undefined;
  for (let at = HEAD; at < data; at += ENTRY) {
    const tag = bytes.readUInt32BE(at);
    if (tag < NAME || tag > EPOCH) continue;
    const type = bytes.readUInt32BE(at + 4);
    const start = data + bytes.readUInt32BE(at + 8);
    if (start >= end) throw damaged('a value of a package breaks off');
    if (type === TEXT) {
      const stop = bytes.indexOf(0, start);
      texts.set(tag, bytes.toString('utf8', start, stop === -1 ? end : Math.min(stop, end)));
    } else if (type === INTEGER && tag === EPOCH && start + 4 <= end) epoch = bytes.readUInt32BE(start);
  }
  const name = texts.get(NAME);
  if (name === undefined) throw damaged('a package has no name');
  const version = `${texts.get(VERSION) ?? ''}-${texts.get(RELEASE) ?? ''}`;
  return { kind: 'rpm', name: line(name), version: line(epoch ? `${epoch}:${version}` : version) };
}

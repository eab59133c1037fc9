/** A package as rpm writes it into its database: a header of tags. Source: rpm.org, "RPM package format", "Header". */

import { type Package, packageText } from './package.ts';
import { unreadable } from './unreadable.ts';

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
  if (bytes.length < HEAD) throw unreadable('a package breaks off');
  const count = bytes.readUInt32BE(0);
  const data = HEAD + count * ENTRY;
  const end = data + bytes.readUInt32BE(4);
  if (end > bytes.length) throw unreadable('a package breaks off');
  const texts = new Map<number, string>();
  let epoch: number | undefined;
  for (let at = HEAD; at < data; at += ENTRY) {
    const tag = bytes.readUInt32BE(at);
    // The first of a tag counts: one that is there without an end would be read without one.
    if (tag < NAME || tag > EPOCH || texts.has(tag)) continue;
    const type = bytes.readUInt32BE(at + 4);
    const start = data + bytes.readUInt32BE(at + 8);
    if (start >= end) throw unreadable('a value of a package breaks off');
    if (type === TEXT) {
      const stop = bytes.indexOf(0, start);
      texts.set(tag, bytes.toString('utf8', start, stop === -1 ? end : Math.min(stop, end)));
    } else if (type === INTEGER && tag === EPOCH && start + 4 <= end) epoch = bytes.readUInt32BE(start);
  }
  const name = texts.get(NAME);
  if (name === undefined) throw unreadable('a package has no name');
  const version = `${texts.get(VERSION) ?? ''}-${texts.get(RELEASE) ?? ''}`;
  return {
    kind: 'rpm',
    name: packageText(name),
    version: packageText(epoch ? `${epoch}:${version}` : version),
  };
}

/** What is in an archive of images, and where: found by its headers, without a copy of anything. */
import type { FileHandle } from 'node:fs/promises';
import { cancelled } from '../errors.ts';
import { scanFile } from '../layers/scan-file.ts';
import type { ScannedMember } from '../layers/scanned-member.ts';
import { TYPE } from '../layers/tar-header.ts';
import { TarScan } from '../layers/tar-scan.ts';
import { damaged, notAnArchive, shown } from './fault.ts';
import { followLinks, LONGEST, memberPath } from './member-path.ts';

/** A part of the archive as it is unpacked. */
export interface MemberPlace {
  readonly start: number;
  readonly size: number;
}

type Member = MemberPlace | { readonly target: string; readonly isSymbolic: boolean };

/** What names the images of an archive; each can be there once. */
const TABLES = new Set(['index.json', 'manifest.json', 'repositories', 'oci-layout']);
/** Far above any archive of images: a list of more names than this is an attack on memory. */
const MEMBERS = 200_000;
/** Bytes. No table or config comes near. */
const TABLE_LIMIT = 16 * 1024 * 1024;
/** Bytes of all descriptions together that are kept of an archive which can only be read from its beginning. */
const MEMORY = 64 * 1024 * 1024;
const BRACE = 0x7b;
const BRACKET = 0x5b;

/** Reads what a small member holds. */
type Reader = (place: MemberPlace) => Promise<Buffer>;

export class Members {
  readonly #read: Reader;
  readonly #members: ReadonlyMap<string, Member>;

  constructor(members: ReadonlyMap<string, Member>, read: Reader) {
    this.#members = members;
    this.#read = read;
  }

  has(path: string): boolean {
    return this.place(path) !== undefined;
  }

  /** Of a file, links followed; undefined where there is none. */
  place(path: string): MemberPlace | undefined {
    const end = followLinks(path, (at) => {
      const member = this.#members.get(at);
      return member !== undefined && 'target' in member ? member : undefined;
    });
    const member = end === undefined ? undefined : this.#members.get(end);
    return member === undefined || 'target' in member ? undefined : member;
  }

  /** The bytes of a description; undefined where there is none. Errors: `corrupt` for one that is too large. */
  async read(path: string): Promise<Buffer | undefined> {
    const place = this.place(path);
    if (place === undefined) return undefined;
    if (place.size > TABLE_LIMIT) {
      throw damaged(`its ${shown(path)} has ${place.size} bytes, more than any description of images`);
    }
    return await this.#read(place);
  }
}

/** Of an archive that lies there plain, from its first byte to its last. Errors: `bad-input` for what is no tar, `corrupt`, `cancelled`. */
export async function findMembers(
  file: FileHandle,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Members> {
  const gathered = new Gathered();
  const scan = new TarScan({ onMember: (member) => gathered.add(member) });
  const feed = async () => {
    await scanFile(scan, file, { length }, { signal });
    scan.end();
  };
  await feed().catch(explained(scan));
  const read = async ({ start, size }: MemberPlace) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, start);
    if (bytesRead < size) throw damaged('it ends in the middle');
    return buffer;
  };
  return await gathered.finish(read);
}

/** Of one that is packed: it has to be gone through, and small descriptions are kept on the way. Errors: as `findMembers`. */
export async function findPackedMembers(
  bytes: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): Promise<Members> {
  const gathered = new Gathered();
  const kept = new Map<number, Buffer[]>();
  let memory = 0;
  let at: Buffer[] | undefined;
  const scan = new TarScan({
    onMember(member) {
      gathered.add(member);
      const isSmall = member.type === TYPE.file && member.stored <= TABLE_LIMIT;
      at = isSmall && memory + member.stored <= MEMORY ? [] : undefined;
      if (at !== undefined) kept.set(member.offset, at);
    },
    onBody(part) {
      if (at === undefined) return;
      if (at.length === 0 && !isDescription(part)) at = undefined;
      else {
        at.push(Buffer.from(part));
        memory += part.length;
      }
    },
  });
  const feed = async () => {
    for await (const chunk of bytes) {
      if (signal?.aborted) throw cancelled();
      scan.write(chunk);
    }
    scan.end();
  };
  await feed().catch(explained(scan));
  return await gathered.finish(async ({ start, size }) => {
    const found = Buffer.concat(kept.get(start) ?? []);
    if (found.length < size) throw damaged('a description in it is none');
    return found;
  });
}

function isDescription(head: Buffer): boolean {
  const first = head.find((byte) => byte > 0x20);
  return first === BRACE || first === BRACKET;
}

/** What is no tar at its very beginning is no archive. */
function explained(scan: TarScan): (thrown: unknown) => never {
  return (thrown) => {
    if (scan.members === 0 && (thrown as { code?: string }).code === 'corrupt')
      throw notAnArchive('it is no tar file');
    throw thrown;
  };
}

class Gathered {
  readonly #members = new Map<string, Member>();
  /** Tables that are there again. */
  readonly #again: { readonly path: string; readonly place: MemberPlace }[] = [];

  add(member: ScannedMember): void {
    const path = memberPath(member.name.toString('utf8'));
    if (path === undefined) return;
    if (member.type === TYPE.symlink || member.type === TYPE.hardLink) {
      if (TABLES.has(path) || member.link.length > LONGEST) return;
      const isSymbolic = member.type === TYPE.symlink;
      this.#members.set(path, { target: member.link.toString('utf8'), isSymbolic });
    } else if (member.type === TYPE.file) {
      const place = { start: member.offset, size: member.stored };
      if (TABLES.has(path) && this.#members.has(path)) this.#again.push({ path, place });
      else this.#members.set(path, place);
    }
    if (this.#members.size > MEMBERS) throw damaged(`it has more than ${MEMBERS} members`);
  }

  async finish(read: Reader): Promise<Members> {
    const members = new Members(this.#members, read);
    for (const { path, place } of this.#again) {
      // Tools that take the first and tools that take the last would see different images.
      const isSame = place.size <= TABLE_LIMIT && (await members.read(path))!.equals(await read(place));
      if (!isSame) throw damaged(`it holds two different ${path}`);
    }
    return members;
  }
}

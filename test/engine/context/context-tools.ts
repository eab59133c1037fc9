/** What tests of contexts share: folders made of a list, and what a context's tar holds. */
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, type Header } from 'tar-stream';
import type { BuildContext } from '../../../src/engine/context/build-context.ts';

/** Paths with what they hold; a target behind `-> ` makes a link, a slash at the end a folder. */
export type Files = Readonly<Record<string, string | Buffer>>;

export async function makeFolder(folder: string, files: Files): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    const place = join(folder, path);
    await mkdir(path.endsWith('/') ? place : dirname(place), { recursive: true });
    if (path.endsWith('/')) continue;
    if (typeof content === 'string' && content.startsWith('-> ')) await symlink(content.slice(3), place);
    else await writeFile(place, content);
  }
  return folder;
}

export interface Member {
  readonly header: Header;
  readonly body: Buffer;
}

export async function membersOf(stream: Readable | Buffer): Promise<Map<string, Member>> {
  const tar = extract();
  const source = Buffer.isBuffer(stream) ? Readable.from([stream]) : stream;
  source.on('error', (thrown: Error) => tar.destroy(thrown)).pipe(tar);
  const members = new Map<string, Member>();
  for await (const member of tar) {
    members.set(member.header.name, { header: member.header, body: await buffer(member) });
  }
  return members;
}

/** Names in the order of the tar; the context is closed. */
export async function namesIn(context: BuildContext): Promise<string[]> {
  try {
    return [...(await membersOf(context.stream)).keys()];
  } finally {
    await context.close();
  }
}

/** What of a folder this process has open. */
export function openBelow(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      const path = readlinkSync(join('/proc/self/fd', name));
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });
}

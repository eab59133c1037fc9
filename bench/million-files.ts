/** An archive of an image with a million small files in one layer: of sizes that differ, their bodies a block of zeros each. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { BLOCK, END_MARK, padding, tarHeader } from '../src/engine/archive/tar-block.ts';

const FILES = 1_000_000;
const IN_FOLDER = 50;
const BODY = Buffer.alloc(BLOCK);

export async function writeMillionFiles(path: string): Promise<void> {
  const out = createWriteStream(path, { highWaterMark: 8 * 1024 * 1024 });
  const write = async (...parts: readonly Buffer[]) => {
    for (const bytes of parts) if (!out.write(bytes)) await once(out, 'drain');
  };
  const folders = FILES / IN_FOLDER;
  await write(tarHeader('layer.tar', (FILES * 2 + folders) * BLOCK + END_MARK.length));
  const hash = createHash('sha256');
  for (let folder = 0; folder < folders; folder++) {
    const name = `srv/data/part-${Math.floor(folder / 200)}/folder-${folder}/`;
    const members = [tarHeader(name, 0)];
    for (let file = 0; file < IN_FOLDER; file++)
      members.push(tarHeader(`${name}document-${file}.json`, sizeOf(folder * IN_FOLDER + file)), BODY);
    const bytes = Buffer.concat(members);
    hash.update(bytes);
    await write(bytes);
  }
  hash.update(END_MARK);
  const diffId = `sha256:${hash.digest('hex')}`;
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [diffId] } };
  const list = [{ Config: 'config.json', RepoTags: ['bench/million:1'], Layers: ['layer.tar'] }];
  await write(END_MARK);
  for (const [name, value] of [['config.json', config] as const, ['manifest.json', list] as const]) {
    const body = Buffer.from(JSON.stringify(value));
    await write(tarHeader(name, body.length), body, padding(body.length));
  }
  await write(END_MARK);
  out.end();
  await once(out, 'close');
}

/** Whatever fits into one block. */
function sizeOf(file: number): number {
  return 1 + (file % BLOCK);
}

/** An archive as `docker save` writes it, of an image whose layers are told entry by entry. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { type TarEntry, tarOf } from '../support/tar.ts';

export interface ArchivedLayer {
  readonly by: string;
  readonly entries: readonly TarEntry[];
}

/** The bytes of this name are changed to those that are no UTF-8: a name in a tar is bytes. */
export const RAW_NAME = 'raw-caf@name';

export async function writeArchive(
  path: string,
  name: string,
  layers: readonly ArchivedLayer[],
): Promise<readonly string[]> {
  const tars = await Promise.all(layers.map(async ({ entries }) => withRawName(await tarOf(entries))));
  const diffIds = tars.map((tar) => `sha256:${createHash('sha256').update(tar).digest('hex')}`);
  const history = [
    { created_by: '/bin/sh -c #(nop)  CMD ["sh"]', empty_layer: true },
    ...layers.map(({ by }) => ({ created_by: by })),
  ];
  const config = JSON.stringify({
    os: 'linux',
    architecture: 'amd64',
    config: {},
    rootfs: { type: 'layers', diff_ids: diffIds },
    history,
  });
  const members: TarEntry[] = [
    ...tars.map((content, at) => ({ name: `${at}/layer.tar`, content })),
    { name: 'config.json', content: config },
    {
      name: 'manifest.json',
      content: JSON.stringify([
        { Config: 'config.json', RepoTags: [name], Layers: tars.map((_, at) => `${at}/layer.tar`) },
      ]),
    },
  ];
  await writeFile(path, await tarOf(members));
  return diffIds;
}

/** 0xE9 is é in Latin-1, and nothing in UTF-8. */
function withRawName(tar: Buffer): Buffer {
  const at = tar.indexOf(RAW_NAME);
  if (at === -1) return tar;
  const header = tar.subarray(at - (at % 512), at - (at % 512) + 512);
  header[(at % 512) + RAW_NAME.indexOf('@')] = 0xe9;
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return tar;
}

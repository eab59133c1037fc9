/** Digests of what lies in a large tar, which several threads make together. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DigestCrew } from '../../../src/engine/layers/digest-crew.ts';
import { FileDigests } from '../../../src/engine/layers/file-digests.ts';
import { indexFile, indexStream } from '../../../src/engine/layers/index-layer.ts';
import { run } from '../../support/command.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';

const scratch = scratchFolder();
const tree = join(scratch, 'tree');
const tar = join(scratch, 'large.tar');
const NOISE = randomBytes(40_000_000);
/** So long that it is worth a thread wherever there are two cores. */
const LENGTH = 40_000_000;

beforeAll(async () => {
  await mkdir(tree);
  await writeFile(join(tree, 'noise'), NOISE);
  for (let file = 0; file < 300; file++)
    await writeFile(join(tree, `small-${file}`), NOISE.subarray(file, file * 70));
  await writeFile(join(tree, 'sparse'), 'start');
  await truncate(join(tree, 'sparse'), 3_000_000);
  await run('tar', ['--sparse', '--format=pax', '-cf', tar, '-C', tree, '.']);
});
afterAll(() => removeScratch(scratch));

describe('digests of a large tar', () => {
  it('are those of its stream', async () => {
    const file = await open(tar);
    try {
      const fromFile = await indexFile(file, { length: (await file.stat()).size }, { digests: true });
      const fromStream = await indexStream(createReadStream(tar), { digests: true });
      expect(fromFile.columns).toEqual(fromStream.columns);
    } finally {
      await file.close();
    }
  });

  it('stand in the order of the tar, whoever made them', async () => {
    const path = join(scratch, 'noise');
    await writeFile(path, NOISE);
    const file = await open(path);
    const crew = new DigestCrew();
    try {
      // Twice: threads stay for the next one.
      for (const size of [9_999, 777_777]) {
        const digests = new FileDigests(file.fd, { start: 1, length: LENGTH }, crew);
        const expected: Buffer[] = [];
        for (let offset = 0; offset + size < LENGTH; offset += size) {
          digests.add({ offset, stored: size, size, sparse: undefined });
          expected.push(sha256(NOISE.subarray(offset + 1, offset + 1 + size)));
        }
        expect(Buffer.concat(expected).equals(await digests.finish(undefined))).toBe(true);
        await digests.stop();
      }
    } finally {
      await crew.close();
      await file.close();
    }
  });

  it('fail where the file became shorter meanwhile, and end with whoever wanted them', async () => {
    const path = join(scratch, 'shrunk');
    await writeFile(path, NOISE.subarray(0, 20_000_000));
    const file = await open(path);
    const crew = new DigestCrew();
    const begun = () => {
      const digests = new FileDigests(file.fd, { length: LENGTH }, crew);
      for (let offset = 0; offset < LENGTH; offset += 4_000_000)
        digests.add({ offset, stored: 4_000_000, size: 4_000_000, sparse: undefined });
      return digests;
    };
    try {
      const short = begun();
      await expect(short.finish(undefined)).rejects.toMatchObject({ code: 'corrupt' });
      await short.stop();
      const unwanted = begun();
      await expect(unwanted.finish(AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
      await unwanted.stop();
    } finally {
      await crew.close();
      await file.close();
    }
  });
});

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Exports that no real engine can be made to send: those that break off, fail in the middle, or hold what is no layer. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../../src/engine/connect.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { readContents, wholeContents } from '../../../src/engine/layers/read-contents.ts';
import { Random } from '../../app/ink/random.ts';
import { type TarEntry, tarOf } from '../../support/tar.ts';

const INFO = { ServerVersion: '20', OSType: 'linux', Architecture: 'x86_64', Driver: 'overlay2' };
const ID = `sha256:${'ab'.repeat(32)}`;
const ERROR = '{"errorDetail":{"message":"write /x: no space left on device"},"error":"no space"}\r\n';

let folder = '';
let server: Server;
let engine: Engine;
let diffIds: readonly string[] = [];
/** What is answered to an export. */
let send: (response: ServerResponse) => void;
let ended: Promise<void>;

const one = await tarOf([{ name: 'one', content: 'x'.repeat(3000) }]);
const two = await tarOf([{ name: 'two', content: 'y'.repeat(5000) }, { name: 'more' }]);
const sha = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
const diffIdOf = (tar: Buffer) => `sha256:${sha(tar)}`;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nacre-contents-'));
  diffIds = [diffIdOf(one), diffIdOf(two)];
  const end = Promise.withResolvers<void>();
  ended = end.promise;
  server = createServer(({ url = '' }, response) => {
    if (url === '/_ping') response.setHeader('Api-Version', '1.41').end('OK');
    else if (url.endsWith('/info')) response.end(JSON.stringify(INFO));
    else if (url.endsWith('/history')) response.end('[]');
    else if (url.endsWith('/json')) {
      const rootfs = { Type: 'layers', Layers: diffIds };
      response.end(JSON.stringify({ Id: ID, Os: 'linux', Architecture: 'amd64', RootFS: rootfs }));
    } else {
      response.on('close', end.resolve);
      send(response);
    }
  });
  await once(server.listen(join(folder, 'docker.sock')), 'listening');
  const endpoint = { address: `unix://${folder}/docker.sock` };
  engine = await connect({ endpoint, chosenBy: 'the test says so', tried: [] });
});
afterEach(async () => {
  await engine.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const blob = (content: Buffer | string): TarEntry => ({
  name: `blobs/sha256/${sha(content)}`,
  content: Buffer.from(content),
});
const json = (name: string, value: unknown): TarEntry => ({ name, content: JSON.stringify(value) });
const read = () => wholeContents(engine.contents('app:1'));
const names = async () => (await read()).indexes.map((index) => index.path(1).toString());

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('an export', () => {
  test.each([1, 511, 4096, 1_000_000])(
    'of layers named by digest is read in pieces of %i bytes',
    async (size) => {
      const archive = await tarOf([blob(two), blob('{}'), blob(one), json('index.json', {})]);
      send = async (response) => {
        for await (const piece of inPieces(archive, size === 1 ? 97 : size)) response.write(piece);
        response.end();
      };
      expect(await names()).toEqual(['one', 'more']);
    },
  );

  test.each([97, 511, 4096, 60_000])(
    'is what was sent, though each piece of %i bytes is written over by the next',
    async (size) => {
      const random = new Random(size);
      const noise = () =>
        Buffer.from(Array.from({ length: Math.min(200_000, size * 40) }, () => random.below(256)));
      // What looks like an engine's last words is held back until more comes.
      const files = [Buffer.concat([noise(), Buffer.from(ERROR), noise()]), noise(), noise()];
      const tars = await Promise.all(files.map((content) => tarOf([{ name: 'file', content }])));
      // Nothing but the documents tells which layer is which.
      diffIds = ['1', '2', '3'].map((digit) => `sha256:${digit.repeat(64)}`);
      const paths = ['a/layer.tar', 'b/layer.tar', 'c/layer.tar'];
      const packed = [tars[0]!, gzipSync(tars[1]!), zstdCompressSync(tars[2]!)];
      const archive = await tarOf([
        ...packed.map((content, at) => ({ name: paths[at]!, content })),
        json('config.json', { comment: noise().toString('hex'), rootfs: { diff_ids: diffIds } }),
        json('manifest.json', [{ Config: 'config.json', RepoTags: null, Layers: paths }]),
      ]);
      const said = archive.indexOf(ERROR) + ERROR.length;
      send = async (response) => {
        for (const part of [archive.subarray(0, said), archive.subarray(said)]) {
          for await (const piece of inPieces(part, size)) {
            await new Promise<unknown>((done) => response.write(piece, done));
            await new Promise((done) => setImmediate(done));
          }
        }
        response.end();
      };
      const { indexes } = await wholeContents(engine.contents('app:1'), { digests: true });
      expect(indexes.map((index) => Buffer.from(index.digest(1)!).toString('hex'))).toEqual(files.map(sha));
    },
  );

  test('whose layers only its manifest.json tells apart is understood at its end, the same layer twice too', async () => {
    diffIds = [diffIdOf(one), diffIdOf(two), diffIdOf(one)];
    const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(64));
    const config = json('config.json', { rootfs: { diff_ids: diffIds } });
    const other = json('other.json', { rootfs: { diff_ids: [diffIdOf(two)] } });
    send = async (response) =>
      response.end(
        await tarOf([
          { name: `${a}/layer.tar`, link: `../${c}/layer.tar` },
          json(`${b}/json`, { id: b, parent: c }),
          { name: `${b}/layer.tar`, content: two },
          { name: `${c}/layer.tar`, content: one },
          config,
          other,
          json('manifest.json', [
            { Config: 'other.json', RepoTags: null, Layers: [`${b}/layer.tar`] },
            { Config: 'config.json', RepoTags: null, Layers: [c, b, a].map((id) => `${id}/layer.tar`) },
          ]),
        ]),
      );
    expect(await names()).toEqual(['one', 'more', 'one']);
  });

  test('of old Docker is told layer by layer, by the ids that stand before them', async () => {
    const chain = [diffIds[0]!, `sha256:${sha(diffIds.join(' '))}`];
    const own = { created: '1970-01-01T00:00:00Z', container_config: { Cmd: ['<a&b>'] } };
    // As Go writes it: keys in order, these three characters escaped.
    const hashed = (parent: object, layer: string) =>
      JSON.stringify({
        container_config: own.container_config,
        created: own.created,
        layer_id: layer,
        ...parent,
      })
        .replace('<', '\\u003c')
        .replace('&', '\\u0026')
        .replace('>', '\\u003e');
    const base = sha(hashed({}, chain[0]!));
    const top = sha(hashed({ parent: `sha256:${base}` }, chain[1]!));
    const archive = await tarOf([
      json(`${top}/json`, { id: top, parent: base, ...own, os: 'linux' }),
      { name: `${top}/layer.tar`, content: two },
      json(`${base}/json`, { id: base, ...own, os: 'linux' }),
      { name: `${base}/layer.tar`, content: one },
    ]);
    send = (response) => response.end(archive);
    const told: number[] = [];
    for await (const event of readContents(engine.contents('app:1')))
      if (event.type === 'layer') told.push(event.layer);
    expect(told).toEqual([1, 0]);
  });

  test('of packed layers is told layer by layer, by what comes out of them', async () => {
    const statement = blob('{"_type":"https://in-toto.io/Statement/v0.1"}');
    const archive = await tarOf([blob(gzipSync(two)), statement, blob(zstdCompressSync(one))]);
    // The manifests that tell which is which never come.
    send = (response) => response.write(archive.subarray(0, -1024));
    expect(await names()).toEqual(['one', 'more']);
    await ended;
  });

  test('is read no further than the last layer that is missing', async () => {
    const archive = await tarOf([blob(one), blob(two), { name: 'rest', content: Buffer.alloc(5_000_000) }]);
    // It never ends by itself.
    send = (response) => response.write(archive);
    expect(await names()).toEqual(['one', 'more']);
    await ended;
  });

  test.each<[string, (archive: Buffer) => Buffer[], object]>([
    ['nothing at all', () => [], { code: 'corrupt', message: expect.stringContaining('breaks off') }],
    [
      'half a layer',
      (archive) => [archive.subarray(0, 2000)],
      { code: 'corrupt', message: expect.stringContaining('breaks off after 2000 bytes') },
    ],
    [
      'a layer that ends where a block does',
      (archive) => [archive.subarray(0, 512 + one.length + 512 + 1024)],
      { code: 'corrupt', message: expect.stringContaining('breaks off') },
    ],
    [
      'an error in the middle of a layer',
      (archive) => [archive.subarray(0, 1024), Buffer.from(ERROR)],
      { code: 'no-space', message: expect.stringContaining('disk is full') },
    ],
    [
      'an error in place of a layer, in one piece with what comes before',
      (archive) => [Buffer.concat([archive.subarray(0, 512 + one.length), Buffer.from(ERROR)])],
      { code: 'no-space' },
    ],
    [
      'bytes that are no tar',
      () => [Buffer.from('no tar at all '.repeat(100))],
      { code: 'corrupt', message: "the engine's archive of app:1 cannot be used: it is no tar" },
    ],
    [
      'bytes that are no tar behind a layer',
      (archive) => [archive.subarray(0, 512 + one.length), Buffer.alloc(1024, 'no tar')],
      {
        code: 'corrupt',
        message: expect.stringContaining("the engine's archive of app:1 cannot be used: its header at byte"),
      },
    ],
    [
      'no such layer',
      (archive) => [archive.subarray(0, 512 + one.length), Buffer.alloc(1024)],
      { code: 'corrupt', message: expect.stringContaining('layer 2 of 2 is not in') },
    ],
  ])('that holds %s is refused', async (_, make, error) => {
    const archive = await tarOf([blob(one), blob(two)]);
    send = async (response) => {
      for (const piece of make(archive)) {
        response.write(piece);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      response.end();
    };
    await expect(read()).rejects.toMatchObject(error);
  });

  test.each<[string, Buffer, string]>([
    [
      'no tar',
      Buffer.from('{"this is": "a document"}'.repeat(50)),
      'layer 2 of app:1 cannot be used: it is no tar',
    ],
    [
      'packed and cut off',
      gzipSync(two).subarray(0, 60),
      'layer 2 of app:1 cannot be used: it ends in the middle',
    ],
    ['packed and damaged', damagedGzip(), 'layer 2 of app:1 cannot be used: it cannot be unpacked'],
    [
      'a tar that breaks off',
      two.subarray(0, 3000),
      'layer 2 of app:1 cannot be used: it ends in the middle',
    ],
  ])('whose layer is %s is refused', async (_, content, message) => {
    diffIds = [diffIdOf(one), diffIdOf(content)];
    send = async (response) => response.end(await tarOf([blob(content), blob(one)]));
    await expect(read()).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(message),
    });
  });

  test('that the engine breaks off is unreachable, and one that nobody wants any more ends', async () => {
    const archive = await tarOf([blob(one), blob(two)]);
    send = (response) => {
      response.write(archive.subarray(0, 3000));
      setTimeout(() => response.destroy(), 20);
    };
    await expect(read()).rejects.toMatchObject({ code: 'unreachable' });

    const begun = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    send = (response) => {
      response.on('close', closed.resolve);
      response.write(archive.subarray(0, 3000), () => begun.resolve());
    };
    const stop = new AbortController();
    const reading = wholeContents(engine.contents('app:1'), { signal: stop.signal });
    await begun.promise;
    stop.abort();
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
    await closed.promise;
  });
});

function damagedGzip(): Buffer {
  const packed = gzipSync(two);
  packed.fill(0xff, 20, 40);
  return packed;
}

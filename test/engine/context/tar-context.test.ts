/** Tars and lone Dockerfiles as contexts: files, addresses, standard input. */
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { openContext } from '../../../src/engine/context/open-context.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { tarOf } from '../../support/tar.ts';
import { failureOf } from '../archive/archive-tools.ts';
import { membersOf, openBelow } from './context-tools.ts';

const folder = scratchFolder();
const servers: Server[] = [];
afterAll(() => removeScratch(folder));
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const tar = await tarOf([
  { name: 'Dockerfile', content: 'FROM scratch\n' },
  { name: 'data', content: randomFillSync(Buffer.alloc(300_000)) },
]);

const packedBy = (program: 'bzip2' | 'xz') => execFileSync(program, ['-c'], { input: tar, maxBuffer: 1e8 });

async function fileOf(name: string, bytes: Buffer | string): Promise<string> {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a tar in a file', () => {
  test.each([
    ['plain', () => tar],
    ['gzip', () => gzipSync(tar)],
    ['bzip2', () => packedBy('bzip2')],
    ['xz', () => packedBy('xz')],
  ] as const)('%s is sent as it is', async (name, make) => {
    const bytes = make();
    const path = await fileOf(`as-is.${name}`, bytes);
    const context = await openContext(path, { dockerfile: 'sub/Dockerfile' });
    expect(context).toMatchObject({
      dockerfile: 'sub/Dockerfile',
      text: undefined,
      file: undefined,
      name: path,
    });
    expect((await buffer(context.stream)).equals(bytes)).toBe(true);
    expect(context.sent()).toEqual({ bytes: bytes.length, files: 0, ignored: 0 });
    await context.close();
    expect(openBelow(folder)).toEqual([]);
  });

  test('zstd is unpacked, for engines that know nothing of it', async () => {
    const context = await openContext(await fileOf('x.tar.zst', zstdCompressSync(tar)));
    expect((await buffer(context.stream)).equals(tar)).toBe(true);
  });

  test('with a Dockerfile from standard input', async () => {
    const path = await fileOf('y.tar.gz', gzipSync(tar));
    const stdin = Readable.from([Buffer.from('FROM other\n')]);
    const context = await openContext(path, { dockerfile: '-', stdin });
    expect(context).toMatchObject({ text: 'FROM other\n' });
    const members = await membersOf(context.stream);
    expect([...members.keys()]).toEqual([context.dockerfile, 'Dockerfile', 'data']);
    expect(members.get(context.dockerfile)?.body.toString()).toBe('FROM other\n');
  });

  test('that is cut off in the middle of what has to be unpacked', async () => {
    const packed = zstdCompressSync(tar);
    const context = await openContext(await fileOf('cut.tar.zst', packed.subarray(0, packed.length / 2)));
    expect(await failureOf(buffer(context.stream))).toMatchObject({ code: 'corrupt' });
  });

  test('that is none', async () => {
    const text = await failureOf(openContext(await fileOf('Dockerfile', 'FROM scratch\n')));
    expect(text).toMatchObject({ code: 'bad-input', hint: expect.stringContaining('--file') });
    expect(text.message).toMatch(/Dockerfile: it is no tar$/);
    const bytes = await failureOf(
      openContext(await fileOf('x.zip', Buffer.from('PK\u0003\u0004\u0000\u0000'))),
    );
    expect(bytes).toMatchObject({ code: 'bad-input', hint: expect.stringContaining('gzip') });
    expect((await failureOf(openContext(await fileOf('nothing', '')))).message).toContain(
      'it is no tar, but empty',
    );
    expect(openBelow(folder)).toEqual([]);
  });

  test('ends and closes when it is aborted', async () => {
    const path = await fileOf('large.tar', Buffer.concat([tar, Buffer.alloc(8_000_000)]));
    const stop = new AbortController();
    const context = await openContext(path, { signal: stop.signal });
    const iterator = context.stream[Symbol.asyncIterator]();
    await iterator.next();
    stop.abort();
    const rest = (async () => {
      while (!(await iterator.next()).done);
    })();
    expect(await failureOf(rest)).toMatchObject({ code: 'cancelled' });
    await context.close();
    expect(openBelow(folder)).toEqual([]);
  });
});

describe('standard input', () => {
  test('is a tar, however it comes in pieces', async () => {
    const stdin = new PassThrough();
    const opening = openContext('-', { stdin });
    for (let at = 0; at < 1_000; at += 100) stdin.write(tar.subarray(at, at + 100));
    stdin.end(tar.subarray(1_000));
    const context = await opening;
    expect(context).toMatchObject({ name: 'stdin', dockerfile: 'Dockerfile', text: undefined });
    expect((await buffer(context.stream)).equals(tar)).toBe(true);
  });

  test('is a lone Dockerfile', async () => {
    const text = 'FROM scratch\nLABEL a="日本"\n';
    const context = await openContext('-', { stdin: Readable.from([Buffer.from(text)]) });
    expect(context).toMatchObject({ name: 'stdin', dockerfile: 'Dockerfile', text });
    const members = await membersOf(context.stream);
    expect([...members].map(([name, { body }]) => [name, body.toString()])).toEqual([['Dockerfile', text]]);
    expect(context.sent()).toMatchObject({ files: 1 });
  });

  test('is nothing, a terminal, or something else', async () => {
    const failure = (stdin: Readable, dockerfile?: string) =>
      failureOf(openContext('-', { stdin, dockerfile }));
    expect((await failure(Readable.from([]))).message).toBe('cannot build from stdin: nothing came');
    const terminal = Object.assign(new PassThrough(), { isTTY: true });
    expect(await failure(terminal)).toMatchObject({ code: 'bad-input' });
    const bytes = Readable.from([Buffer.from([1, 2, 0, 3])]);
    expect((await failure(bytes)).message).toContain('it is neither a tar nor a Dockerfile');
    expect((await failure(Readable.from([tar]), '-')).message).toContain('cannot be both');
    expect((await failure(Readable.from(['FROM x\n']), 'other')).message).toBe(
      'stdin is no tar but a Dockerfile, and so is other',
    );
  });

  test('is not waited for any longer when it is aborted', async () => {
    const stop = new AbortController();
    const opening = failureOf(openContext('-', { stdin: new PassThrough(), signal: stop.signal }));
    stop.abort();
    expect(await opening).toMatchObject({ code: 'cancelled' });
    const other = new AbortController();
    const wanted = { stdin: new PassThrough(), dockerfile: '-', signal: other.signal };
    const waiting = failureOf(openContext(folder, wanted));
    setTimeout(() => other.abort(), 20);
    expect(await waiting).toMatchObject({ code: 'cancelled' });
  });

  test('is not waited for any longer when the stream is given up, or aborted, in the middle', async () => {
    for (const isAborted of [true, false]) {
      const stop = new AbortController();
      const stdin = new PassThrough();
      stdin.write(tar.subarray(0, 1_000));
      const context = await openContext('-', { stdin, signal: stop.signal });
      const iterator = context.stream[Symbol.asyncIterator]();
      await iterator.next();
      const next = failureOf(iterator.next());
      if (isAborted) {
        stop.abort();
        expect(await next).toMatchObject({ code: 'cancelled' });
      }
      await context.close();
      expect(stdin.destroyed).toBe(true);
    }
  });
});

describe('an address', () => {
  test('of a tar or of a Dockerfile, whatever it is called', async () => {
    const host = await serve((request, response) =>
      response.end(request.url?.startsWith('/a') ? gzipSync(tar) : 'FROM a\n'),
    );
    const context = await openContext(`http://user:secret@${host}/a?token=1`, { env: {} });
    expect(context).toMatchObject({ name: `http://${host}/a`, dockerfile: 'Dockerfile' });
    expect((await buffer(context.stream)).equals(gzipSync(tar))).toBe(true);
    const lone = await openContext(`http://${host}/b`, { env: {} });
    expect(lone).toMatchObject({ text: 'FROM a\n', file: undefined });
    await lone.close();
  });

  test('of a web page, or of nothing', async () => {
    const host = await serve((request, response) => {
      if (request.url === '/none') response.statusCode = 404;
      response.end('<!DOCTYPE html><html></html>');
    });
    const page = await failureOf(openContext(`http://${host}/acme/api`, { env: {} }));
    expect(page).toMatchObject({ code: 'bad-input', hint: expect.stringContaining('.git') });
    expect(page.message).toContain('it is a web page');
    expect(await failureOf(openContext(`http://${host}/none`, { env: {} }))).toMatchObject({
      code: 'not-found',
    });
  });

  test('whose connection breaks', async () => {
    const host = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 10_000_000 });
      response.write(tar.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
    });
    const context = await openContext(`http://${host}/x.tar`, { env: {} });
    expect(await failureOf(buffer(context.stream))).toMatchObject({ code: 'unreachable' });
    await context.close();
  });
});

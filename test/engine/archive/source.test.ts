/** Archives come from files, addresses and standard input. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { openSource } from '../../../src/engine/archive/source.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { failureOf } from './archive-tools.ts';

const folder = scratchFolder();
const servers: Server[] = [];
afterAll(() => removeScratch(folder));
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const plain = Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * at) % 253));

describe('a file', () => {
  test('plain and packed, with its size and how far it is', async () => {
    for (const [name, bytes, compression] of [
      ['plain.tar', plain, 'none'],
      ['packed.tgz', gzipSync(plain), 'gzip'],
    ] as const) {
      await writeFile(join(folder, name), bytes);
      const source = await openSource(join(folder, name));
      expect(source).toMatchObject({ name, size: bytes.length, compression });
      expect((await buffer(source.stream)).equals(plain)).toBe(true);
      expect(source.read()).toBe(bytes.length);
    }
  });

  test('that is not there, is a folder, or lies under a file', async () => {
    const missing = await failureOf(openSource(join(folder, 'nothing.tar')));
    expect(missing).toMatchObject({ code: 'not-found' });
    expect(missing.message).toContain('nothing.tar: there is no such file');
    const error = await failureOf(openSource(folder));
    expect(error).toMatchObject({ code: 'bad-input', message: `${folder} is a folder, not an archive` });
    expect(error.hint).toContain('--store');
    await writeFile(join(folder, 'file'), '');
    expect(await failureOf(openSource(join(folder, 'file', 'x')))).toMatchObject({ code: 'not-found' });
  });

  test('that is empty has no bytes', async () => {
    await writeFile(join(folder, 'empty'), '');
    const { stream, size } = await openSource(join(folder, 'empty'));
    expect(size).toBe(0);
    expect(await buffer(stream)).toHaveLength(0);
  });

  test('that is a pipe is read without a size', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const opening = openSource(pipe);
    await writeFile(pipe, plain);
    const source = await opening;
    expect(source.size).toBeUndefined();
    expect((await buffer(source.stream)).equals(plain)).toBe(true);
  });
});

test('standard input', async () => {
  const stdin = new PassThrough();
  stdin.end(gzipSync(plain));
  const source = await openSource('-', { stdin });
  expect(source).toMatchObject({ name: 'stdin', size: undefined, compression: 'gzip' });
  expect((await buffer(source.stream)).equals(plain)).toBe(true);
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  expect(await failureOf(openSource('-', { stdin: terminal }))).toMatchObject({ code: 'bad-input' });
});

describe('an address', () => {
  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test('with its size and how far it is', async () => {
    const bytes = gzipSync(plain);
    const host = await serve((_, answer) =>
      answer.writeHead(200, { 'content-length': bytes.length }).end(bytes),
    );
    const source = await openSource(`http://${host}/a/b.tar.gz?signature=secret`);
    expect(source).toMatchObject({
      name: `http://${host}/a/b.tar.gz`,
      size: bytes.length,
      compression: 'gzip',
    });
    expect((await buffer(source.stream)).equals(plain)).toBe(true);
    expect(source.read()).toBe(bytes.length);
  });

  test('that leads to another host takes no password there', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve((request, answer) => {
      seen.push(request.headers.authorization);
      answer.end(plain);
    });
    const host = await serve((request, answer) => {
      seen.push(request.headers.authorization);
      const location = request.url === '/1' ? '/2' : `http://${other}/3`;
      answer.writeHead(302, { location }).end('moved');
    });
    const source = await openSource(`http://me:s%20cret@${host}/1`);
    expect((await buffer(source.stream)).equals(plain)).toBe(true);
    const basic = `Basic ${Buffer.from('me:s cret').toString('base64')}`;
    expect(seen).toEqual([basic, basic, undefined]);
    expect(source.name).toBe(`http://${other}/3`);
    // A percent sign that nobody wrote out.
    (await openSource(`http://me:100%@${host}/1`)).stream.destroy();
    expect(seen[3]).toBe(`Basic ${Buffer.from('me:100%').toString('base64')}`);
  });

  test.each([
    [404, 'not-found', false],
    [401, 'unauthorized', false],
    [403, 'forbidden', false],
    [410, 'not-found', false],
    [500, 'unreachable', true],
    [429, 'unreachable', true],
    [204, 'unreachable', false],
  ] as const)('that answers %i', async (status, code, retryable) => {
    const host = await serve((_, answer) => answer.writeHead(status).end());
    const error = await failureOf(openSource(`http://me:secret@${host}/x?token=secret`));
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain(`http://${host}/x: `);
    expect(JSON.stringify([error.message, error.hint, error.detail])).not.toContain('secret');
  });

  test('that leads in a circle, nowhere, or to a file', async () => {
    const round = await serve((_, answer) => answer.writeHead(302, { location: '/again' }).end());
    expect((await failureOf(openSource(`http://${round}/`))).message).toContain('more than 10 times');
    const file = await serve((_, answer) => answer.writeHead(302, { location: 'file:///etc/passwd' }).end());
    expect(await failureOf(openSource(`http://${file}/`))).toMatchObject({ code: 'unreachable' });
    expect(await failureOf(openSource('http://'))).toMatchObject({ code: 'bad-input' });
  });

  test('where nothing listens', async () => {
    const host = await serve(() => {});
    servers.pop()!.close();
    const error = await failureOf(openSource(`http://me:secret@${host}/x`));
    expect(error).toMatchObject({ code: 'unreachable', retryable: true });
    expect(error.message).not.toContain('secret');
  });

  test('that breaks off in the middle', async () => {
    const host = await serve((_, answer) => {
      answer.writeHead(200, { 'content-length': plain.length });
      answer.write(plain.subarray(0, 100_000), () => answer.destroy());
    });
    const { stream } = await openSource(`http://${host}/x`);
    expect(await failureOf(buffer(stream))).toMatchObject({ code: 'unreachable', retryable: true });
  });

  test('can be given up before and while it answers', async () => {
    const early = new AbortController();
    const silent = await serve(() => {});
    const opening = failureOf(openSource(`http://${silent}/x`, { signal: early.signal }));
    setTimeout(() => early.abort(), 20);
    expect(await opening).toMatchObject({ code: 'cancelled' });

    const late = new AbortController();
    const host = await serve((_, answer) => answer.writeHead(200).write(plain));
    const { stream } = await openSource(`http://${host}/x`, { signal: late.signal });
    setTimeout(() => late.abort(), 20);
    expect(await failureOf(buffer(stream))).toMatchObject({ code: 'cancelled' });
  });

  test('through a proxy, but not to this machine', async () => {
    const asked: (string | undefined)[] = [];
    const proxy = createServer();
    servers.push(proxy);
    proxy.on('connect', (request, socket) => {
      asked.push(request.url, request.headers['proxy-authorization']);
      socket.end('HTTP/1.1 502 no\r\n\r\n');
    });
    proxy.on('request', (request, answer) => {
      asked.push(request.url, request.headers['proxy-authorization']);
      answer.end(plain);
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const env = { HTTP_PROXY: `http://me:secret@127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    await openSource('http://archives.invalid/x.tar', { env }).then(
      (source) => source.stream.destroy(),
      () => {},
    );
    expect(asked[0]).toContain('archives.invalid');
    expect(asked[1]).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
    const host = await serve((_, answer) => answer.end(plain));
    await buffer((await openSource(`http://${host}/x`, { env })).stream);
    expect(asked).toHaveLength(2);
  });
});

test('folders with odd names', async () => {
  const odd = join(folder, 'http:');
  await mkdir(odd, { recursive: true });
  await writeFile(join(odd, 'a b.tar'), plain);
  expect((await buffer((await openSource(join(odd, 'a b.tar'))).stream)).equals(plain)).toBe(true);
});

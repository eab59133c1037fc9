/** Answers read off a socket by hand: whatever pieces they come in, and however they break off. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SocketAnswer } from '../../../src/engine/docker/socket-answer.ts';
import { Random } from '../../app/ink/random.ts';

let folder = '';
let server: Server;
let asked = '';
/** What is sent once the request is there. */
let send: (socket: Socket) => Promise<void> | void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nacre-answer-'));
  asked = '';
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      asked += bytes.toString();
      if (asked.endsWith('\r\n\r\n')) void send(socket);
    });
  });
  await once(server.listen(join(folder, 'socket')), 'listening');
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = (signal = new AbortController().signal) =>
  SocketAnswer.open({
    socketPath: join(folder, 'socket'),
    target: '/images/get?names=app%3A1',
    headers: { 'user-agent': 'nacre' },
    signal,
  });

async function bodyOf(answer: SocketAnswer): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of answer.body()) parts.push(Buffer.from(part));
  answer.close();
  return Buffer.concat(parts);
}

/** In pieces that arrive one by one. */
async function inPieces(socket: Socket, bytes: Buffer, sizes: () => number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + sizes());
    await new Promise((done) => socket.write(bytes.subarray(at, end), done));
    await new Promise((done) => setImmediate(done));
    at = end;
  }
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\n';
const chunk = (data: string | Buffer, extension = '') =>
  Buffer.concat([
    Buffer.from(`${data.length.toString(16).toUpperCase()}${extension}\r\n`),
    Buffer.from(data),
    Buffer.from('\r\n'),
  ]);

describe('an answer in chunks', () => {
  test.each([1, 2, 3, 5, 8, 13, 21, 34])('is whole, cut in random pieces (seed %i)', async (seed) => {
    const random = new Random(seed);
    const bytes = Buffer.from(Array.from({ length: 3000 }, () => random.below(256)));
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + random.below(400);
      chunks.push(chunk(bytes.subarray(at, end), random.below(5) === 0 ? ';signed=no' : ''));
      at = end;
    }
    const trailer = random.below(2) === 0 ? 'Digest: none\r\n\r\n' : '\r\n';
    const whole = Buffer.concat([
      Buffer.from(`${OK}transfer-encoding: chunked\r\n\r\n`),
      ...chunks,
      Buffer.from(`0\r\n${trailer}`),
    ]);
    // The connection stays open: the last chunk tells that it is over.
    send = (socket) => inPieces(socket, whole, () => 1 + random.below(90));
    expect(await bodyOf(await open())).toEqual(bytes);
    expect(asked).toMatch(/^GET \/images\/get\?names=app%3A1 HTTP\/1\.1\r\n/);
    expect(asked).toMatch(/\r\nhost: docker\r\n/);
  });

  test.each([
    ['last of several', 'Transfer-Encoding: gzip, Chunked', '3\r\nabc\r\n0\r\n\r\n'],
    [
      'with zeros before its sizes',
      'transfer-encoding:chunked ',
      `${'3'.padStart(40, '0')}\r\nabc\r\n000\r\n\r\n`,
    ],
    [
      'that claims a length, too',
      'Content-Length: 99\r\nTransfer-Encoding: chunked',
      '3\r\nabc\r\n0\r\n\r\n',
    ],
  ])('%s is taken', async (_, header, body) => {
    send = (socket) => void socket.write(`${OK}${header}\r\n\r\n${body}`);
    expect(`${await bodyOf(await open())}`).toBe('abc');
  });

  test.each([
    ['breaks off in a chunk', '5\r\nab', 'ECONNRESET'],
    ['breaks off between chunks', '2\r\nab\r\n', 'ECONNRESET'],
    ['breaks off before its trailer ends', '2\r\nab\r\n0\r\n', 'ECONNRESET'],
  ])('that %s fails', async (_, body, code) => {
    send = (socket) => void socket.end(`${OK}Transfer-Encoding: chunked\r\n\r\n${body}`);
    await expect(open().then(bodyOf)).rejects.toMatchObject({ code });
  });

  test.each([
    ['has a size that is none', 'five\r\nabcde\r\n'],
    ['has more data than it says', '2\r\nabc\r\n0\r\n\r\n'],
    ['has a line without end', '5;'.padEnd(20_000, 'x')],
    ['is too large to be true', 'fffffffffffffff\r\nab'],
  ])('that %s is no HTTP', async (_, body) => {
    send = (socket) => void socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n${body}`);
    await expect(open().then(bodyOf)).rejects.toMatchObject({ name: 'HTTPParserError' });
  });
});

describe('an answer', () => {
  test('of known length ends there, and one that is shorter has broken off', async () => {
    send = (socket) => void socket.write(`${OK}Content-Length: 5\r\n\r\nabcdefgh`);
    expect(`${await bodyOf(await open())}`).toBe('abcde');
    asked = '';
    send = (socket) => void socket.end(`${OK}Content-Length: 5\r\n\r\nabc`);
    await expect(open().then(bodyOf)).rejects.toMatchObject({ code: 'ECONNRESET' });
    asked = '';
    send = (socket) => void socket.write(`${OK}Content-Length: 0\r\n\r\n`);
    expect(`${await bodyOf(await open())}`).toBe('');
  });

  test('of unknown length ends with the connection', async () => {
    send = (socket) => void socket.end('HTTP/1.0 200 OK\r\n\r\nall of it');
    expect(`${await bodyOf(await open())}`).toBe('all of it');
  });

  test('that refuses is told with its text', async () => {
    send = async (socket) => {
      const text = `${JSON.stringify({ message: 'no such image' })}\n`;
      const answer = `HTTP/1.1 404 Not Found\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
      await inPieces(socket, Buffer.from(answer), () => 7);
    };
    const answer = await open();
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe('{"message":"no such image"}\n');
    answer.close();
  });

  test('comes after heads that only announce it', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\n\r\n';
    const whole = `HTTP/1.1 100 Continue\r\n\r\n${early}${OK}Content-Length: 3\r\n\r\nabc`;
    for (const size of [1, 30, 1000]) {
      asked = '';
      send = (socket) => inPieces(socket, Buffer.from(whole), () => size);
      const answer = await open();
      expect(answer.status).toBe(200);
      expect(`${await bodyOf(answer)}`).toBe('abc');
    }
  });

  test.each([204, 304])('of status %i has no body, whatever its head says', async (status) => {
    // The connection stays open: whoever waited for a body would wait for ever.
    send = (socket) => void socket.write(`HTTP/1.1 ${status} No Body\r\nContent-Length: 9\r\n\r\n`);
    const answer = await open();
    expect(answer.status).toBe(status);
    expect(await answer.text()).toBe('');
    answer.close();
  });

  test.each([
    ['a greeting', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['an alert of TLS', '\x15\x03\x01\x00\x02\x02\x46'],
    ['another version of HTTP', 'HTTP/2 200\r\n'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\nabc'],
  ])('that is %s fails, though its connection stays open', async (_, bytes) => {
    send = (socket) => void socket.write(bytes, 'latin1');
    await expect(open()).rejects.toMatchObject({ name: 'HTTPParserError' });
  });

  test('that refuses without end takes little memory, in however small chunks', async () => {
    const some = Buffer.from('8\r\naaaaaaaa\r\n'.repeat(20_000));
    send = async (socket) => {
      socket.write('HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n');
      while (socket.writable) await new Promise((done) => socket.write(some, done));
    };
    const answer = await open();
    const before = process.memoryUsage();
    const text = await answer.text();
    const after = process.memoryUsage();
    answer.close();
    expect(text).toBe('a'.repeat(1024 * 1024));
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(
      16 * 1024 * 1024,
    );
  });

  test.each([
    ['speaks something else', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', { name: 'HTTPParserError' }],
    ['has a head without end', `${OK}${'x-more: and more\r\n'.repeat(5000)}`, { name: 'HTTPParserError' }],
    ['ends before it began', '', { code: 'ECONNRESET' }],
    ['ends within its head', OK, { code: 'ECONNRESET' }],
  ])('that %s fails', async (_, bytes, error) => {
    send = (socket) => void socket.end(bytes);
    await expect(open()).rejects.toMatchObject(error);
  });

  test('of a socket that is not there fails as connections do', async () => {
    server.close();
    rmSync(folder, { recursive: true });
    await expect(open()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('that nobody wants any more ends its connection', async () => {
    const closed = Promise.withResolvers<void>();
    send = (socket) => {
      socket.on('close', () => closed.resolve());
      socket.write(`${OK}Content-Length: 500000\r\n\r\nabc`);
    };
    const stop = new AbortController();
    const answer = await open(stop.signal);
    const reading = bodyOf(answer);
    stop.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    await closed.promise;
    await expect(open(stop.signal)).rejects.toThrow('enough');
  });

  test('that is not taken is not read: the engine waits', async () => {
    const bytes = Buffer.alloc(8 * 1024 * 1024, 'nacre');
    let isSent = false;
    send = (socket) => {
      socket.write(`${OK}Content-Length: ${bytes.length}\r\n\r\n`);
      socket.write(bytes, () => {
        isSent = true;
      });
    };
    const answer = await open();
    await new Promise((done) => setTimeout(done, 50));
    expect(isSent).toBe(false);
    expect((await bodyOf(answer)).equals(bytes)).toBe(true);
  });
});

/** gRPC both ways, over a connection of bytes: what we answer to BuildKit, and what we ask of it. */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createServer,
  type Http2Server,
  type ServerHttp2Stream,
} from 'node:http2';
import {
  type AddressInfo,
  createConnection,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { callStream, framed, GRPC, GrpcFailure, Unframer } from '../../../src/engine/docker/buildkit/grpc.ts';
import { type Methods, serveGrpc } from '../../../src/engine/docker/buildkit/grpc-server.ts';
import { callOnce } from '../../support/call-once.ts';

const bytes = (text: string) => Buffer.from(text);
const texts = (messages: readonly Uint8Array[]) => messages.map((message) => Buffer.from(message).toString());

describe('frames', () => {
  test('are found wherever they are split', () => {
    const all = Buffer.concat(['one', '', 'three'].map((text) => framed(bytes(text))));
    for (let at = 0; at <= all.length; at++) {
      const unframer = new Unframer();
      const messages = [...unframer.read(all.subarray(0, at)), ...unframer.read(all.subarray(at))];
      expect(texts(messages)).toEqual(['one', '', 'three']);
      expect(unframer.isWhole).toBe(true);
    }
  });

  test('that are compressed or endless are no frames', () => {
    expect(() => new Unframer().read(Uint8Array.of(1, 0, 0, 0, 1, 0))).toThrow(GrpcFailure);
    expect(() => new Unframer().read(Uint8Array.of(0, 255, 255, 255, 255))).toThrow(GrpcFailure);
  });
});

describe('what we serve', () => {
  let server: Server | undefined;
  let client: ClientHttp2Session | undefined;
  afterEach(() => {
    client?.destroy();
    server?.close();
  });

  /** The other end calls back over a connection that we made. */
  async function serving(methods: Methods): Promise<ClientHttp2Session> {
    server = createTcpServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    serveGrpc(createConnection((server.address() as AddressInfo).port, '127.0.0.1'), methods);
    const [socket] = await accepted;
    client = connectHttp2('http://test', { createConnection: () => socket });
    return client;
  }

  test('is asked and answers', async () => {
    const session = await serving({
      '/echo': { answer: async (question) => bytes(`${Buffer.from(question)}!`) },
    });
    const answers = await Promise.all(
      ['a', 'b', 'x'.repeat(100_000)].map((text) => callOnce(session, '/echo', bytes(text))),
    );
    expect(texts(answers)).toEqual(['a!', 'b!', `${'x'.repeat(100_000)}!`]);
  });

  test('refuses with a reason, and never with its own troubles', async () => {
    const session = await serving({
      '/no': { answer: () => Promise.reject(new GrpcFailure(GRPC.notFound, 'secret ä: not found')) },
      '/broken': { answer: () => Promise.reject(new Error('password is hunter2')) },
    });
    const refusals = ['/no', '/broken', '/nowhere'].map((path) =>
      callOnce(session, path, bytes('')).catch((thrown: GrpcFailure) => `${thrown.status} ${thrown.message}`),
    );
    expect(await Promise.all(refusals)).toEqual([
      '5 secret ä: not found',
      '13 the client failed to answer',
      '12 there is no such method',
    ]);
  });

  test('and a question that is taken back meanwhile harms nobody', async () => {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    const asked = Promise.withResolvers<void>();
    const session = await serving({
      '/slow': {
        answer: () => {
          asked.resolve();
          return promise;
        },
      },
      '/echo': { answer: async (question) => question },
    });
    const stop = new AbortController();
    const slow = callOnce(session, '/slow', bytes('x'), stop.signal);
    await asked.promise;
    stop.abort();
    await expect(slow).rejects.toThrow();
    // The answer comes after the news that nobody wants it.
    expect(texts([await callOnce(session, '/echo', bytes('one'))])).toEqual(['one']);
    resolve(bytes('late'));
    expect(texts([await callOnce(session, '/echo', bytes('two'))])).toEqual(['two']);
  });

  test('streams no faster than it is taken', async () => {
    let made = 0;
    async function* endless() {
      for (;;) {
        made++;
        yield Buffer.alloc(10_000, made);
      }
    }
    const session = await serving({ '/stream': { stream: endless } });
    let taken = 0;
    for await (const message of callStream(session, '/stream', bytes(''))) {
      expect(message).toHaveLength(10_000);
      if (++taken === 50) break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = made;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(made).toBe(before);
    expect(made).toBeLessThan(200);
  });

  test('a stream that breaks is told as one', async () => {
    async function* breaking() {
      yield bytes('one');
      throw new Error('the disk is gone');
    }
    const session = await serving({ '/stream': { stream: breaking } });
    const got: Uint8Array[] = [];
    const reading = (async () => {
      for await (const message of callStream(session, '/stream', bytes(''))) got.push(message);
    })();
    await expect(reading).rejects.toThrow();
  });
});

describe('what we ask', () => {
  let server: Http2Server | undefined;
  let client: ClientHttp2Session | undefined;
  afterEach(() => {
    client?.destroy();
    server?.close();
  });

  async function asking(handle: (stream: ServerHttp2Stream) => void): Promise<ClientHttp2Session> {
    server = createServer();
    server.on('stream', handle);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return client;
  }

  test.each([
    ['that ends without saying how', (stream: ServerHttp2Stream) => stream.end(framed(bytes('x'))), 14],
    [
      'that breaks off in a message',
      (stream: ServerHttp2Stream) => stream.end(framed(bytes('x')).subarray(0, 4)),
      14,
    ],
    ['that is empty', (stream: ServerHttp2Stream) => void stream.end(), 14],
  ])('an answer %s is a failure', async (_, end, status) => {
    const session = await asking((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      end(stream);
    });
    await expect(callOnce(session, '/x', bytes(''))).rejects.toMatchObject({ name: 'GrpcFailure', status });
  });

  test('an answer that is no gRPC is a failure', async () => {
    const session = await asking((stream) => {
      stream.respond({ ':status': 404 });
      stream.end();
    });
    await expect(callOnce(session, '/x', bytes(''))).rejects.toMatchObject({ message: 'HTTP 404' });
  });

  test('is given up when it is aborted', async () => {
    const session = await asking((stream) => stream.respond({ ':status': 200 }));
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    await expect(callOnce(session, '/x', bytes(''), stop.signal)).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

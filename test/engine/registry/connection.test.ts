/** Connections: kept, gone stale, through proxies, plain and with TLS. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/engine/oci/digest.ts';
import {
  openRegistry,
  type Registry,
  type RegistryClientOptions,
} from '../../../src/engine/registry/registry.ts';
import { speaksTls } from '../../../src/engine/registry/tls-probe.ts';
import { Transport } from '../../../src/engine/registry/transport.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { publish } from '../../support/registry-image.ts';
import { BytesSink, bytesSource, failure } from './blob-pieces.ts';

const env = { DOCKER_CONFIG: '/dev/null/nothing' };
/** A name that leads nowhere but through the proxy. */
const FAR = 'registry.invalid:5000';
const clients: Registry[] = [];
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of clients.splice(0)) one.close();
  for (const stop of stops.splice(0)) await stop();
});

function open(address: string, options: RegistryClientOptions = {}): Registry {
  const client = openRegistry(address, { env, retry: { tries: 0 }, ...options });
  clients.push(client);
  return client;
}

function stopWith(server: Server): void {
  stops.push(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });
}

interface ProxyServer {
  readonly address: string;
  readonly seen: { readonly line: string; readonly authorization: string }[];
}

/** Leads everything to one registry, whatever host is asked for. */
async function startProxy(target: string, refuse = 0): Promise<ProxyServer> {
  const [host = '', port = ''] = target.split(':');
  const seen: ProxyServer['seen'] = [];
  const note = (asked: IncomingMessage) => {
    const { 'proxy-authorization': authorization = '' } = asked.headers;
    seen.push({ line: `${asked.method} ${asked.url}`, authorization });
  };
  const server = createServer((asked, answer) => {
    note(asked);
    const { pathname, search } = new URL(asked.url ?? '');
    const { 'proxy-authorization': _, ...headers } = asked.headers;
    const onward = request(
      { host, port, method: asked.method, path: pathname + search, headers },
      (given) => {
        answer.writeHead(given.statusCode ?? 502, given.headers);
        given.pipe(answer);
      },
    );
    asked.pipe(onward);
  });
  server.on('connect', (asked: IncomingMessage, socket: Socket) => {
    note(asked);
    socket.on('error', () => {});
    if (refuse > 0) {
      socket.end(`HTTP/1.1 ${refuse} No\r\n\r\n`);
      return;
    }
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connected\r\nX-Proxy: yes\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  stopWith(server);
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

async function moveBothWays(registry: Registry): Promise<void> {
  const bytes = randomBytes(3_000_000);
  await registry.upload('lab/proxied', bytesSource(bytes));
  const sink = new BytesSink();
  await registry.download('lab/proxied', { digest: digestOf(bytes), size: bytes.length }, sink);
  expect(sink.bytes().equals(bytes)).toBe(true);
}

describe('a proxy', () => {
  let plain: TestRegistry;
  let secure: TestRegistry;
  beforeAll(async () => {
    [plain, secure] = await Promise.all([startRegistry(), startRegistry({ tls: true })]);
  });
  afterAll(async () => {
    await Promise.all([plain?.stop(), secure?.stop()]);
  });

  it('is asked for whole addresses where there is no TLS', async () => {
    const proxy = await startProxy(plain.address);
    const own = { ...env, HTTP_PROXY: `http://ada:pass@${proxy.address}` };
    await publish(`${plain.address}/lab/app:1`);
    await moveBothWays(open(FAR, { env: own, insecure: [FAR] }));
    const authorization = `Basic ${Buffer.from('ada:pass').toString('base64')}`;
    for (const asked of proxy.seen) {
      expect(asked).toEqual({ line: expect.stringContaining(` http://${FAR}/v2/`), authorization });
    }
    // Where TLS is let through but not spoken, it is plain as well.
    proxy.seen.length = 0;
    const both = { ...env, HTTP_PROXY: proxy.address, HTTPS_PROXY: proxy.address };
    await open(FAR, { env: both, insecure: [FAR] }).manifest('lab/app', '1');
    expect(proxy.seen.map(({ line }) => line)).toEqual([
      `CONNECT ${FAR}`,
      `GET http://${FAR}/v2/lab/app/manifests/1`,
    ]);
  });

  it('is led through where there is TLS, both ways', async () => {
    const proxy = await startProxy(secure.address);
    const own = { ...env, https_proxy: proxy.address };
    await moveBothWays(open(FAR, { env: own, insecure: [FAR] }));
    expect(new Set(proxy.seen.map(({ line }) => line))).toEqual(new Set([`CONNECT ${FAR}`]));
  });

  it('that refuses is told, and never with its password', async () => {
    const proxy = await startProxy(secure.address, 407);
    const own = { ...env, HTTPS_PROXY: `http://ada:hush-hush@${proxy.address}` };
    const error = await failure(open(FAR, { env: own }).manifest('lab/app', '1'));
    expect(error).toMatchObject({ code: 'unreachable', retryable: false });
    expect(error.message).toContain('407');
    expect(error.hint).toContain('HTTPS_PROXY');
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('hush');
  });

  it('is not asked for loopback', async () => {
    const own = { ...env, HTTP_PROXY: '127.0.0.1:1', HTTPS_PROXY: '127.0.0.1:1' };
    await moveBothWays(open(plain.address, { env: own }));
  });
});

describe('whether TLS is spoken', () => {
  it('is seen by the first byte that comes back', async () => {
    const [plain, secure] = await Promise.all([startRegistry(), startRegistry({ tls: true })]);
    stops.push(plain.stop, secure.stop);
    const node = createServer(() => {});
    await once(node.listen(0, '127.0.0.1'), 'listening');
    stopWith(node);
    const silent = createTcpServer((socket) => void socket.on('error', () => {}));
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    stops.push(async () => silent.close());
    const portOf = (address: string) => Number(address.split(':')[1]);
    const port = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
    expect(await speaksTls('127.0.0.1', portOf(plain.address), 5_000)).toBe(false);
    expect(await speaksTls('127.0.0.1', portOf(secure.address), 5_000)).toBe(true);
    expect(await speaksTls('127.0.0.1', port(node), 5_000)).toBe(false);
    expect(await speaksTls('127.0.0.1', port(silent), 50)).toBeUndefined();
    await expect(speaksTls('127.0.0.1', 1, 5_000)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('a kept connection', () => {
  it('carries one request after the other', async () => {
    let connections = 0;
    const server = createServer((asked, answer) => answer.end(`{"tags":["${asked.url?.length}"]}`));
    server.on('connection', () => connections++);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    stopWith(server);
    const registry = open(`127.0.0.1:${(server.address() as AddressInfo).port}`);
    for (let count = 0; count < 5; count++) await Array.fromAsync(registry.tags('a/b'));
    // The first one spoke TLS, and was not understood.
    expect(connections).toBe(2);
  });

  it.each(['at once', 'when it is used'])('that the other side closes %s is no failure', async (when) => {
    let requests = 0;
    const server = createTcpServer((socket) => {
      let isFirst = true;
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        if (bytes[0] === 22) return socket.destroy();
        requests++;
        if (!isFirst) return socket.destroy();
        isFirst = false;
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"tags":["1"]}');
        if (when === 'at once') socket.end();
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    stops.push(async () => server.close());
    const registry = open(`127.0.0.1:${(server.address() as AddressInfo).port}`);
    for (let count = 0; count < 3; count++) {
      expect(await Array.fromAsync(registry.tags('a/b'))).toEqual(['1']);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(requests).toBe(when === 'at once' ? 3 : 5);
  });

  it('that is sent more than was asked for is not used again', async () => {
    let connections = 0;
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        if (bytes[0] === 22) return socket.destroy();
        connections++;
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"tags":["1"]}HTTP/1.1 200 OK\r\n');
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    stops.push(async () => server.close());
    const registry = open(`127.0.0.1:${(server.address() as AddressInfo).port}`);
    for (let count = 0; count < 3; count++)
      expect(await Array.fromAsync(registry.tags('a/b'))).toEqual(['1']);
    expect(connections).toBe(3);
  });
});

describe('a request', () => {
  it('whose parts would make another header or request is not sent', async () => {
    const asked: string[] = [];
    const server = createServer((request, answer) => {
      asked.push(`${request.url}`);
      answer.end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    stopWith(server);
    const transport = new Transport(env, () => true);
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
    for (const value of ['a\r\nEvil: 1', 'a\nEvil: 1', 'a\rb', 'a\0b', '\u20ac']) {
      await expect(
        transport.request({ method: 'GET', url, headers: { authorization: value } }),
      ).rejects.toThrow('malformed');
    }
    expect(asked).toEqual([]);
    transport.close();
  });

  it('with a body that ends early breaks instead of going on', async () => {
    const server = createServer((request, answer) => {
      request.resume().on('end', () => answer.writeHead(202, { location: '/x' }).end());
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    stopWith(server);
    const transport = new Transport(env, () => true);
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
    const body = { length: 10, chunks: () => [Buffer.from('four')] };
    await expect(transport.request({ method: 'PUT', url, body })).rejects.toThrow('ended early');
    transport.close();
  });

  it.each([
    ['the token server', 401, { 'www-authenticate': 'Bearer realm="http://127.0.0.1:1/token"' }],
    ['the storage', 307, { location: 'http://127.0.0.1:1/blob?sig=secret' }],
  ] as const)('that fails at %s says so, and does not blame the registry', async (_, status, headers) => {
    const server = createServer((_, answer) => void answer.writeHead(status, headers).end());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    stopWith(server);
    const registry = open(`127.0.0.1:${(server.address() as AddressInfo).port}`);
    const blob = { digest: digestOf('a'), size: 1 };
    const error = await failure(registry.download('lab/app', blob, new BytesSink()));
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('at 127.0.0.1:1') });
    expect(error.message).not.toContain(registry.domain);
    expect(error.detail).not.toContain('secret');
  });

  it('whose body cannot be read to its end is not followed by another on the same connection', async () => {
    const asked: string[] = [];
    const server = createServer((request, answer) => {
      asked.push(request.method ?? '');
      request.on('error', () => {});
      request.resume().on('end', () => answer.writeHead(204).end());
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    stopWith(server);
    const transport = new Transport(env, () => true);
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
    async function* chunks() {
      yield Buffer.alloc(1000);
      throw new Error('the disk reported an error');
    }
    const body = { length: 1_000_000, chunks };
    await expect(transport.request({ method: 'PUT', url, body })).rejects.toThrow('the disk');
    const { status } = await transport.request({ method: 'DELETE', url, patience: 2_000 });
    expect(status).toBe(204);
    expect(asked).toEqual(['PUT', 'DELETE']);
    transport.close();
  });

  it('is answered by what comes in pieces, after a foretaste, and without a length', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', async () => {
        const text = 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\n\r\nhello';
        for (const letter of text) {
          socket.write(letter);
          await new Promise((resolve) => setImmediate(resolve));
        }
        socket.end();
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    stops.push(async () => server.close());
    const transport = new Transport(env, () => true);
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
    const answer = await transport.request({ method: 'GET', url });
    expect(answer).toMatchObject({ status: 200, headers: { x: 'y' }, length: undefined });
    expect((await answer.bytes(10)).toString()).toBe('hello');
    transport.close();
  });
});

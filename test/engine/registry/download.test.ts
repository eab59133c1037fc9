/** Blobs and manifests through a proxy that breaks them. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { digestOf } from '../../../src/engine/oci/digest.ts';
import {
  openRegistry,
  type Registry,
  type RegistryClientOptions,
} from '../../../src/engine/registry/registry.ts';
import {
  type BreakingProxy,
  type Fault,
  isBlob,
  isManifest,
  startBreakingProxy,
  times,
} from '../../support/breaking-proxy.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { publish } from '../../support/registry-image.ts';
import { BytesSink, bytesSource, failure } from './blob-pieces.ts';

const SIZE = 3_000_000;
const content = randomBytes(SIZE);
const blob = { digest: digestOf(content), size: SIZE };
const FAST = { retry: { first: 4, tries: 4 }, limits: { idle: 5_000, answer: 5_000, small: 5_000 } };
const IMPATIENT = { idle: 400, answer: 400, small: 400 };

let origin: TestRegistry;
let proxy: BreakingProxy;
let registry: Registry;
let retries: string[];
let imageDigest = '';

beforeAll(async () => {
  origin = await startRegistry();
  proxy = await startBreakingProxy(origin.address);
  const direct = openRegistry(origin.address);
  await direct.upload('lab/app', bytesSource(content));
  direct.close();
  imageDigest = (await publish(`${origin.address}/lab/app:1`)).digest;
});
afterAll(async () => {
  registry?.close();
  await proxy?.stop();
  await origin?.stop();
});
beforeEach(() => {
  proxy.heal();
  retries = [];
  registry?.close();
  registry = client();
});

function client(options: RegistryClientOptions = {}): Registry {
  const env = { DOCKER_CONFIG: '/dev/null/nothing' };
  return openRegistry(proxy.address, { env, ...FAST, log: (_, text) => retries.push(text), ...options });
}

async function download(sink = new BytesSink(), from = registry): Promise<BytesSink> {
  await from.download('lab/app', blob, sink, { onRetry: (note) => retries.push(note) });
  return sink;
}

describe('a blob', () => {
  it('comes whole, by one request', async () => {
    expect((await download()).digest()).toBe(blob.digest);
    expect(proxy.seen.filter(isBlob)).toHaveLength(1);
    expect(retries).toEqual([]);
  });

  it('goes on after what is there', async () => {
    const sink = await download(new BytesSink(content.subarray(0, 1_234_567)));
    expect(sink.digest()).toBe(blob.digest);
    expect(proxy.seen.filter(isBlob).map(({ range }) => range)).toEqual(['bytes=1234567-']);
    expect((await download(new BytesSink(content))).digest()).toBe(blob.digest);
    expect(proxy.seen.filter(isBlob)).toHaveLength(1);
  });

  it('whose connection breaks anywhere goes on from there', async () => {
    for (let round = 0; round < 12; round++) {
      proxy.heal();
      const cuts = Array.from({ length: 1 + (round % 3) }, () => Math.floor(Math.random() ** 3 * SIZE));
      const left = [...cuts];
      proxy.breaks = (request) =>
        isBlob(request) && left.length > 0 ? { kind: 'cut', after: left.shift()! } : undefined;
      const sink = await download();
      expect(sink.digest(), `cut after ${cuts}`).toBe(blob.digest);
      const [first, ...others] = proxy.seen.filter(isBlob);
      expect(first!.range).toBe('');
      if (cuts[0]! > 300_000) expect(others[0]!.range).toMatch(/^bytes=\d{5,}-$/);
    }
  });

  it('is finished however often it breaks, as long as each try brings something', async () => {
    proxy.breaks = (request) => (isBlob(request) ? { kind: 'cut', after: 200_000 } : undefined);
    expect((await download()).digest()).toBe(blob.digest);
    expect(proxy.seen.filter(isBlob).length).toBeGreaterThanOrEqual(15);
    expect(retries[0]).toMatch(/^the connection to \S+ broke at 0\.\d MB, again in 0\.0 s \(1 of 4\)$/);
  });

  it('that brings nothing more is given up', async () => {
    proxy.breaks = (request) => (isBlob(request) ? { kind: 'cut', after: 0 } : undefined);
    const error = await failure(download());
    expect(error).toMatchObject({ code: 'unreachable', retryable: true, method: 'GET' });
    expect(proxy.seen.filter(isBlob)).toHaveLength(5);
  });

  it('comes whole from a registry that knows no ranges', async () => {
    proxy.breaks = (request) =>
      isBlob(request) && proxy.seen.filter(isBlob).length === 1
        ? { kind: 'cut', after: 1_000_000 }
        : isBlob(request)
          ? { kind: 'no ranges' }
          : undefined;
    expect((await download()).digest()).toBe(blob.digest);
    expect(proxy.seen.filter(isBlob)).toHaveLength(2);
    expect(retries).toHaveLength(1);
  });

  it('comes whole from a registry that begins earlier than it was asked to', async () => {
    proxy.breaks = (request) =>
      isBlob(request)
        ? {
            kind: 'change',
            by: () => content.subarray(1_000_000),
            headers: { 'content-range': `bytes 1000000-${SIZE - 1}/${SIZE}` },
          }
        : undefined;
    const sink = await download(new BytesSink(content.subarray(0, 1_500_000)));
    expect(sink.digest()).toBe(blob.digest);
  });

  it('that ends early and without a length is asked for again, and then corrupt', async () => {
    proxy.breaks = times(1, { kind: 'truncate', after: 1_000_000 }, isBlob);
    expect((await download()).digest()).toBe(blob.digest);
    expect(proxy.seen.at(-1)?.range).toBe('bytes=1000000-');
    let first = true;
    proxy.breaks = (request) => {
      if (!isBlob(request)) return undefined;
      const after = first ? 1_000_000 : 0;
      first = false;
      return { kind: 'truncate', after };
    };
    const error = await failure(download());
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(error.message).toContain('it ends after 1000000');
  });

  it.each([
    ['is announced shorter', { kind: 'length', bytes: 1_000_000 }],
    ['is announced longer', { kind: 'length', bytes: SIZE + 1000 }],
    ['is longer', { kind: 'change', by: (body: Buffer) => Buffer.concat([body, body]) }],
    [
      'is another range',
      { kind: 'answer', status: 206, headers: { 'content-range': `bytes 7-99/${SIZE}` }, body: 'x' },
    ],
    [
      'is longer in all',
      { kind: 'answer', status: 206, headers: { 'content-range': 'bytes 0-0/9' }, body: 'x' },
    ],
  ] as [string, Fault][])(
    'that %s is corrupt, and never more is written than was announced',
    async (_, fault) => {
      proxy.breaks = (request) => (isBlob(request) ? fault : undefined);
      const sink = new BytesSink();
      const error = await failure(download(sink));
      expect(error).toBeInstanceOf(EngineError);
      expect(error).toMatchObject({ code: 'corrupt' });
      expect(error.message).toContain(blob.digest.slice(7, 19));
      expect(sink.bytes().length).toBeLessThanOrEqual(SIZE);
    },
  );

  it('without a length that never ends is cut off at the announced size', async () => {
    proxy.breaks = (request) => (isBlob(request) ? { kind: 'truncate', after: SIZE } : undefined);
    const small = { digest: blob.digest, size: 5_000 };
    const sink = new BytesSink();
    const error = await failure(registry.download('lab/app', small, sink, {}));
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(sink.bytes().length).toBeLessThanOrEqual(5_000);
  });

  it('that is changed on the way is for the writer to find: the bytes come as they are', async () => {
    proxy.breaks = (request) => (isBlob(request) ? { kind: 'corrupt', at: 77 } : undefined);
    expect((await download()).digest()).not.toBe(blob.digest);
  });

  it('that stops in the middle is tried again', async () => {
    const impatient = client({ limits: IMPATIENT });
    proxy.breaks = times(1, { kind: 'drip', bytes: 1_000_000, pause: 3_000 }, isBlob);
    expect((await download(new BytesSink(), impatient)).digest()).toBe(blob.digest);
    expect(retries[0]).toContain('does not answer in time');
    impatient.close();
  });

  it('that drips is tried again', async () => {
    const slow = client({ pace: { bytes: 10_000, within: 300 } });
    proxy.breaks = times(1, { kind: 'drip', bytes: 100, pause: 20 }, isBlob);
    expect((await download(new BytesSink(), slow)).digest()).toBe(blob.digest);
    expect(retries[0]).toContain('less than 10000 bytes in 0.3 s');
    slow.close();
  });

  it('is held back by who takes it, and that is no failure', async () => {
    let waited = 0;
    const sink = new BytesSink();
    const impatient = client({ limits: IMPATIENT });
    await impatient.download('lab/app', blob, sink, {
      onProgress: () => {
        if (waited > 2) return undefined;
        waited++;
        // Longer than a connection may be silent.
        return new Promise((resolve) => setTimeout(resolve, 600));
      },
    });
    expect(sink.digest()).toBe(blob.digest);
    expect(proxy.seen.filter(isBlob)).toHaveLength(1);
    impatient.close();
  });

  it('whose sink fails is not tried again', async () => {
    const full = new EngineError({ code: 'no-space', message: 'full', hint: 'free some' });
    const sink = { offset: 0, write: () => Promise.reject(full) };
    expect(await failure(registry.download('lab/app', blob, sink))).toBe(full);
    expect(proxy.seen.filter(isBlob)).toHaveLength(1);
  });

  it('that nobody wants any more ends at once', async () => {
    proxy.breaks = (request) => (isBlob(request) ? { kind: 'drip', bytes: 1000, pause: 20 } : undefined);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    const error = await failure(registry.download('lab/app', blob, new BytesSink(), { signal: stop.signal }));
    expect(error).toMatchObject({ code: 'cancelled' });
    expect(
      await failure(registry.download('lab/app', blob, new BytesSink(), { signal: stop.signal })),
    ).toMatchObject({
      code: 'cancelled',
    });
  });

  it('that is not there is not-found', async () => {
    const none = { digest: digestOf('nothing'), size: 7 };
    expect(await failure(registry.download('lab/app', none, new BytesSink()))).toMatchObject({
      code: 'not-found',
      codes: ['BLOB_UNKNOWN'],
    });
  });
});

describe('a refusal', () => {
  const refuse = (status: number, headers: Record<string, string> = {}, body = '') =>
    ({ kind: 'answer', status, headers, body }) as const;

  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [400, 'bad-input'],
    [418, 'engine'],
  ])('with %i is told at once as %s', async (status, code) => {
    proxy.breaks = (request) => (isManifest(request) ? refuse(status) : undefined);
    const error = await failure(registry.manifest('lab/app', '1', { subject: 'lab/app:1' }));
    expect(error).toMatchObject({ code, status, retryable: false, method: 'GET' });
    expect(error.url).toBe(`http://${proxy.address}/v2/lab/app/manifests/1`);
    expect(error.hint).not.toBe('');
    expect(proxy.seen.filter(isManifest)).toHaveLength(1);
  });

  it.each([429, 500, 502, 503, 504])('with %i may pass: it is tried again, and then told', async (status) => {
    proxy.breaks = times(3, refuse(status), isManifest);
    expect((await registry.manifest('lab/app', '1')).descriptor.digest).toBe(imageDigest);
    expect(retries.map((note) => note.replace(/in \d.* s/, 'in … s'))).toEqual([
      `${status}, again in … s (1 of 4)`,
      `${status}, again in … s (2 of 4)`,
      `${status}, again in … s (3 of 4)`,
    ]);
    proxy.breaks = (request) => (isManifest(request) ? refuse(status) : undefined);
    const error = await failure(registry.manifest('lab/app', '1'));
    expect(error).toMatchObject({ code: 'unreachable', status, retryable: true });
  });

  it('that says when to come back is obeyed', async () => {
    proxy.breaks = times(1, refuse(429, { 'retry-after': '1' }), isManifest);
    const began = performance.now();
    await registry.manifest('lab/app', '1');
    expect(performance.now() - began).toBeGreaterThan(950);
    expect(retries).toEqual(['429, again in 1.0 s (1 of 4)']);
  });

  it('that says to come back tomorrow is told', async () => {
    proxy.breaks = (request) => (isManifest(request) ? refuse(429, { 'retry-after': '86400' }) : undefined);
    const error = await failure(registry.manifest('lab/app', '1'));
    expect(error).toMatchObject({ code: 'unreachable', retryAfter: 86_400_000 });
    expect(error.message).toContain('86400 s');
    expect(proxy.seen).toHaveLength(1);
  });

  it('of a blob for a while does not end a download', async () => {
    proxy.breaks = times(2, refuse(503, { 'retry-after': '0' }), isBlob);
    expect((await download()).digest()).toBe(blob.digest);
    expect(retries).toHaveLength(2);
  });

  it('as a page of somebody else is told by its title', async () => {
    const page = '<!doctype html><html><title>Sign in\u001b[2J</title><script>alert(1)</script></html>';
    proxy.breaks = (request) => (isManifest(request) ? refuse(403, {}, page) : undefined);
    const error = await failure(registry.manifest('lab/app', '1'));
    expect(error.message).toContain('(Sign in)');
  });
});

describe('a manifest', () => {
  it.each([
    ['garbage', 'garbage'],
    ['a page', '<html>hello</html>'],
    ['nothing', ''],
    ['a number', '5'],
    ['half of one', '{"schemaVersion": 2, "config": {'],
  ])('that is %s is corrupt', async (_, body) => {
    proxy.breaks = (request) =>
      isManifest(request)
        ? { kind: 'answer', status: 200, headers: { 'content-type': 'application/json' }, body }
        : undefined;
    const error = await failure(registry.manifest('lab/app', '1'));
    expect(error).toMatchObject({ code: 'corrupt' });
  });

  it('that is not what its digest says is corrupt, whoever said it', async () => {
    const change = (body: Buffer) => Buffer.from(`${body} `);
    proxy.breaks = (request) => (isManifest(request) ? { kind: 'change', by: change } : undefined);
    expect(await failure(registry.manifest('lab/app', '1'))).toMatchObject({ code: 'corrupt' });
    expect(await failure(registry.manifest('lab/app', imageDigest))).toMatchObject({ code: 'corrupt' });
    const headers = { 'docker-content-digest': '' };
    proxy.breaks = (request) => (isManifest(request) ? { kind: 'change', by: change, headers } : undefined);
    expect(await failure(registry.manifest('lab/app', imageDigest))).toMatchObject({ code: 'corrupt' });
    expect((await registry.manifest('lab/app', '1')).descriptor.digest).not.toBe(imageDigest);
  });

  it('that has another size than its index says is corrupt', async () => {
    const expected = { mediaType: '', digest: imageDigest, size: 7 };
    const error = await failure(registry.manifest('lab/app', imageDigest, { expected }));
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(error.message).toContain('7 bytes');
  });

  it('without end is not read to its end', async () => {
    proxy.breaks = (request) =>
      isManifest(request)
        ? {
            kind: 'change',
            by: () => Buffer.alloc(50_000_000, ' '),
            headers: { 'docker-content-digest': '' },
          }
        : undefined;
    const error = await failure(registry.manifest('lab/app', '1'));
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(error.message).toContain('4194304 bytes');
  });

  it.each(['drip', 'silence'] as const)('that comes by %s is given up in time', async (kind) => {
    const fault: Fault = kind === 'drip' ? { kind, bytes: 5, pause: 100 } : { kind };
    proxy.breaks = (request) => (isManifest(request) ? fault : undefined);
    const one = client({ limits: IMPATIENT, retry: { first: 1, tries: 1 } });
    const error = await failure(one.manifest('lab/app', '1'));
    expect(error).toMatchObject({ code: 'unreachable', retryable: true });
    one.close();
  });

  it('of schema 1 is refused with the reason', async () => {
    const body = JSON.stringify({ schemaVersion: 1, name: 'lab/app', tag: '1', fsLayers: [] });
    const headers = { 'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws' };
    proxy.breaks = (request) =>
      isManifest(request) ? { kind: 'answer', status: 200, headers, body } : undefined;
    const error = await failure(registry.manifest('lab/app', '1'));
    expect(error).toMatchObject({ code: 'unsupported' });
    expect(error.message).toContain('schema 1');
  });

  it('is asked for by HEAD without its content, where the registry tells its digest', async () => {
    expect((await registry.digestOf('lab/app', '1'))?.digest).toBe(imageDigest);
    proxy.breaks = (request) => (request.method === 'HEAD' ? { kind: 'answer', status: 200 } : undefined);
    expect(await registry.digestOf('lab/app', '1')).toBeUndefined();
  });
});

describe('a redirect', () => {
  let storage: HttpServer;
  let asked: { readonly url: string; readonly authorization: string; readonly range: string }[];
  let place = '';

  beforeAll(async () => {
    storage = createServer((request, answer) => {
      const { authorization = '', range = '' } = request.headers;
      asked.push({ url: request.url ?? '', authorization, range });
      answer.setHeader('content-length', content.length).end(content);
    });
    await once(storage.listen(0, '127.0.0.1'), 'listening');
    place = `http://127.0.0.1:${(storage.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(() => storage?.close());

  const redirect = (location: string, status = 307) =>
    ({ kind: 'answer', status, headers: { location } }) as const;

  it.each([301, 302, 303, 307, 308])(
    'with %i to storage is followed without saying who asks',
    async (status) => {
      const closed = client({ credentials: { username: 'ada', secret: 'top secret' } });
      let demands = 1;
      proxy.breaks = (request) => {
        if (!isBlob(request)) return undefined;
        if (demands-- > 0) {
          return { kind: 'answer', status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
        }
        return redirect(`${place}/bucket/x?X-Signature=hush`, status);
      };
      expect((await download(new BytesSink(), closed)).digest()).toBe(blob.digest);
      expect(proxy.seen.at(-1)?.authorization).toMatch(/^Basic /);
      expect(asked).toEqual([{ url: '/bucket/x?X-Signature=hush', authorization: '', range: '' }]);
      closed.close();
    },
  );

  it('within the registry keeps who asks', async () => {
    const closed = client({ credentials: { username: 'ada', secret: 'top secret' } });
    proxy.breaks = (request) => {
      if (!isBlob(request) || request.path.includes('again')) return undefined;
      return request.authorization === ''
        ? { kind: 'answer', status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }
        : redirect(`/v2/lab/app/blobs/${blob.digest}?again`);
    };
    expect((await download(new BytesSink(), closed)).digest()).toBe(blob.digest);
    expect(proxy.seen.at(-1)?.authorization).toMatch(/^Basic /);
    closed.close();
  });

  it('keeps what is asked for', async () => {
    proxy.breaks = (request) => (isBlob(request) ? redirect(`${place}/x`) : undefined);
    const sink = await download(new BytesSink(content.subarray(0, 2_000_000)));
    expect(sink.digest()).toBe(blob.digest);
    expect(asked[0]!.range).toBe('bytes=2000000-');
  });

  it('without end is given up', async () => {
    proxy.breaks = (request) => redirect(`${request.path.replace(/\?.*/, '')}?hop=${proxy.seen.length}`);
    const error = await failure(registry.manifest('lab/app', '1'));
    expect(error).toMatchObject({ code: 'corrupt', retryable: false });
    expect(error.message).toContain('10 times');
    expect(proxy.seen).toHaveLength(11);
  });

  it.each(['ftp://x.example/', 'http://', 'file:///etc/passwd', 'javascript:alert(1)'])(
    'to %s leads nowhere',
    async (location) => {
      proxy.breaks = (request) => (isBlob(request) ? redirect(location) : undefined);
      expect(await failure(download())).toMatchObject({ code: 'corrupt' });
    },
  );

  it('whose place refuses is told without the signature', async () => {
    const refusing = createServer((_, answer) =>
      answer.writeHead(403).end('<Error>SignatureDoesNotMatch</Error>'),
    );
    await once(refusing.listen(0, '127.0.0.1'), 'listening');
    const { port } = refusing.address() as AddressInfo;
    proxy.breaks = (request) =>
      isBlob(request) ? redirect(`http://127.0.0.1:${port}/x?X-Amz-Signature=hush-hush`) : undefined;
    const error = await failure(download());
    expect(error).toMatchObject({ code: 'forbidden', status: 403 });
    expect(error.url).toBe(`http://127.0.0.1:${port}/x?X-Amz-Signature=***`);
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('hush');
    refusing.close();
  });
});

describe('what is no registry', () => {
  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', /does not answer as HTTP/],
    ['no length', 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', /does not answer as HTTP/],
    ['headers without end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`, /does not answer as HTTP/],
    ['no chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', /does not answer as HTTP/],
    ['nothing', '', /broke/],
  ])('but says %s is told as such', async (_, says, message) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (bytes) => {
        // No TLS is spoken here.
        if (bytes[0] === 22) socket.destroy();
        else socket.end(says);
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const env = { DOCKER_CONFIG: '/dev/null/nothing' };
    const odd = openRegistry(`127.0.0.1:${port}`, { env, ...FAST, retry: { tries: 1, first: 1 } });
    const error = await failure(odd.manifest('lab/app', '1'));
    expect(['corrupt', 'unreachable']).toContain(error.code);
    expect(error.message).toMatch(message);
    odd.close();
    server.close();
  });

  it('and nothing listens is told at once', async () => {
    const nobody = openRegistry('127.0.0.1:1', { env: {} });
    const error = await failure(nobody.manifest('lab/app', '1'));
    expect(error).toMatchObject({ code: 'unreachable', retryable: true });
    expect(error.message).toContain('nothing listens at 127.0.0.1:1');
  });
});

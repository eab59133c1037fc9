/** What no real builder can be made to show: half answers, damaged ones, silence; and what is sent. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BuildEvent, BuilderKind, BuildOptions } from '../../../src/engine/build.ts';
import { connect } from '../../../src/engine/connect.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { stepsOf } from '../contract-build-events.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const ID = `sha256:${'ab'.repeat(32)}`;
const INFO = { ServerVersion: '20', OSType: 'linux', Architecture: 'x86_64', Driver: 'overlay2' };
const RECORDED = join(import.meta.dirname, '../../fixtures/builds');

let folder = '';
let server: Server;
let engine: Engine;
let isPodman = false;
/** What is answered to `POST /build`. */
let handle: Handler;
let asked: IncomingMessage[] = [];
let upgraded: IncomingMessage[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nacre-build-'));
  isPodman = false;
  asked = [];
  upgraded = [];
  server = createServer((request, response) => {
    if (request.url === '/_ping') {
      if (isPodman) response.setHeader('Libpod-Api-Version', '4.3.1');
      response.setHeader('Api-Version', '1.41').end('OK');
    } else if (request.url?.endsWith('/info')) response.end(JSON.stringify(INFO));
    else {
      asked.push(request);
      handle(request, response);
    }
  });
  // A session that nobody asks anything over.
  server.on('upgrade', (request, socket) => {
    upgraded.push(request);
    socket.on('error', () => {});
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
  });
  await once(server.listen(join(folder, 'docker.sock')), 'listening');
  process.env['DOCKER_CONFIG'] = folder;
  await open();
});
afterEach(async () => {
  delete process.env['DOCKER_CONFIG'];
  await engine.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<void> {
  const endpoint = { address: `unix://${folder}/docker.sock` };
  engine = await connect({ endpoint, chosenBy: 'the test says so', tried: [] });
}

const start = (options: BuildOptions = {}, context = Readable.from([Buffer.alloc(1024)])) =>
  engine.builder!.build(context, options);

async function all(build: ReturnType<typeof start>): Promise<{ events: BuildEvent[]; error: unknown }> {
  const events: BuildEvent[] = [];
  try {
    for await (const event of build) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

const answering =
  (...chunks: (string | Buffer)[]): Handler =>
  async (request, response) => {
    request.resume();
    await once(request, 'end');
    for (const chunk of chunks) response.write(chunk);
    response.end();
  };

/** The first lines of a recorded answer. */
async function begun(name: string, lines: number): Promise<string> {
  const text = await readFile(join(RECORDED, `${name}.ndjson`), 'utf8');
  return text
    .split('\n')
    .slice(0, lines)
    .map((line) => `${line}\n`)
    .join('');
}

describe.each<[BuilderKind, string, number]>([
  ['buildkit', 'docker20-buildkit', 17],
  ['classic', 'docker20-classic', 17],
  ['buildah', 'podman58', 12],
])('an answer of %s', (builder, recording, lines) => {
  beforeEach(async () => {
    if (builder !== 'buildah') return;
    await engine.close();
    isPodman = true;
    await open();
  });

  const running = (events: readonly BuildEvent[]) =>
    stepsOf(events)
      .filter(({ state }) => state === 'running' || state === 'cancelled')
      .map(({ state }) => state);

  test('that just ends is no success', async () => {
    handle = answering(await begun(recording, lines));
    const { events, error } = await all(start({ builder }));
    expect(error).toMatchObject({
      code: 'unreachable',
      retryable: true,
      message: expect.stringContaining('middle of the build'),
    });
    expect(running(events)).toEqual(['cancelled']);
    handle = answering('');
    expect((await all(start({ builder }))).error).toMatchObject({ code: 'unreachable' });
  });

  test('that breaks off is told, after all that came', async () => {
    const text = await begun(recording, lines);
    handle = (request, response) => {
      request.resume();
      response.write(text);
      setTimeout(() => request.socket.destroy(), 50);
    };
    const { events, error } = await all(start({ builder }));
    expect(error).toMatchObject({ code: 'unreachable', retryable: true });
    expect(running(events)).toEqual(['cancelled']);
    expect(stepsOf(events).length).toBeGreaterThan(3);
  });

  test('that cannot be read is corrupt, after all that could', async () => {
    handle = answering(`${await begun(recording, lines)}<html>\n`);
    const { events, error } = await all(start({ builder }));
    expect(error).toMatchObject({ code: 'corrupt', message: expect.stringContaining('build an image') });
    expect(stepsOf(events).length).toBeGreaterThan(3);
  });

  test('with an error among its lines is that error, whatever its status says', async () => {
    const said = 'write /x: no space left on device';
    handle = answering(
      await begun(recording, lines),
      `{"errorDetail":{"message":"${said}"},"error":"${said}"}\r\n`,
    );
    const { error } = await all(start({ builder }));
    expect(error).toMatchObject({ code: 'no-space', detail: said });
    handle = answering(`{"error":"out of luck"}`);
    expect((await all(start({ builder }))).error).toMatchObject({
      code: 'build-failed',
      message: 'cannot build: out of luck',
    });
  });

  test('that is a refusal says why', async () => {
    handle = (_, response) => response.writeHead(500).end('{"message":"out of luck"}');
    expect((await all(start({ builder }))).error).toMatchObject({
      code: 'engine',
      message: 'cannot build the image: out of luck',
    });
    handle = (_, response) => response.writeHead(403).end('{"message":"no builds here"}');
    expect((await all(start({ builder }))).error).toMatchObject({ code: 'forbidden' });
  });

  test('of odd shapes is read as far as it goes', async () => {
    const odd = [
      null,
      7,
      'text',
      [],
      {},
      { stream: 5 },
      { aux: 'no' },
      { id: 'moby.buildkit.trace', aux: {} },
      { errorDetail: null },
    ];
    const end = { id: 'moby.image.id', aux: { ID: ID } };
    handle = answering([...odd, end].map((row) => JSON.stringify(row)).join('\n'));
    const { error, events } = await all(start({ builder }));
    expect(error).toBeUndefined();
    expect(events.map(({ type }) => type).filter((type) => type !== 'part')).toEqual([]);
  });

  test('that nobody takes is not waited for: who has enough of it ends everything', async () => {
    const text = await begun(recording, lines);
    let isClosed = false;
    handle = (request, response) => {
      request.resume();
      response.write(text);
      response.once('close', () => {
        isClosed = true;
      });
    };
    const source = Readable.from([Buffer.alloc(1024)]);
    for await (const event of start({ builder }, source)) if (event.type === 'step') break;
    expect(source.destroyed).toBe(true);
    await expect.poll(() => isClosed).toBe(true);
  });

  test('that does not come yet leaves the context unread', async () => {
    let made = 0;
    async function* endless() {
      for (;;) {
        made++;
        yield Buffer.alloc(100_000);
      }
    }
    handle = () => {};
    const stop = new AbortController();
    const building = all(
      start({ builder, signal: stop.signal }, Readable.from(endless(), { objectMode: false })),
    );
    await sleep(200);
    const before = made;
    await sleep(100);
    expect(made).toBe(before);
    expect(made * 100_000).toBeLessThan(10_000_000);
    stop.abort();
    expect((await building).error).toMatchObject({ code: 'cancelled' });
  });
});

describe('a trace', () => {
  test('that is damaged is corrupt', async () => {
    handle = answering(`{"id":"moby.buildkit.trace","aux":"CosBCkdza"}\n`);
    expect((await all(start())).error).toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('trace is damaged'),
    });
  });
});

describe('a session', () => {
  test('that an engine does not open is told by its own words', async () => {
    server.removeAllListeners('upgrade');
    // The build itself would go on for ever.
    handle = (request, response) => {
      if (request.url?.endsWith('/session')) response.writeHead(500).end('{"message":"no sessions today"}');
      else request.resume();
    };
    expect((await all(start())).error).toMatchObject({
      code: 'engine',
      message: expect.stringContaining('no sessions today'),
    });
  });
});

describe('what is sent', () => {
  const query = () => Object.fromEntries(new URL(asked[0]?.url ?? '', 'http://engine').searchParams);

  test('to BuildKit names the session and the build', async () => {
    handle = answering(JSON.stringify({ id: 'moby.image.id', aux: { ID: ID } }));
    await all(
      start({
        references: ['app', 'reg.test/app:2'],
        args: { A: '1' },
        noCache: true,
        network: 'default',
        target: '',
      }),
    );
    const { session, buildid, ...rest } = query();
    expect(rest).toEqual({
      version: '2',
      t: 'reg.test/app:2',
      dockerfile: 'Dockerfile',
      buildargs: '{"A":"1"}',
      nocache: '1',
    });
    expect(asked[0]?.url).toContain('t=app%3Alatest&t=reg.test');
    expect(buildid).toMatch(/^\w{32}$/);
    expect(upgraded[0]?.headers['x-docker-expose-session-uuid']).toBe(session);
    expect(upgraded[0]?.rawHeaders.filter((header) => header.startsWith('/'))).toEqual([
      '/grpc.health.v1.Health/Check',
      '/moby.filesync.v1.Auth/Credentials',
      '/moby.buildkit.secrets.v1.Secrets/GetSecret',
    ]);
    expect(asked[0]?.headers).not.toHaveProperty('x-registry-config');
  });

  test('to others has all credentials in it, as docker spells them', async () => {
    const auth = Buffer.from('ada:l0velace').toString('base64');
    const auths = { 'reg.test:5000': { auth }, 'https://index.docker.io/v1/': { identitytoken: 't0ken' } };
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths, credsStore: 'gone' }));
    handle = answering(JSON.stringify({ aux: { ID: ID } }));
    const { events } = await all(start({ builder: 'classic' }));
    expect(query()).toEqual({ version: '1', dockerfile: 'Dockerfile', rm: '1', forcerm: '1' });
    const header = String(asked[0]?.headers['x-registry-config']);
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({});
    expect(
      events.filter(({ type }) => type === 'line').map((event) => 'text' in event && event.text),
    ).toEqual([
      expect.stringContaining('docker-credential-gone'),
      expect.stringContaining('docker-credential-gone'),
    ]);
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths }));
    await all(start({ builder: 'classic' }));
    const told = String(asked[1]?.headers['x-registry-config']);
    expect(JSON.parse(Buffer.from(told, 'base64url').toString())).toEqual({
      'reg.test:5000': { username: 'ada', password: 'l0velace', serveraddress: 'reg.test:5000' },
      'https://index.docker.io/v1/': { identitytoken: 't0ken', serveraddress: 'https://index.docker.io/v1/' },
    });
  });

  test('tells of itself in the middle and at its end, and is cancelled by name', async () => {
    handle = (request) => request.resume();
    const stop = new AbortController();
    const parts: BuildEvent[] = [];
    const cancelled = expect(
      (async () => {
        for await (const event of start({ signal: stop.signal })) {
          parts.push(event);
          if (event.type === 'part' && event.stage === 'done') stop.abort();
        }
      })(),
    ).rejects.toMatchObject({ code: 'cancelled' });
    await cancelled;
    expect(parts.at(0)).toEqual({
      type: 'part',
      id: 'context',
      stage: 'uploading',
      done: 0,
      total: undefined,
    });
    expect(parts.at(-1)).toEqual({ type: 'part', id: 'context', stage: 'done', done: 1024, total: 1024 });
    await expect.poll(() => asked.length).toBe(2);
    const [cancel = '', sent = ''] = asked.map(({ url }) => String(url)).sort();
    const id = new URL(sent, 'http://engine').searchParams.get('buildid');
    expect(cancel).toBe(`/v1.41/build/cancel?id=${id}`);
  });
});

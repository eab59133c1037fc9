/** What no real engine can be made to show: garbage, half answers, silence. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createRawServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../../src/engine/connect.ts';
import { Http } from '../../../src/engine/docker/http.ts';
import type { Engine } from '../../../src/engine/engine.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let folder = '';
let socket = '';
let server: Server;
let engine: Engine | undefined;
/** What the server answers besides the greeting. */
let handle: Handler;

const GREETING: Handler = (_, response) => response.setHeader('Api-Version', '1.41').end('OK');
const INFO = { ServerVersion: '20', OSType: 'linux', Architecture: 'x86_64', Driver: 'overlay2' };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nacre-fault-'));
  socket = join(folder, 'docker.sock');
  handle = (_, response) => response.end('[]');
  server = createServer((request, response) => {
    if (request.url === '/_ping') GREETING(request, response);
    else if (request.url?.endsWith('/info')) response.end(JSON.stringify(INFO));
    else handle(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(socket, resolve);
  });
});
afterEach(async () => {
  await engine?.close();
  engine = undefined;
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const choice = () => ({ endpoint: { address: `unix://${socket}` }, chosenBy: 'the test says so', tried: [] });
async function open(options?: Parameters<typeof connect>[1]): Promise<Engine> {
  engine = await connect(choice(), options);
  return engine;
}

describe('an answer that cannot be read', () => {
  test.each([
    ['garbage', '<html>it works</html>', 'begins with'],
    ['half of it', '[{"Id":"sha256:01","RepoTags":["a:', 'breaks off'],
    ['another shape', '{"Id":"x"}', 'not a list'],
    ['a row that is none', '[null]', 'not an object'],
    ['an image without an id', '[{"RepoTags":["a:1"]}]', 'no id'],
    ['nothing at all', '', 'breaks off'],
  ])('%s is corrupt, and what was read is named', async (_, body, why) => {
    handle = (_request, response) => response.end(body);
    await expect((await open()).list()).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(new RegExp(`list images.*${why}`)),
      hint: expect.not.stringMatching(/^$/),
    });
  });

  test('of odd members is read as far as it goes', async () => {
    handle = (_request, response) =>
      response.end(
        '[{"Id":"sha256:01","RepoTags":5,"RepoDigests":[7,null],"Created":"x","Size":null,"Labels":[]}]',
      );
    expect(await (await open()).list()).toEqual([
      {
        id: 'sha256:01',
        references: [],
        digests: [],
        parentId: '',
        role: 'dangling',
        created: 0,
        size: 0,
        sharedSize: undefined,
        containers: undefined,
        labels: {},
      },
    ]);
  });

  test('of the list asked for beforehand is told to who asks for the list', async () => {
    handle = (_request, response) => response.end('{');
    const client = await open({ prefetchList: true });
    await expect(client.list({ all: true })).rejects.toMatchObject({ code: 'corrupt' });
    handle = (_request, response) => response.end('[]');
    expect(await client.list({ all: true })).toEqual([]);
  });

  test('in a stream of events ends it, after what could be read', async () => {
    handle = (_request, response) => {
      response.write('{"Type":"image","Action":"tag","Actor":{"ID":"sha256:01"},"time":1}\n');
      response.end('{"Type":"image","Act');
    };
    const seen: unknown[] = [];
    const client = await open();
    await expect(async () => {
      for await (const event of client.events()) seen.push(event);
    }).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('watch for changes') });
    expect(seen).toEqual([{ action: 'tag', subject: 'sha256:01', time: 1 }]);
  });
});

describe('a connection that breaks', () => {
  test.each<[string, Handler]>([
    ['before the answer', (request) => request.socket.destroy()],
    [
      'in the middle of the answer',
      (request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('[{');
        setTimeout(() => request.socket.destroy(), 20);
      },
    ],
    [
      'in the middle of an answer of unknown length',
      (request, response) => {
        response.write('[{');
        setTimeout(() => request.socket.destroy(), 20);
      },
    ],
  ])('%s is unreachable and can be tried again', async (_, handler) => {
    handle = handler;
    const client = await open();
    await expect(client.list()).rejects.toMatchObject({ code: 'unreachable', retryable: true });
    handle = (_request, response) => response.end('[]');
    expect(await client.list()).toEqual([]);
  });

  test('ends a stream of events, and so does its orderly end', async () => {
    const client = await open();
    handle = (request, response) => {
      response.write('{"Type":"image","Action":"tag"}\n');
      setTimeout(() => request.socket.destroy(), 20);
    };
    await expect(Array.fromAsync(client.events())).rejects.toMatchObject({
      code: 'unreachable',
      retryable: true,
    });
    handle = (_request, response) => response.end();
    await expect(Array.fromAsync(client.events())).rejects.toMatchObject({
      code: 'unreachable',
      retryable: true,
    });
  });
});

describe('an engine that does not answer', () => {
  const silence: Handler = () => {};

  test('is left alone when the call is aborted, and its connection is closed', async () => {
    const closed = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    handle = (request) => {
      request.socket.once('close', () => closed.resolve());
      asked.resolve();
    };
    const client = await open();
    const stop = new AbortController();
    const list = client.list({ signal: stop.signal });
    await asked.promise;
    stop.abort();
    await expect(list).rejects.toMatchObject({ code: 'cancelled', hint: '' });
    await closed.promise;
  });

  test('need not be waited for, even for the list asked for beforehand', async () => {
    handle = silence;
    const client = await open({ prefetchList: true });
    const stop = new AbortController();
    const list = client.list({ all: true, signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(list).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('is given up after a while', async () => {
    handle = silence;
    const http = new Http({ address: `unix://${socket}` });
    const call = http.json({ path: '/x', doing: 'wait', timeout: 1000 });
    await expect(call).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('too long'),
    });
    await http.close();
  });

  test('may be silent on a stream for as long as it likes', async () => {
    handle = (_request, response) => {
      response.flushHeaders();
      setTimeout(() => response.write('{"Type":"image","Action":"pull","id":"a:1"}\n'), 1500);
    };
    const client = await open();
    const events = client.events();
    expect((await events.next()).value).toMatchObject({ action: 'pull', subject: 'a:1' });
    await events.return();
  });

  test('does not keep a hundred callers from being told', async () => {
    handle = silence;
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    const client = await open();
    const calls = Array.from({ length: 100 }, () => client.list());
    const all = Promise.allSettled(calls);
    await client.close();
    for (const result of await all) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } });
    }
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });
});

describe('what is no engine', () => {
  test('because it names no API version', async () => {
    server
      .removeAllListeners('request')
      .on('request', (_request, response: ServerResponse) => response.end('hello'));
    await expect(connect(choice())).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('no Docker or Podman engine'),
    });
  });

  test('because it speaks no HTTP', async () => {
    const other = join(folder, 'other.sock');
    const raw = createRawServer((client) => client.once('data', () => client.end('SSH-2.0-OpenSSH_9\r\n')));
    await new Promise<void>((resolve) => {
      raw.listen(other, resolve);
    });
    await expect(connect({ ...choice(), endpoint: { address: `unix://${other}` } })).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('does not speak HTTP'),
    });
    raw.close();
  });

  test('because nothing is there', async () => {
    await expect(
      connect({ ...choice(), endpoint: { address: `unix://${folder}/none` } }),
    ).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('no such socket'),
    });
  });
});

test('an engine whose socket may not be used is a matter of permission, and the hint says what helps', async () => {
  chmodSync(folder, 0o755);
  chmodSync(socket, 0o000);
  // Root may use every socket: be nobody for this call.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await expect(connect(choice())).rejects.toMatchObject({
      code: 'permission',
      message: expect.stringContaining(socket),
      hint: expect.stringContaining('usermod -aG docker'),
      retryable: false,
    });
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test('an engine newer than what is known is spoken to in the newest version that is', async () => {
  const asked: string[] = [];
  server.removeAllListeners('request').on('request', (request: IncomingMessage, response: ServerResponse) => {
    asked.push(request.url ?? '');
    if (request.url === '/_ping') response.setHeader('Api-Version', '1.99').end('OK');
    // What is answered without a version has a shape that nobody here knows.
    else if (!request.url?.startsWith('/v')) response.end('{"shape": "of tomorrow"}');
    else response.end(request.url.endsWith('/info') ? JSON.stringify(INFO) : '[]');
  });
  const client = await open({ prefetchList: true });
  expect(client.info.apiVersion).toBe('1.51');
  expect(await client.list({ all: true })).toEqual([]);
  const versioned = asked.filter((path) => path.startsWith('/v'));
  expect(versioned.sort()).toEqual(['/v1.51/images/json?all=1', '/v1.51/info']);
});

test('a connection is aborted like anything else', async () => {
  server.removeAllListeners('request').on('request', () => {});
  const stop = new AbortController();
  const connecting = connect(choice(), { signal: stop.signal });
  setTimeout(() => stop.abort(), 50);
  await expect(connecting).rejects.toMatchObject({ code: 'cancelled' });
});

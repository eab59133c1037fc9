/** What no real engine can be made to show of a transfer: half answers, early ones, silence; and what is sent. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../../src/engine/connect.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { Transfer, TransferEvent } from '../../../src/engine/transfer.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const ID = `sha256:${'ab'.repeat(32)}`;
const DIGEST = `sha256:${'cd'.repeat(32)}`;
const INFO = { ServerVersion: '20', OSType: 'linux', Architecture: 'x86_64', Driver: 'overlay2' };
const IMAGE = { Id: ID, RepoTags: ['app:1'], RepoDigests: [], Os: 'linux', Architecture: 'amd64' };

let folder = '';
let server: Server;
let engine: Engine;
/** What is answered besides greetings and inspections. */
let handle: Handler;
let isThere = true;
let asked: IncomingMessage[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nacre-transfer-'));
  isThere = true;
  asked = [];
  server = createServer((request, response) => {
    if (request.url === '/_ping') response.setHeader('Api-Version', '1.41').end('OK');
    else if (request.url?.endsWith('/info')) response.end(JSON.stringify(INFO));
    else if (/\/images\/.+\/json$/.test(request.url ?? '')) {
      if (isThere) response.end(JSON.stringify(IMAGE));
      else response.writeHead(404).end('{"message":"No such image: app:1"}');
    } else {
      asked.push(request);
      handle(request, response);
    }
  });
  await once(server.listen(join(folder, 'docker.sock')), 'listening');
  const endpoint = { address: `unix://${folder}/docker.sock` };
  engine = await connect({ endpoint, chosenBy: 'the test says so', tried: [] });
  process.env['DOCKER_CONFIG'] = folder;
});
afterEach(async () => {
  delete process.env['DOCKER_CONFIG'];
  await engine.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const answering =
  (...rows: object[]): Handler =>
  (request, response) => {
    request.resume();
    response.end(rows.map((row) => JSON.stringify(row)).join('\r\n'));
  };

async function result<Result>(transfer: Transfer<Result>): Promise<Result> {
  for (;;) {
    const { done, value } = await transfer.next();
    if (done) return value;
  }
}

function sink(): Writable & { bytes(): number } {
  let bytes = 0;
  const writable = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length;
      done();
    },
  });
  return Object.assign(writable, { bytes: () => bytes });
}

describe('an archive that the engine sends', () => {
  const block = Buffer.alloc(512, 'x');
  const end = Buffer.alloc(1024);

  test('is whole when it ends as a tar does', async () => {
    handle = (_, response) => response.end(Buffer.concat([block, block, end]));
    const to = sink();
    expect(await result(engine.save(['app:1'], to))).toEqual({ bytes: 2048 });
    expect([to.bytes(), to.writableFinished]).toEqual([2048, true]);
  });

  test.each<[string, Handler, object]>([
    [
      'an error instead of its end',
      (_, response) => {
        response.write(Buffer.concat([block, block]));
        response.end(
          '{"errorDetail":{"message":"write /x: no space left on device"},"error":"no space"}\r\n',
        );
      },
      { code: 'no-space' },
    ],
    [
      'no end',
      (_, response) => response.end(Buffer.concat([block, block])),
      { code: 'corrupt', retryable: true },
    ],
    [
      'half a block',
      (_, response) => response.end(Buffer.concat([block, end.subarray(7)])),
      { code: 'corrupt' },
    ],
    ['nothing in it', (_, response) => response.end(), { code: 'corrupt' }],
    [
      'a broken connection',
      (request, response) => {
        response.write(block);
        setTimeout(() => request.socket.destroy(), 20);
      },
      { code: 'unreachable', retryable: true },
    ],
    [
      'a refusal',
      (_, response) => response.writeHead(500).end('{"message":"out of luck"}'),
      { code: 'engine' },
    ],
  ])('with %s is not taken for whole', async (_, handler, error) => {
    handle = handler;
    const to = sink();
    await expect(result(engine.save(['app:1'], to))).rejects.toMatchObject(error);
    expect([to.destroyed, to.writableFinished]).toEqual([true, false]);
  });
});

describe('an archive that the engine gets', () => {
  const endless = () => Readable.from(zeros(), { objectMode: false });
  async function* zeros() {
    for (;;) {
      await sleep(1);
      yield Buffer.alloc(65_536);
    }
  }

  test.each<[string, Handler]>([
    [
      'and keeps the connection',
      (_, response) => response.end('{"errorDetail":{"message":"archive/tar: invalid tar header"}}\r\n'),
    ],
    [
      'and ends the connection',
      (request, response) =>
        response.end('{"errorDetail":{"message":"archive/tar: invalid tar header"}}\r\n', () =>
          request.socket.end(),
        ),
    ],
    [
      'with a refusal',
      (_, response) => response.writeHead(500).end('{"message":"archive/tar: invalid tar header"}'),
    ],
  ])('is given up when the engine answers before its end %s', async (_, handler) => {
    handle = handler;
    const source = endless();
    await expect(result(engine.load(source))).rejects.toMatchObject({
      code: 'bad-input',
      detail: 'archive/tar: invalid tar header',
    });
    expect(source.destroyed).toBe(true);
  });

  test('is not read any more when the connection breaks', async () => {
    handle = (request) => {
      request.once('data', () => request.socket.destroy());
    };
    const source = endless();
    await expect(result(engine.load(source))).rejects.toMatchObject({ code: 'unreachable', retryable: true });
    expect(source.destroyed).toBe(true);
  });

  test('is sent whole, in chunks, with the connection closed when nobody wants more', async () => {
    let got = 0;
    handle = async (request, response) => {
      for await (const chunk of request) got += (chunk as Buffer).length;
      response.end('{"stream":"Loaded image: app:1\\n"}');
    };
    const bytes = Buffer.alloc(3_000_000, 'y');
    const source = Readable.from([bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000)]);
    expect(await result(engine.load(source))).toEqual({ images: [{ id: ID, references: ['app:1'] }] });
    expect(got).toBe(bytes.length);
    expect(asked[0]?.headers).toMatchObject({
      'transfer-encoding': 'chunked',
      'content-type': 'application/x-tar',
    });
    const closed = Promise.withResolvers<void>();
    handle = (request) => {
      request.resume();
      request.socket.once('close', () => closed.resolve());
    };
    const other = endless();
    for await (const event of engine.load(other)) if (event.type === 'part' && event.done > 0) break;
    await closed.promise;
    expect(other.destroyed).toBe(true);
  });

  test.each([
    ['load', (source: Readable) => engine.load(source)],
    ['import', (source: Readable) => engine.import(source)],
  ])('is given up by %s when nobody follows it, and may break before it is read', async (_, begin) => {
    handle = (request) => request.resume();
    const left = endless();
    const leaving = begin(left);
    await leaving.next();
    await leaving.return(undefined as never);
    expect(left.destroyed).toBe(true);
    const broken = new Readable({ read() {} });
    const breaking: Transfer<unknown> = begin(broken);
    await breaking.next();
    // Without anybody who hears of it, that would end the program.
    broken.destroy(new Error('the network broke'));
    await new Promise((closed) => broken.once('close', closed));
    await expect(result(breaking)).rejects.toMatchObject({
      message: expect.stringContaining('the network broke'),
    });
  });

  test('without an image in it is none', async () => {
    handle = async (request, response) => {
      for await (const _ of request);
      response.end();
    };
    await expect(result(engine.load(Readable.from([Buffer.alloc(10)])))).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('no image'),
    });
  });

  test('that cannot be unpacked is corrupt, in the words of what unpacks it', async () => {
    handle = (request) => request.resume();
    const source = new Readable({
      read() {
        this.destroy(Object.assign(new Error('incorrect data check'), { code: 'Z_DATA_ERROR' }));
      },
    });
    await expect(result(engine.load(source))).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('incorrect data check'),
    });
  });
});

describe('an end without a result', () => {
  test('of a push is a failure', async () => {
    handle = answering({ status: 'The push refers to repository [registry.test/app]' });
    await expect(result(engine.push('registry.test/app:1'))).rejects.toMatchObject({ code: 'engine' });
  });

  test('of a pull is one where no image is there', async () => {
    isThere = false;
    handle = answering({ status: 'Pulling from app', id: '1' });
    await expect(result(engine.pull('app:1'))).rejects.toMatchObject({ code: 'corrupt' });
  });

  test('of an import is a failure', async () => {
    handle = answering({ status: 'thinking' });
    await expect(result(engine.import(Readable.from([Buffer.alloc(10)])))).rejects.toMatchObject({
      code: 'corrupt',
    });
  });

  test('that breaks off is unreachable', async () => {
    handle = (request, response) => {
      response.write('{"status":"Pulling from app","id":"1"}\r\n{"stat');
      setTimeout(() => request.socket.destroy(), 20);
    };
    await expect(result(engine.pull('app:1'))).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('who we are', () => {
  const sent = () => {
    const header = String(asked.at(-1)?.headers['x-registry-auth']);
    // Engines take what lacks its padding for nothing at all.
    expect(header.length % 4).toBe(0);
    expect(header).toMatch(/^[\w-]+={0,2}$/);
    return JSON.parse(Buffer.from(header, 'base64url').toString()) as unknown;
  };
  const pulled = answering(
    { status: `Digest: ${DIGEST}` },
    { status: 'Status: Downloaded newer image for app:1' },
  );
  const pushed = answering({ progressDetail: {}, aux: { Tag: '1', Digest: DIGEST, Size: 7 } });

  test('is told as nobody where nothing is known', async () => {
    handle = pushed;
    await result(engine.push('registry.test/app:1'));
    expect(sent()).toEqual({});
    handle = pulled;
    expect(await result(engine.pull('registry.test/app:1'))).toEqual({
      reference: 'registry.test/app:1',
      digest: DIGEST,
      id: ID,
      changed: true,
    });
    expect(sent()).toEqual({});
  });

  test('comes with the call, name and password of any length and script, or a token', async () => {
    handle = pulled;
    for (const secret of ['a', 'ab', 'abc', 'pässwörd?>~', '漢字']) {
      const credentials = { username: 'ada', secret };
      await result(engine.pull('registry.test/app:1', { credentials }));
      expect(sent()).toEqual({ username: 'ada', password: secret, serveraddress: 'registry.test' });
    }
    const credentials = { username: '', secret: 't0ken', identityToken: true };
    await result(engine.pull('acme/app:1', { credentials }));
    expect(sent()).toEqual({ identitytoken: 't0ken', serveraddress: 'https://index.docker.io/v1/' });
  });

  test("comes from docker's configuration, which the log tells without the secret", async () => {
    const auth = Buffer.from('ada:s3cret').toString('base64');
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { 'registry.test': { auth } } }));
    handle = pushed;
    const events: TransferEvent[] = [];
    for await (const event of engine.push('registry.test/app:1')) events.push(event);
    expect(sent()).toEqual({ username: 'ada', password: 's3cret', serveraddress: 'registry.test' });
    const lines = events.flatMap((event) =>
      event.type === 'line' && event.topic === 'auth' ? [event.text] : [],
    );
    expect(lines).toEqual(['registry.test: credentials from config.json']);
    expect(JSON.stringify(events)).not.toMatch(/s3cret|YWRh/);
    await result(engine.push('other.test/app:1'));
    expect(sent()).toEqual({});
  });

  test('goes to no other place than that header', async () => {
    handle = (_, response) => response.writeHead(500).end('{"message":"unauthorized: ada:s3cret is wrong"}');
    const credentials = { username: 'ada', secret: 's3cret' };
    await expect(result(engine.pull('registry.test/app:1', { credentials }))).rejects.toMatchObject({
      code: 'unauthorized',
    });
    expect(`${asked[0]?.url} ${JSON.stringify({ ...asked[0]?.headers, 'x-registry-auth': '' })}`).not.toMatch(
      /s3cret/,
    );
  });
});

describe('what is asked for', () => {
  test('always has a tag or a digest', async () => {
    handle = answering({ status: `Digest: ${DIGEST}` });
    const query = () => Object.fromEntries(new URL(asked.at(-1)?.url ?? '', 'http://engine').searchParams);
    await result(engine.pull('acme/app'));
    expect(query()).toEqual({ fromImage: 'acme/app', tag: 'latest' });
    await result(engine.pull(`acme/app:1@${DIGEST}`, { platform: 'arm' }));
    expect(query()).toEqual({ fromImage: 'acme/app', tag: DIGEST, platform: 'linux/arm/v7' });
    handle = answering({ status: `latest: digest: ${DIGEST} size: 5` });
    expect(await result(engine.push('localhost:5000/app'))).toEqual({
      reference: 'localhost:5000/app:latest',
      digest: DIGEST,
      size: 5,
    });
    expect([asked.at(-1)?.url]).toEqual(['/v1.41/images/localhost:5000/app/push?tag=latest']);
  });

  test('is every name, and every change, once', async () => {
    handle = (_, response) => response.end(Buffer.alloc(1024));
    await result(engine.save(['app:1', 'app:2'], sink()));
    expect(asked[0]?.url).toBe('/v1.41/images/get?names=app%3A1&names=app%3A2');
    handle = answering({ status: ID });
    await result(
      engine.import(Readable.from([Buffer.alloc(1024)]), {
        changes: ['CMD ["a"]', 'ENV A=b&c'],
        message: 'm',
      }),
    );
    const { searchParams } = new URL(asked.at(-1)?.url ?? '', 'http://engine');
    expect(searchParams.getAll('changes')).toEqual(['CMD ["a"]', 'ENV A=b&c']);
    expect(searchParams.get('message')).toBe('m');
  });
});

/** Running a container on an engine that fails in the middle, at moments no real one can be held at. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from '../../../src/engine/connect.ts';
import type { ContainerStreams, RunOptions } from '../../../src/engine/container.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';

const ID = 'ab'.repeat(32);
const INFO = { ServerVersion: '20', OSType: 'linux', Architecture: 'x86_64', Driver: 'overlay2' };
/** `hi` on the output, as a frame. */
const HI = Buffer.from([1, 0, 0, 0, 0, 0, 0, 2, 104, 105]);

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

let folder = '';
let server: Server;
let engine: Engine;
/** Calls in their order: `POST /containers/create`. */
let calls: string[] = [];
let answers: Record<string, Answer> = {};
/** What comes on the attached connection. */
let attached: (socket: Duplex, url: string) => void;

beforeEach(async () => {
  folder = scratchFolder();
  calls = [];
  attached = (socket) => socket.end(HI);
  answers = {
    '/_ping': (response) => response.setHeader('Api-Version', '1.41').end('OK'),
    '/info': (response) => response.end(JSON.stringify(INFO)),
    '/create': (response) => response.writeHead(201).end(JSON.stringify({ Id: ID })),
    '/start': (response) => response.writeHead(204).end(),
    '/wait': (response) => response.end('{"StatusCode":3,"Error":null}'),
    '/kill': (response) => response.writeHead(204).end(),
    [`/${ID}`]: (response) => response.writeHead(204).end(),
  };
  const nameOf = (request: IncomingMessage) => /[^/?]*(?=\?|$)/.exec(request.url ?? '')?.[0] ?? '';
  server = createServer((request, response) => {
    const name = nameOf(request);
    if (request.method !== 'GET') calls.push(`${request.method} ${name}`);
    const answer = answers[`/${name}`];
    if (answer !== undefined) answer(response, request);
    else response.writeHead(404).end('{"message":"page not found"}');
  });
  server.on('upgrade', (request, socket) => {
    calls.push(`UPGRADE ${nameOf(request)}`);
    socket.on('error', () => {});
    const refusal = answers['/attach'];
    if (refusal !== undefined) {
      socket.end('HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\n{"message":"no more sockets"}');
      return;
    }
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    attached(socket, request.url ?? '');
  });
  const path = join(folder, 'docker.sock');
  server.listen(path);
  await once(server, 'listening');
  engine = await connect({
    endpoint: { address: `unix://${path}` },
    chosenBy: 'the test says so',
    tried: [],
  });
});
afterEach(async () => {
  await engine.close();
  server.closeAllConnections();
  server.close();
  await removeScratch(folder);
});

function run(options: Partial<RunOptions> = {}, streams: Partial<ContainerStreams> = {}) {
  const output = new PassThrough();
  const ran = engine.containers!.run(
    { image: 'app:1', ...options },
    { input: undefined, output, errors: new PassThrough(), ...streams },
  );
  return { ran, output };
}

const GONE = ['POST kill', `DELETE ${ID}`];

test('it goes in this order, and the container is kept', async () => {
  const { ran, output } = run();
  expect(await ran).toEqual({ container: ID, exitCode: 3 });
  expect(output.read().toString()).toBe('hi');
  expect(calls).toEqual(['POST create', 'UPGRADE attach', 'POST start', 'POST wait']);
});

test.each<[string, (socket: Duplex) => void, string]>([
  ['ends within a frame', (socket) => socket.end(HI.subarray(0, 9)), 'unreachable'],
  ['breaks', (socket) => setTimeout(() => socket.destroy(new Error('gone')), 20), 'unreachable'],
  ['says what is no frame', (socket) => socket.end('this is no frame at all'), 'corrupt'],
])('a connection that %s fails, and the container is removed', async (_, behave, code) => {
  attached = behave;
  if (code === 'unreachable') answers['/wait'] = (_response, request) => request.socket.destroy();
  await expect(run().ran).rejects.toMatchObject({ code });
  expect(calls.slice(-2)).toEqual(GONE);
});

test('a connection that is refused says why', async () => {
  answers['/attach'] = () => {};
  await expect(run().ran).rejects.toMatchObject({
    code: 'engine',
    message: expect.stringContaining('no more sockets'),
  });
  expect(calls.slice(-2)).toEqual(GONE);
});

test.each([
  ['without an exit code', '{}', 'corrupt'],
  ['that is an error', '{"StatusCode":-1,"Error":{"Message":"it was lost"}}', 'engine'],
])('an end %s fails', async (_, answer, code) => {
  answers['/wait'] = (response) => response.end(answer);
  await expect(run().ran).rejects.toMatchObject({ code });
  expect(calls.slice(-2)).toEqual(GONE);
});

test('a container that somebody removes while it runs is told of as that, and not as a missing image', async () => {
  answers['/wait'] = (response) => response.writeHead(404).end(`{"message":"No such container: ${ID}"}`);
  await expect(run().ran).rejects.toMatchObject({
    code: 'engine',
    message: expect.stringContaining('was removed while it ran'),
  });
});

test.each([
  [
    '{"message":"crun: setrlimit `RLIMIT_NPROC`: Operation not permitted: OCI permission denied"}',
    'cannot run app:1: crun: setrlimit `RLIMIT_NPROC`: Operation not permitted: OCI permission denied',
  ],
  ['{"message":"container is marked for removal"}', 'cannot run app:1: container is marked for removal'],
])(
  'a start that is in conflict with something is not told of as an image in use: %s',
  async (said, message) => {
    attached = () => {};
    answers['/start'] = (response) => response.writeHead(409).end(said);
    await expect(run().ran).rejects.toMatchObject({ code: 'engine', message });
  },
);

test('a container that is being removed already is as good as removed; other conflicts say what is in the way', async () => {
  const refuse = (said: string): void => {
    answers[`/${ID}`] = (response) => response.writeHead(409).end(JSON.stringify({ message: said }));
  };
  refuse(`removal of container ${ID} is already in progress`);
  await engine.containers!.remove(ID);
  refuse('driver is busy');
  await expect(engine.containers!.remove(ID)).rejects.toMatchObject({
    code: 'in-use',
    message: `cannot remove the container ${ID.slice(0, 12)}: driver is busy`,
  });
});

test('a start that is refused removes the container, with the connection still open', async () => {
  attached = () => {};
  answers['/start'] = (response) =>
    response.writeHead(400).end('{"message":"OCI runtime create failed: exec: \\"x\\": exec format error"}');
  await expect(run({ command: ['x'] }).ran).rejects.toMatchObject({ code: 'bad-input', exitCode: 126 });
  expect(calls.slice(-2)).toEqual(GONE);
});

test('a container that is made after all is removed when nobody wants it any more', async () => {
  const stop = new AbortController();
  answers['/create'] = (response) => {
    stop.abort();
    setTimeout(() => response.writeHead(201).end(JSON.stringify({ Id: ID })), 50);
  };
  await expect(run({ signal: stop.signal }).ran).rejects.toMatchObject({ code: 'cancelled' });
  expect(calls).toEqual(['POST create', ...GONE]);
});

test('the size of the terminal is told until it is taken, and no keys detach', async () => {
  const sizes: string[] = [];
  let url = '';
  let socket: Duplex | undefined;
  attached = (opened, asked) => {
    socket = opened;
    url = asked;
  };
  answers['/resize'] = (response, request) => {
    sizes.push(request.url?.split('?')[1] ?? '');
    if (sizes.length < 4) response.writeHead(409).end('{"message":"container is not running"}');
    else {
      response.end();
      socket?.end();
    }
  };
  const terminal = { size: () => ({ columns: 99, rows: 22 }), listen: () => () => {} };
  await run({ tty: true }, { terminal }).ran;
  expect(sizes).toEqual(['h=22&w=99', 'h=22&w=99', 'h=22&w=99', 'h=22&w=99']);
  expect(new URL(url, 'http://engine').searchParams.get('detachKeys')).toMatch(/^(ctrl-\^,){15}ctrl-\^$/);
});

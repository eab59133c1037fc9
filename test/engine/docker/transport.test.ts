/** The ways to a real engine other than its socket: TCP, TLS, ssh. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  type AddressInfo,
  createConnection,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../../src/engine/connect.ts';
import type { Endpoint } from '../../../src/engine/docker/endpoint.ts';
import { sshArguments } from '../../../src/engine/docker/ssh.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { engineGroup } from '../../support/engine-group.ts';
import { startEngine, type TestEngine } from '../../support/engines.ts';
import { ImageMaker } from '../../support/image-maker.ts';
import { tarOf } from '../../support/tar.ts';

const open = (endpoint: Endpoint) => connect({ endpoint, chosenBy: 'the test says so', tried: [] });
const pem = (name: string) =>
  readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');

engineGroup('transports', 'docker20', () => {
  let engine: TestEngine;
  let folder = '';
  const servers: Server[] = [];
  beforeAll(async () => {
    engine = await startEngine('docker20');
    folder = mkdtempSync(join(tmpdir(), 'nacre-ssh-'));
    const maker = new ImageMaker(engine);
    await maker.tiny('near:1');
    await maker.base('base:1');
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
    await engine?.stop();
  });

  /** What an engine on a network would be: its socket behind a port of this machine. */
  function listen(make: (pipe: (socket: Socket) => void) => Server): Promise<number> {
    const server = make((socket) => {
      const inner = createConnection(engine.socket);
      socket.pipe(inner).pipe(socket);
      socket.on('error', () => inner.destroy()).on('close', () => inner.destroy());
      inner.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    });
    servers.push(server);
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  }

  /** Lists, and hears of a change on a stream of its own. */
  async function works(client: Engine): Promise<void> {
    try {
      expect((await client.list()).flatMap((image) => image.references)).toContain('near:1');
      await Promise.all(Array.from({ length: 20 }, () => client.inspect('near:1')));
      const stop = new AbortController();
      const opened = Promise.withResolvers<void>();
      const events = client.events({ signal: stop.signal, onOpen: opened.resolve });
      const first = events.next();
      await opened.promise;
      await client.tag('near:1', 'near:2');
      expect((await first).value).toMatchObject({ action: 'tag' });
      stop.abort();
      await client.remove('near:2');
    } finally {
      await client.close();
    }
  }

  /** Whatever is sent into a container comes out again, and the end of it is heard. */
  async function echoes(client: Engine): Promise<void> {
    const sent = Buffer.alloc(3_000_000, 'there and back ');
    const chunks: Buffer[] = [];
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk);
        done();
      },
    });
    const input = Readable.from([sent], { objectMode: false });
    const options = { image: 'base:1', command: ['sh', '-c', 'cat; exit 4'], network: 'host', log: false };
    const { container, exitCode } = await client.containers!.run(options, { input, output, errors: output });
    expect([exitCode, Buffer.concat(chunks).equals(sent)]).toEqual([4, true]);
    await client.containers!.remove(container);
  }

  /** BuildKit asks for what it needs over a connection of its own that goes the other way. */
  async function builds(client: Engine): Promise<void> {
    const dockerfile = 'FROM base:1\nRUN --mount=type=secret,id=one rev /run/secrets/one\n';
    const context = Readable.from([await tarOf([{ name: 'Dockerfile', content: dockerfile }])]);
    const secrets = [{ id: 'one', read: async () => Buffer.from('terces') }];
    const printed: string[] = [];
    for await (const event of client.builder!.build(context, { secrets, network: 'host', noCache: true })) {
      if (event.type === 'log') printed.push(event.text);
    }
    expect(printed).toEqual(['secret']);
  }

  test('tcp', async () => {
    const port = await listen((pipe) => createTcpServer({ allowHalfOpen: true }, pipe));
    const client = await open({ address: `tcp://127.0.0.1:${port}` });
    expect(client.info).toMatchObject({ kind: 'docker-classic', address: `tcp://127.0.0.1:${port}` });
    await echoes(client);
    await builds(client);
    await works(client);
  });

  describe('TLS', () => {
    const server = () =>
      listen((pipe) =>
        createTlsServer(
          {
            cert: pem('server'),
            key: pem('server-key'),
            ca: pem('ca'),
            requestCert: true,
            rejectUnauthorized: true,
            allowHalfOpen: true,
          },
          pipe,
        ),
      );

    test('with a certificate of our own, checking that of the engine', async () => {
      const tls = { ca: pem('ca'), cert: pem('client'), key: pem('client-key'), verify: true };
      const client = await open({ address: `tcp://127.0.0.1:${await server()}`, tls });
      await echoes(client);
      await builds(client);
      await works(client);
      await works(await open({ address: `https://localhost:${await server()}`, tls }));
    });

    test('refuses an engine whose certificate nobody vouches for, unless told not to look', async () => {
      const address = `tcp://127.0.0.1:${await server()}`;
      const tls = { cert: pem('client'), key: pem('client-key') };
      await expect(open({ address, tls: { ...tls, verify: true } })).rejects.toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining('certificate'),
        hint: expect.stringContaining('ca.pem'),
      });
      await works(await open({ address, tls: { ...tls, verify: false } }));
    });

    test('refuses an engine under another name', async () => {
      const port = await server();
      const tls = { ca: pem('ca'), cert: pem('client'), key: pem('client-key'), verify: true };
      await expect(open({ address: `tcp://127.0.0.2:${port}`, tls })).rejects.toMatchObject({
        code: 'unreachable',
      });
    });

    test('without a certificate of our own is refused', async () => {
      const address = `tcp://127.0.0.1:${await server()}`;
      await expect(open({ address, tls: { ca: pem('ca'), verify: true } })).rejects.toMatchObject({
        code: 'unreachable',
        hint: expect.not.stringMatching(/^$/),
      });
    });

    test('and plain HTTP do not mix, and the hint says so', async () => {
      const plain = await listen((pipe) => createTcpServer({ allowHalfOpen: true }, pipe));
      await expect(
        open({ address: `tcp://127.0.0.1:${plain}`, tls: { ca: pem('ca'), verify: true } }),
      ).rejects.toMatchObject({ code: 'unreachable', hint: expect.stringContaining('DOCKER_TLS_VERIFY') });
      await expect(open({ address: `tcp://127.0.0.1:${await server()}` })).rejects.toMatchObject({
        hint: expect.not.stringMatching(/^$/),
      });
    });
  });

  describe('ssh', () => {
    const path = process.env['PATH'];
    afterAll(() => {
      process.env['PATH'] = path;
    });

    /** An ssh that goes nowhere: it hands the command to a shell, as the one at the other end would. */
    function putSsh(script: string): void {
      writeFileSync(join(folder, 'ssh'), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, 'ssh'), 0o755);
      process.env['PATH'] = `${folder}:${path}`;
    }

    test('carries everything, through docker at the other end', async (context) => {
      context.skip(spawnSync('docker', ['--version']).error !== undefined, 'there is no docker command here');
      putSsh('while [ "$1" != -- ]; do shift; done; shift 2; exec sh -c "$*"');
      const client = await open({ address: `ssh://me@box${engine.socket}` });
      expect(client.info.address).toBe(`ssh://me@box${engine.socket}`);
      await echoes(client);
      await builds(client);
      await works(client);
    });

    test('tells what ssh says', async () => {
      putSsh('echo "me@box: Permission denied (publickey)." >&2; exit 255');
      await expect(open({ address: 'ssh://me@box' })).rejects.toMatchObject({
        code: 'permission',
        message: expect.stringContaining('Permission denied (publickey)'),
        hint: expect.stringContaining('ssh-add'),
      });
      putSsh('echo "sh: docker: not found" >&2; exit 127');
      await expect(open({ address: 'ssh://me@box' })).rejects.toMatchObject({
        code: 'unreachable',
        hint: expect.stringContaining('installed'),
      });
    });

    test('that is not installed is said', async () => {
      process.env['PATH'] = join(folder, 'nothing');
      await expect(open({ address: 'ssh://me@box' })).rejects.toMatchObject({
        code: 'unreachable',
        hint: expect.stringContaining('ssh'),
      });
    });
  });
});

test('the words for ssh', () => {
  const target = {
    scheme: 'ssh',
    host: 'box',
    user: 'me',
    port: '2222',
    path: '/run/my docker.sock',
  } as const;
  expect(sshArguments(target, 'docker').join(' ')).toBe(
    "-T -o ConnectTimeout=30 -o ServerAliveInterval=30 -l me -p 2222 -- box docker --host 'unix:///run/my docker.sock' system dial-stdio",
  );
  expect(sshArguments({ ...target, user: '', port: '', path: '' }, 'podman').slice(5)).toEqual([
    '--',
    'box',
    'podman',
    'system',
    'dial-stdio',
  ]);
});

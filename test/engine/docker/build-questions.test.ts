/** What BuildKit asks of whoever builds: each registry's credentials and nobody else's, and the context in pieces. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ClientSession, type SessionOptions } from '../../../src/engine/docker/buildkit/client-session.ts';
import { readMessage, sized } from '../../../src/engine/docker/buildkit/fields.ts';
import { callStream } from '../../../src/engine/docker/buildkit/grpc.ts';
import type { Session } from '../../../src/engine/docker/session.ts';
import type { TransferLine } from '../../../src/engine/transfer.ts';
import { callOnce } from '../../support/call-once.ts';

let folder = '';
let path: string | undefined;
let told: TransferLine[] = [];
let client: ClientSession;
let engine: ClientHttp2Session;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nacre-questions-'));
  path = process.env['PATH'];
  process.env['DOCKER_CONFIG'] = folder;
  process.env['PATH'] = `${folder}:${path}`;
  told = [];
});
afterEach(() => {
  client.close();
  engine.destroy();
  delete process.env['DOCKER_CONFIG'];
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true });
});

/** The engine's end of a session, as if it had been asked for one. */
async function open(options: Partial<SessionOptions> = {}): Promise<void> {
  const [ours, theirs] = duplexPair();
  const tell = (lines: readonly TransferLine[]) => void told.push(...lines);
  client = new ClientSession({ secrets: [], context: undefined, tell, ...options });
  const http = { upgrade: async () => ours };
  await client.open({ http } as unknown as Session, new AbortController().signal);
  engine = connectHttp2('http://session', { createConnection: () => theirs });
}

function fieldsOf(message: Uint8Array): string[] {
  const fields: string[] = [];
  readMessage(message, (reader, tag) => {
    if (tag !== sized(1) && tag !== sized(2)) return false;
    fields.push(reader.string());
    return true;
  });
  return fields;
}

async function credentialsFor(host: string): Promise<string[]> {
  const question = new BinaryWriter().uint32(sized(1)).string(host).finish();
  return fieldsOf(await callOnce(engine, '/moby.filesync.v1.Auth/Credentials', question));
}

test('a registry gets its own credentials, and others none', async () => {
  const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });
  const auths = {
    'reg.test:5000': auth('ada:l0velace'),
    'https://index.docker.io/v1/': auth('bob:hub'),
    'token.test': { identitytoken: 't0ken' },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths }));
  await open();
  expect(await credentialsFor('reg.test:5000')).toEqual(['ada', 'l0velace']);
  expect(await credentialsFor('registry-1.docker.io')).toEqual(['bob', 'hub']);
  expect(await credentialsFor('token.test')).toEqual(['t0ken']);
  for (const host of ['reg.test', 'reg.test:5001', 'xreg.test:5000', 'evil.test', '']) {
    expect(await credentialsFor(host), host).toEqual([]);
  }
  expect(told.map(({ text }) => text)).toEqual([
    'reg.test:5000: credentials from config.json',
    'docker.io: credentials from config.json',
    'token.test: credentials from config.json',
  ]);
});

test('a helper is asked once, however many images are looked up at the same time', async () => {
  const log = join(folder, 'asked');
  const helper = join(folder, 'docker-credential-slow');
  const answer = '{"Username":"ada","Secret":"l0velace"}';
  writeFileSync(helper, `#!/bin/sh\ncat >> ${log}; echo >> ${log}; sleep 0.1; echo '${answer}'\n`);
  chmodSync(helper, 0o755);
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ credHelpers: { 'reg.test': 'slow' } }));
  await open();
  const answers = await Promise.all(['reg.test', 'reg.test', 'reg.test'].map(credentialsFor));
  expect(answers).toEqual(answers.map(() => ['ada', 'l0velace']));
  expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual(['reg.test']);
  expect(told).toHaveLength(1);
});

test('a context that comes in one large chunk is told in messages that engines take', async () => {
  const context = Buffer.alloc(9_000_000, 7);
  await open({
    context: (async function* () {
      yield context;
    })(),
  });
  let sent = 0;
  let largest = 0;
  for await (const message of callStream(engine, '/moby.upload.v1.Upload/Pull', new Uint8Array())) {
    readMessage(message, (reader, tag) => {
      if (tag === sized(1)) sent += reader.bytes().length;
      return tag === sized(1);
    });
    largest = Math.max(largest, message.length);
  }
  expect(sent).toBe(context.length);
  expect(largest).toBeLessThan(4 << 20);
});

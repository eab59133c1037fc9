/** What stands before a registry: something that slows it down, or asks who is there. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Credentials } from '../../src/engine/transfer.ts';

export interface FrontOptions {
  /** For each blob, both ways. */
  readonly bytesPerSecond?: number;
  readonly auth?: 'basic' | 'token';
}

export interface RegistryFront {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** Who is let in, where it asks. */
  readonly credentials: Credentials;
  stop(): Promise<void>;
}

const REALM = 'the test';

/** `target`: address of a registry. */
export async function startFront(target: string, options: FrontOptions = {}): Promise<RegistryFront> {
  const credentials: Credentials = { username: 'ada', secret: 'l0velace-of-the-test' };
  const basic = `Basic ${Buffer.from(`${credentials.username}:${credentials.secret}`).toString('base64')}`;
  const token = Buffer.from(`token of ${credentials.username}`).toString('base64url');
  const server = createServer((asked, answer) => {
    const { authorization = '' } = asked.headers;
    const url = new URL(asked.url ?? '', `http://${asked.headers.host}`);
    if (options.auth === 'token' && url.pathname === '/token') return giveToken(authorization, answer);
    const wanted = options.auth === 'token' ? `Bearer ${token}` : basic;
    if (options.auth !== undefined && authorization !== wanted) return refuse(url, answer);
    forward(target, asked, answer, options.bytesPerSecond).catch(() => answer.destroy());
  });
  const giveToken = (authorization: string, answer: ServerResponse) => {
    if (authorization === basic) answer.end(JSON.stringify({ token, access_token: token, expires_in: 300 }));
    else answer.writeHead(401).end(refusal('who are you?'));
  };
  const refuse = (url: URL, answer: ServerResponse) => {
    const repository = /^\/v2\/(.+)\/(manifests|blobs|tags)\//.exec(url.pathname)?.[1];
    const scope = repository === undefined ? '' : `,scope="repository:${repository}:pull,push"`;
    answer.setHeader('docker-distribution-api-version', 'registry/2.0');
    answer.setHeader('content-type', 'application/json');
    answer.setHeader(
      'www-authenticate',
      options.auth === 'token'
        ? `Bearer realm="http://${address}/token",service="${REALM}"${scope}`
        : `Basic realm="${REALM}"`,
    );
    answer.writeHead(401).end(refusal('authentication required'));
  };
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { address, credentials, stop };
}

/** With a detail, as registries send it: engines try again for a minute without. */
function refusal(message: string): string {
  return JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message, detail: [] }] });
}

async function forward(
  target: string,
  asked: IncomingMessage,
  answer: ServerResponse,
  bytesPerSecond: number | undefined,
): Promise<void> {
  const { authorization: _, ...headers } = asked.headers;
  const onward = request(`http://${target}${asked.url}`, {
    method: asked.method ?? 'GET',
    headers,
    agent: false,
  });
  answer.once('close', () => onward.destroy());
  const sending = pipeline(asked, slowed(bytesPerSecond), onward);
  const [given] = (await Promise.race([
    once(onward, 'response'),
    sending.then(() => once(onward, 'response')),
  ])) as [IncomingMessage];
  answer.writeHead(given.statusCode ?? 502, given.headers);
  const isBlob = asked.method === 'GET' && asked.url?.includes('/blobs/');
  await Promise.all([sending, pipeline(given, slowed(isBlob ? bytesPerSecond : undefined), answer)]);
}

function slowed(bytesPerSecond: number | undefined): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (bytesPerSecond === undefined) done(null, chunk);
      else setTimeout(() => done(null, chunk), (chunk.length / bytesPerSecond) * 1000);
    },
  });
}

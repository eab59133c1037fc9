/** Who one is, against real registries: none, basic, token, TLS. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineError } from '../../../src/engine/errors.ts';
import { digestOf } from '../../../src/engine/oci/digest.ts';
import { OCI_MANIFEST } from '../../../src/engine/oci/media-type.ts';
import { readCredentials } from '../../../src/engine/registry/credentials.ts';
import { login, verifyLogin } from '../../../src/engine/registry/login.ts';
import {
  openRegistry,
  type Registry,
  type RegistryClientOptions,
} from '../../../src/engine/registry/registry.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { bytesSource, failure } from './blob-pieces.ts';

const folder = scratchFolder();
const wrong = { username: 'ada', secret: 'wrong horse' };
const opened: Registry[] = [];
let logged: string[] = [];

function client(registry: TestRegistry, options: RegistryClientOptions = {}): Registry {
  logged = [];
  const log = (topic: string, text: string) => logged.push(`${topic}: ${text}`);
  const made = openRegistry(registry.address, { env: { DOCKER_CONFIG: folder }, log, ...options });
  opened.push(made);
  return made;
}

/** An image of one layer, by the client under test. */
async function push(registry: Registry, repository: string, tag = '1'): Promise<string> {
  const config = Buffer.from(
    JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { diff_ids: [] } }),
  );
  const layer = Buffer.from(`layer of ${repository}`);
  for (const bytes of [config, layer]) await registry.upload(repository, bytesSource(bytes));
  const of = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: of('application/vnd.oci.image.config.v1+json', config),
      layers: [of('application/vnd.oci.image.layer.v1.tar', layer)],
    }),
  );
  await registry.putManifest(repository, tag, { bytes, mediaType: OCI_MANIFEST });
  return digestOf(bytes);
}

afterAll(async () => {
  for (const one of opened) one.close();
  await removeScratch(folder);
});

describe('a registry that lets everybody in', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(() => registry?.stop());

  it('is asked without credentials, which nobody even looks up', async () => {
    const own = client(registry, { env: { DOCKER_CONFIG: '/dev/null/nothing' } });
    const digest = await push(own, 'a/app');
    expect((await own.manifest('a/app', '1')).descriptor.digest).toBe(digest);
    expect(logged).toEqual([]);
  });

  it('accepts any login, as docker has it', async () => {
    expect(await verifyLogin(registry.address, wrong)).toEqual(wrong);
  });
});

describe('a registry that wants name and password', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry({ auth: 'basic' });
  });
  afterAll(() => registry?.stop());

  it('gets those that were given', async () => {
    const own = client(registry, { credentials: registry.credentials });
    const digest = await push(own, 'a/app');
    expect((await own.digestOf('a/app', '1'))?.digest).toBe(digest);
    expect(logged).toEqual([`auth: name and password for ${registry.address} (as given)`]);
  });

  it('gets those of the configuration after a login, and refuses wrong ones before they are kept', async () => {
    const env = { DOCKER_CONFIG: join(folder, 'basic') };
    const error = await failure(login(registry.address, wrong, { env }));
    expect(error).toMatchObject({ code: 'unauthorized' });
    expect(error.message).toContain(registry.address);
    expect(await readCredentials(registry.address, env)).toBeUndefined();
    const kept = await login(`http://${registry.address}/`, registry.credentials, { env });
    expect(kept).toEqual({
      domain: registry.address,
      where: join(folder, 'basic', 'config.json'),
      encrypted: false,
      identityToken: false,
    });
    const own = client(registry, { env });
    await push(own, 'b/app');
    expect(logged).toEqual([`auth: name and password for ${registry.address} (config.json)`]);
  });

  it('is not guessed at without any', async () => {
    const error = await failure(client(registry).manifest('a/app', '1'));
    expect(error).toMatchObject({ code: 'unauthorized', retryable: false });
    expect(error.hint).toContain(`nacre login ${registry.address}`);
  });

  it('that refuses is told by whose credentials, and they are nowhere to be seen', async () => {
    const error = await failure(client(registry, { credentials: wrong }).manifest('a/app', '1'));
    expect(error).toMatchObject({
      code: 'unauthorized',
      method: 'GET',
      status: 401,
      codes: ['UNAUTHORIZED'],
    });
    expect(error.message).toContain('as given');
    expectNoSecret(error, wrong.secret);
  });
});

describe('a registry that wants tokens', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry({ auth: 'token' });
  });
  afterAll(() => registry?.stop());

  it('gets one for what is done, and it is used again', async () => {
    const own = client(registry, { credentials: registry.credentials });
    registry.tokens!.requests.length = 0;
    await push(own, 'public/app');
    await own.manifest('public/app', '1');
    await own.manifest('public/app', '1');
    expect(registry.tokens!.requests.map(({ scopes, account }) => [account, ...scopes])).toEqual([
      ['ada', 'repository:public/app:pull,push'],
    ]);
    expect(logged).toEqual(['auth: token for public/app:pull,push (as given)']);
  });

  it('lets anybody pull what is public', async () => {
    const own = client(registry);
    expect((await own.manifest('public/app', '1')).content.kind).toBe('manifest');
    expect(logged).toEqual(['auth: token for public/app:pull (anonymous)']);
    const error = await failure(own.upload('public/app', bytesSource(Buffer.from('x'))));
    expect(error).toMatchObject({ code: 'unauthorized' });
    expect(error.hint).toContain('nacre login');
  });

  it('gives what is public to those whose credential helper is gone, and names it where more is wanted', async () => {
    const own = join(folder, 'desktop');
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'config.json'), JSON.stringify({ credsStore: 'gone' }));
    const env = { DOCKER_CONFIG: own, PATH: process.env['PATH'] };
    const left = client(registry, { env });
    expect((await left.manifest('public/app', '1')).content.kind).toBe('manifest');
    expect(logged).toEqual([
      'warning: the credential helper docker-credential-gone failed to get: it is not installed; going on without credentials',
      'auth: token for public/app:pull (anonymous)',
    ]);
    const error = await failure(left.manifest('private/app', '1'));
    expect(error).toMatchObject({ code: 'unauthorized' });
    expect(error.hint).toContain('docker-credential-gone');
    expect(error.hint).toContain('config.json');
  });

  it('that hides something says so once, and asks for no token twice', async () => {
    registry.tokens!.requests.length = 0;
    const error = await failure(client(registry).manifest('private/app', '1'));
    expect(error).toMatchObject({ code: 'unauthorized' });
    expect(registry.tokens!.requests).toHaveLength(1);
  });

  it('gives several who ask at once one token together', async () => {
    const own = client(registry, { credentials: registry.credentials });
    registry.tokens!.requests.length = 0;
    await own.manifest('public/app', '1');
    await Promise.all(Array.from({ length: 8 }, () => own.manifest('public/app', '1')));
    expect(registry.tokens!.requests).toHaveLength(1);
  });

  it('gets a new one when the old one has run out', async () => {
    const { tokens } = registry;
    const own = client(registry, { credentials: registry.credentials });
    tokens!.requests.length = 0;
    // Out of date at the registry at once, though it is said to last: clocks differ.
    tokens!.life = -3600;
    await failure(own.manifest('public/app', '1'));
    tokens!.life = 300;
    expect((await own.manifest('public/app', '1')).content.kind).toBe('manifest');
    expect(tokens!.requests.length).toBeLessThanOrEqual(4);
  });

  it('keeps an identity token instead of the password where its server gives one', async () => {
    const env = { DOCKER_CONFIG: join(folder, 'token') };
    expect(await failure(login(registry.address, wrong, { env }))).toMatchObject({ code: 'unauthorized' });
    expect(await login(registry.address, registry.credentials, { env })).toMatchObject({
      identityToken: true,
    });
    const kept = await readCredentials(registry.address, env);
    expect(kept?.credentials).toMatchObject({ username: '', identityToken: true });
    expect(kept?.credentials.secret).not.toBe(registry.credentials.secret);
    registry.tokens!.requests.length = 0;
    await push(client(registry, { env }), 'private/app');
    expect(registry.tokens!.requests[0]).toMatchObject({ method: 'POST', refreshed: true, account: 'ada' });
    expect(logged[0]).toBe('auth: token for private/app:pull,push (config.json)');
  });

  it.each([
    [{ status: 200, body: 'no json' }, 'corrupt'],
    [{ status: 200, body: '{"token": "a\\r\\nX-Evil: 1"}' }, 'corrupt'],
    [{ status: 200, body: '{}' }, 'corrupt'],
    [{ status: 404, body: '' }, 'not-found'],
    [{ status: 403, body: '{"errors":[{"code":"DENIED","message":"no"}]}' }, 'forbidden'],
  ] as const)('whose token server answers nonsense is told: %j', async (answer, code) => {
    registry.tokens!.failures.push(answer);
    expect(await failure(client(registry).manifest('public/app', '1'))).toMatchObject({ code });
  });

  it('whose token server fails for a moment is tried again', async () => {
    const failing = { status: 503, body: 'busy', headers: { 'retry-after': '0' } };
    registry.tokens!.failures.push(failing, failing);
    const own = client(registry, { retry: { first: 5 } });
    expect((await own.manifest('public/app', '1')).content.kind).toBe('manifest');
    expect(logged.filter((line) => line.startsWith('retry: 503, again in'))).toHaveLength(2);
  });

  it('tells no token to anybody', async () => {
    const error = await failure(
      client(registry, { credentials: registry.credentials }).manifest('public/app', 'no'),
    );
    expect(error).toMatchObject({ code: 'not-found', codes: ['MANIFEST_UNKNOWN'] });
    for (const token of registry.tokens!.given) expectNoSecret(error, token);
    for (const token of registry.tokens!.given) expect(logged.join()).not.toContain(token);
  });
});

describe('a registry with TLS', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry({ tls: true, auth: 'basic' });
  });
  afterAll(() => registry?.stop());

  it('whose certificate nobody vouches for is refused, with a way out', async () => {
    const error = await failure(
      client(registry, { credentials: registry.credentials }).manifest('a/app', '1'),
    );
    expect(error).toMatchObject({ code: 'unreachable', retryable: false });
    expect(error.message).toContain('certificate');
    expect(error.hint).toContain(`certs.d/${registry.address}`);
  });

  it('is trusted for the certificate that lies where docker looks for it', async () => {
    const config = join(folder, 'tls');
    const place = join(config, 'certs.d', registry.address);
    mkdirSync(place, { recursive: true });
    const { readFileSync } = await import('node:fs');
    writeFileSync(join(place, 'ca.crt'), readFileSync(registry.certificate!.file));
    const own = client(registry, { env: { DOCKER_CONFIG: config }, credentials: registry.credentials });
    const digest = await push(own, 'a/app');
    expect((await own.manifest('a/app', '1')).descriptor.digest).toBe(digest);
  });

  it('is spoken to whatever its certificate where it is listed as insecure', async () => {
    const own = client(registry, { insecure: [registry.address], credentials: registry.credentials });
    await push(own, 'b/app');
    const large = Buffer.alloc(3_000_000, 'x');
    await own.upload('b/app', bytesSource(large));
    const pieces: Buffer[] = [];
    const sink = { offset: 0, write: (chunk: Uint8Array) => void pieces.push(Buffer.from(chunk)) };
    await own.download('b/app', { digest: digestOf(large), size: large.length }, sink);
    expect(Buffer.concat(pieces).equals(large)).toBe(true);
  });
});

/** Neither as it is nor encoded, in anything that an error carries. */
function expectNoSecret(error: EngineError, secret: string): void {
  const causes: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    causes.push(`${cause.message} ${cause.stack} ${JSON.stringify(cause)}`);
  }
  const all = causes.join('\n');
  expect(all).not.toContain(secret);
  expect(all).not.toContain(Buffer.from(`ada:${secret}`).toString('base64'));
}

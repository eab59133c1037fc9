/** Pushing from a store, through a proxy that counts and breaks. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pullInto } from '../../../src/engine/embedded/pull.ts';
import { pushFrom } from '../../../src/engine/embedded/push.ts';
import type { Reach } from '../../../src/engine/embedded/registry-job.ts';
import { Store } from '../../../src/engine/embedded/store.ts';
import { storedBlob } from '../../../src/engine/embedded/stored-blob.ts';
import { digestOf } from '../../../src/engine/oci/digest.ts';
import { HOST_PLATFORM, showPlatform } from '../../../src/engine/oci/platform.ts';
import { openRegistry } from '../../../src/engine/registry/registry.ts';
import type { PushOptions } from '../../../src/engine/transfer.ts';
import { type BreakingProxy, type Seen, startBreakingProxy, times } from '../../support/breaking-proxy.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { publish, publishedDigest } from '../../support/registry-image.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { ensureSkopeo, identify } from '../../support/skopeo.ts';
import { bytesSource, failure } from './blob-pieces.ts';
import { follow } from './transfers.ts';

const FAST: Reach = {
  env: { DOCKER_CONFIG: '/dev/null/nothing' },
  retry: { first: 4, tries: 4 },
  limits: { idle: 5_000, answer: 5_000, small: 5_000 },
};
const HERE = showPlatform(HOST_PLATFORM);
const root = scratchFolder();
let source: TestRegistry;
let target: TestRegistry;
let proxy: BreakingProxy;
let store: Store;
let count = 0;

beforeAll(async () => {
  [source, target] = await Promise.all([startRegistry(), startRegistry()]);
  proxy = await startBreakingProxy(target.address);
});
afterAll(async () => {
  await proxy?.stop();
  await Promise.all([source?.stop(), target?.stop()]);
  await removeScratch(root);
});
beforeEach(async () => {
  proxy.heal();
  const folder = join(root, `store-${++count}`);
  mkdirSync(folder);
  store = await Store.open(folder, { create: true });
});

const there = (name: string) => `${proxy.address}/${name}`;
const push = (name: string, options: PushOptions & Reach = {}) =>
  pushFrom(store, there(name), { ...FAST, ...options });
const bodies = ({ method }: Seen) => method === 'PUT' || method === 'PATCH';
const isUpload = (request: Seen) => bodies(request) && request.path.includes('/blobs/uploads/');
const requests = () => proxy.seen.map(({ method, path }) => `${method} ${path.replace(/[?].*/, '')}`);

/** An image in the store under a name of the target. */
async function stocked(name: string, layers: readonly number[] = [40_000, 900_000]): Promise<string> {
  await publish(`${source.address}/${name}`, { layers });
  const { result } = await follow(pullInto(store, `${source.address}/${name}`, FAST));
  await store.setName(there(name), (await store.find(`${source.address}/${name}`)).descriptor);
  return result.digest;
}

describe('a push', () => {
  beforeAll(ensureSkopeo);

  it('sends what is not there, then the manifest, and remembers where it is', async () => {
    const digest = await stocked('lab/app:1');
    const { result, rows, last, resolved } = await follow(push('lab/app:1'));
    expect(result).toMatchObject({ reference: there('lab/app:1'), digest });
    expect(result.size).toBeGreaterThan(300);
    expect(await publishedDigest(`${target.address}/lab/app:1`)).toBe(digest);
    expect(resolved).toHaveLength(1);
    expect(rows).toHaveLength(2);
    for (const part of last.values()) expect(part).toMatchObject({ stage: 'done', done: part.total });
    expect(requests().at(-1)).toBe('PUT /v2/lab/app/manifests/1');
    expect((await store.find(there('lab/app:1'))).digests).toContain(`${there('lab/app')}@${digest}`);
    expect(await identify(`docker://${target.address}/lab/app:1`)).toEqual(
      await identify(`docker://${source.address}/lab/app:1`),
    );
  });

  it('of what is there sends only the manifest', async () => {
    await stocked('lab/twice:1');
    await follow(push('lab/twice:1'));
    proxy.heal();
    const { parts } = await follow(push('lab/twice:1'));
    expect(requests().filter((request) => request.startsWith('PUT'))).toEqual([
      'PUT /v2/lab/twice/manifests/1',
    ]);
    expect(requests().filter((request) => request.startsWith('POST'))).toEqual([]);
    expect(parts.at(-1)!.stage).toBe('present');
  });

  it('to another repository of the same registry mounts instead of sending', async () => {
    await stocked('lab/mounted:1');
    await follow(push('lab/mounted:1'));
    await store.setName(there('other/app:1'), (await store.find(there('lab/mounted:1'))).descriptor);
    proxy.heal();
    const { last } = await follow(push('other/app:1'));
    expect(proxy.seen.filter(isUpload)).toEqual([]);
    for (const part of last.values())
      expect(part).toMatchObject({ stage: 'done', note: 'mounted from lab/mounted' });
    expect(await publishedDigest(`${target.address}/other/app:1`)).not.toBe('');
  });

  it('where mounting does not work uploads what it was offered instead', async () => {
    await stocked('lab/mount-not:1', [50_000]);
    await follow(push('lab/mount-not:1'));
    await store.setName(there('other/not:1'), (await store.find(there('lab/mount-not:1'))).descriptor);
    const hasMount = ({ method, path }: Seen) => method === 'POST' && path.includes('mount=');
    proxy.breaks = (request) => (hasMount(request) ? { kind: 'answer', status: 405 } : undefined);
    await follow(push('other/not:1'));
    expect(await publishedDigest(`${target.address}/other/not:1`)).not.toBe('');
    // A registry that does not have it where it is said to be opens an upload.
    const bytes = randomBytes(5_000);
    const registry = openRegistry(target.address, { env: FAST.env });
    const outcome = await registry.upload('other/nothing', bytesSource(bytes), {
      mountFrom: ['lab/app', 'lab/none'],
    });
    expect(outcome).toEqual({ kind: 'uploaded' });
    expect(await registry.hasBlob('other/nothing', digestOf(bytes))).toBe(true);
    registry.close();
  });
});

describe('an upload that meets faults', () => {
  it('ends when nobody wants its events any more', async () => {
    await stocked('lab/left:1', [40_000_000]);
    const transfer = push('lab/left:1');
    for (;;) {
      const { done, value } = await transfer.next();
      if (done) throw new Error('it was over too soon');
      if (value.type === 'part' && value.stage === 'uploading' && value.done > 0) break;
    }
    // By now it waits for somebody who takes what it tells.
    await sleep(300);
    await transfer.return(undefined as never);
    expect(await publishedDigest(`${target.address}/lab/left:1`)).toBe('');
  });

  it('is given up where the registry takes no more of it', async () => {
    const bytes = randomBytes(30_000);
    const registry = openRegistry(proxy.address, { ...FAST, env: FAST.env });
    const headers = { location: '/v2/lab/stuck/blobs/uploads/1', range: '0-9999' };
    proxy.breaks = ({ method }) =>
      method === 'PATCH' ? { kind: 'answer', status: 202, headers } : undefined;
    const error = await failure(registry.upload('lab/stuck', bytesSource(bytes), { chunk: 10_000 }));
    expect(error).toMatchObject({ code: 'corrupt', message: expect.stringContaining('10000 bytes') });
    expect(proxy.seen.filter(({ method }) => method === 'PATCH')).toHaveLength(2);
    registry.close();
  });

  it('of what is cut short here is told as what it is', async () => {
    const { digest, size } = await store.blobs.put(randomBytes(20_000));
    const registry = openRegistry(target.address, { ...FAST, env: FAST.env });
    const cut = storedBlob(store, { digest, size: size + 1 });
    const error = await failure(registry.upload('lab/cut-here', cut));
    expect(error).toMatchObject({ code: 'corrupt', message: expect.stringContaining('is damaged') });
    expect(error.hint).toContain('nacre store check');
    registry.close();
  });

  it('goes on in chunks where it broke off', async () => {
    await stocked('lab/cut:1', [5_000_000]);
    proxy.breaks = times(
      1,
      { kind: 'refuse upload', after: 2_000_000 },
      (request) => request.contentLength > 1e6,
    );
    const { parts } = await follow(push('lab/cut:1'));
    expect(parts.some(({ stage }) => stage === 'retrying')).toBe(true);
    expect(proxy.seen.filter(({ method }) => method === 'PATCH').length).toBeGreaterThanOrEqual(1);
    expect(await publishedDigest(`${target.address}/lab/cut:1`)).not.toBe('');
  });

  it('is cut into pieces where a piece is too large for what is in between', async () => {
    const bytes = randomBytes(3_000_000);
    const registry = openRegistry(proxy.address, { ...FAST, env: FAST.env });
    const tooLarge = (request: Seen) => isUpload(request) && request.contentLength > 2_500_000;
    proxy.breaks = (request) => (tooLarge(request) ? { kind: 'answer', status: 413 } : undefined);
    await registry.upload('lab/pieces', bytesSource(bytes));
    const pieces = proxy.seen
      .filter(({ method }) => method === 'PATCH')
      .map(({ contentRange }) => contentRange);
    expect(pieces.length).toBeGreaterThanOrEqual(2);
    expect(await registry.hasBlob('lab/pieces', digestOf(bytes))).toBe(true);
    registry.close();
  });

  it('can go in chunks from the start', async () => {
    const bytes = randomBytes(2_500_000);
    const registry = openRegistry(proxy.address, { ...FAST, env: FAST.env });
    const told: number[] = [];
    await registry.upload('lab/chunks', bytesSource(bytes), {
      chunk: 1_000_000,
      onProgress: (sent) => void told.push(sent),
    });
    expect(
      proxy.seen.filter(isUpload).map(({ method, contentRange }) => `${method} ${contentRange}`),
    ).toEqual(['PATCH 0-999999', 'PATCH 1000000-1999999', 'PATCH 2000000-2499999', 'PUT ']);
    expect(told.at(-1)).toBe(bytes.length);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    const sink: Buffer[] = [];
    await registry.download(
      'lab/chunks',
      { digest: digestOf(bytes), size: bytes.length },
      {
        offset: 0,
        write: (chunk) => void sink.push(Buffer.from(chunk)),
      },
    );
    expect(Buffer.concat(sink).equals(bytes)).toBe(true);
    registry.close();
  });

  it('begins anew when the registry has forgotten it', async () => {
    await stocked('lab/forgotten:1', [700_000]);
    const unknown = {
      kind: 'answer',
      status: 404,
      body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}',
    } as const;
    proxy.breaks = times(1, unknown, isUpload);
    await follow(push('lab/forgotten:1'));
    expect(await publishedDigest(`${target.address}/lab/forgotten:1`)).not.toBe('');
  });

  it.each([429, 500, 503])('with %i is tried again', async (status) => {
    await stocked(`lab/busy:${status}`, [300_000]);
    const busy = { kind: 'answer', status, headers: { 'retry-after': '0' } } as const;
    proxy.breaks = times(2, busy, bodies);
    await follow(push(`lab/busy:${status}`));
    expect(await publishedDigest(`${target.address}/lab/busy:${status}`)).not.toBe('');
  });

  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
  ] as const)('with %i is told', async (status, code) => {
    await stocked(`lab/refused:${status}`, [300_000]);
    proxy.breaks = (request) => (request.method === 'POST' ? { kind: 'answer', status } : undefined);
    const error = await failure(follow(push(`lab/refused:${status}`)));
    expect(error).toMatchObject({ code, method: 'POST', retryable: false });
    expect(await publishedDigest(`${target.address}/lab/refused:${status}`)).toBe('');
  });

  it('of what is damaged here is refused by the registry, and says where to look', async () => {
    await stocked('lab/damaged:1', [300_000]);
    const [layer] = (
      (await store.readManifest((await store.find(there('lab/damaged:1'))).descriptor)) as never as {
        layers: { digest: string; size: number }[];
      }
    ).layers;
    const { writeFileSync, chmodSync } = await import('node:fs');
    const path = store.blobs.path(layer!.digest);
    chmodSync(path, 0o644);
    writeFileSync(path, Buffer.alloc(layer!.size, 7));
    const error = await failure(follow(push('lab/damaged:1')));
    expect(error).toMatchObject({ code: 'corrupt', codes: ['DIGEST_INVALID'] });
    expect(error.hint).toContain('nacre store check');
  });
});

describe('a push of an index', () => {
  const OTHER = 'linux/s390x';
  const platforms = [
    { platform: HERE, layers: [1002] },
    { platform: OTHER, layers: [1003] },
  ];

  async function index(name: string, allPlatforms: boolean): Promise<string> {
    const { digest } = await publish(`${source.address}/${name}`, platforms);
    await follow(pullInto(store, `${source.address}/${name}`, { ...FAST, allPlatforms }));
    await store.setName(there(name), (await store.find(`${source.address}/${name}`)).descriptor);
    return digest;
  }

  it('that is here whole sends all of it', async () => {
    const digest = await index('lab/all:1', true);
    const { result, rows } = await follow(push('lab/all:1'));
    expect(result.digest).toBe(digest);
    expect(rows).toHaveLength(2);
    expect(await publishedDigest(`${target.address}/lab/all:1`)).toBe(digest);
  });

  it('of which one platform is here sends that under the name, and says so', async () => {
    const digest = await index('lab/sparse:1', false);
    const { result, lines } = await follow(push('lab/sparse:1'));
    expect(result.digest).not.toBe(digest);
    expect(lines.find(({ topic }) => topic === 'warning')?.text).toContain(`only ${HERE} is here`);
    expect(await publishedDigest(`${target.address}/lab/sparse:1`)).toBe(result.digest);
  });

  it('of which the registry has the rest goes whole', async () => {
    const digest = await index('lab/rest:1', true);
    await follow(push('lab/rest:1'));
    const folder = join(root, 'sparse');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    store = await Store.open(folder, { create: true });
    await follow(pullInto(store, there('lab/rest:1'), FAST));
    await store.setName(there('lab/rest:2'), (await store.find(there('lab/rest:1'))).descriptor);
    const { result } = await follow(push('lab/rest:2'));
    expect(result.digest).toBe(digest);
    expect(await publishedDigest(`${target.address}/lab/rest:2`)).toBe(digest);
  });

  it('can be one platform of it', async () => {
    await index('lab/one:1', true);
    const { result } = await follow(push('lab/one:1', { platform: OTHER }));
    expect(await publishedDigest(`${target.address}/lab/one:1`)).toBe(result.digest);
    const error = await failure(follow(push('lab/one:1', { platform: 'linux/riscv64' })));
    expect(error).toMatchObject({ code: 'not-found' });
    expect(error.hint).toContain(`${HERE}, ${OTHER}`);
  });
});

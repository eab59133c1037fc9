/** Pulling into a store, through a proxy that counts and breaks. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pullInto } from '../../../src/engine/embedded/pull.ts';
import type { Reach } from '../../../src/engine/embedded/registry-job.ts';
import { Store } from '../../../src/engine/embedded/store.ts';
import { digestOf, shortDigest } from '../../../src/engine/oci/digest.ts';
import { OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST } from '../../../src/engine/oci/media-type.ts';
import { HOST_PLATFORM, showPlatform } from '../../../src/engine/oci/platform.ts';
import type { PullOptions } from '../../../src/engine/transfer.ts';
import {
  type BreakingProxy,
  isBlob,
  isManifest,
  startBreakingProxy,
  times,
} from '../../support/breaking-proxy.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { publish } from '../../support/registry-image.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { ensureSkopeo, identify, skopeo } from '../../support/skopeo.ts';
import { failure } from './blob-pieces.ts';
import { follow } from './transfers.ts';

const FAST: Reach = {
  env: { DOCKER_CONFIG: '/dev/null/nothing' },
  retry: { first: 4, tries: 4 },
  limits: { idle: 5_000, answer: 5_000, small: 5_000 },
};
const HERE = showPlatform(HOST_PLATFORM);
const root = scratchFolder();
let origin: TestRegistry;
let proxy: BreakingProxy;
let folder = '';
let store: Store;
let count = 0;

beforeAll(async () => {
  origin = await startRegistry();
  proxy = await startBreakingProxy(origin.address);
});
afterAll(async () => {
  await proxy?.stop();
  await origin?.stop();
  await removeScratch(root);
});
beforeEach(async () => {
  proxy.heal();
  folder = join(root, `store-${++count}`);
  mkdirSync(folder);
  store = await Store.open(folder, { create: true });
});

const through = (name: string) => `${proxy.address}/${name}`;
const pull = (name: string, options: PullOptions & Reach = {}) =>
  pullInto(store, through(name), { ...FAST, ...options });
const blobs = () =>
  existsSync(join(folder, 'blobs/sha256')) ? readdirSync(join(folder, 'blobs/sha256')) : [];
const manifests = () => proxy.seen.filter(isManifest).map(({ method, path }) => `${method} ${path}`);
const made = async (name: string, layers: readonly number[] = [60_000, 2_000_000, 500_000]) =>
  await publish(`${origin.address}/${name}`, { layers });

/** Every blob is what its name says. */
function expectWhole(): void {
  for (const hex of blobs()) {
    expect(digestOf(readFileSync(join(folder, 'blobs/sha256', hex)))).toBe(`sha256:${hex}`);
  }
}

/** The layers' short digests as the registry has them. */
async function layersOf(name: string): Promise<string[]> {
  const answer = await fetch(`${origin.url}/v2/${name.replace(':', '/manifests/')}`, {
    headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' },
  });
  const { layers } = (await answer.json()) as { layers: { digest: string }[] };
  return layers.map(({ digest }) => shortDigest(digest));
}

describe('a pull', () => {
  afterEach(expectWhole);

  it('brings an image whole, a row for each layer in the manifest’s order', async () => {
    const { digest } = await made('lab/whole:1');
    const { result, rows, last, parts, resolved, lines } = await follow(pull('lab/whole:1'));
    expect(result).toEqual({ reference: through('lab/whole:1'), digest, id: digest, changed: true });
    expect(resolved).toEqual([
      { type: 'resolved', reference: through('lab/whole:1'), digest, platform: 'linux/amd64' },
    ]);
    const layers = await layersOf('lab/whole:1');
    expect(rows).toEqual(layers);
    for (const id of layers) {
      const own = parts.filter((part) => part.id === id);
      expect(own[0]!.stage).toBe('waiting');
      expect(own.at(-1)).toMatchObject({ stage: 'done', done: last.get(id)!.total });
      for (const part of own) expect(part.done).toBeLessThanOrEqual(part.total!);
    }
    expect(lines.filter(({ topic }) => topic === 'layer').map(({ text }) => text.slice(0, 12))).toEqual(
      expect.arrayContaining(layers),
    );
    expect(lines.find(({ topic }) => topic === 'resolve')?.text).toContain(`1 → ${digest}`);
    expect(manifests()).toEqual(['GET /v2/lab/whole/manifests/1']);
    const [kept] = await store.roots();
    expect(kept).toMatchObject({
      id: digest,
      references: [through('lab/whole:1')],
      digests: [`${through('lab/whole')}@${digest}`],
    });
  });

  it('of what is here as the registry has it is one request for the manifest', async () => {
    const { digest } = await made('lab/twice:1');
    await follow(pull('lab/twice:1'));
    proxy.heal();
    const again = await follow(pull('lab/twice:1'));
    expect(again.result).toEqual({ reference: through('lab/twice:1'), digest, id: digest, changed: false });
    expect(proxy.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'HEAD /v2/lab/twice/manifests/1',
    ]);
    expect(again.parts.map(({ stage }) => stage)).toEqual(['present', 'present', 'present']);
    expect(again.rows).toEqual(await layersOf('lab/twice:1'));
    proxy.heal();
    expect((await follow(pull(`lab/twice@${digest}`))).result.changed).toBe(false);
    expect(proxy.seen).toEqual([]);
  });

  it('by a digest gives no name and remembers the digest', async () => {
    const { digest } = await made('lab/digest:1');
    const { result } = await follow(pull(`lab/digest:1@${digest}`));
    expect(result).toMatchObject({ digest, changed: true });
    const [kept] = await store.roots();
    expect(kept).toMatchObject({ references: [], digests: [`${through('lab/digest')}@${digest}`] });
    expect(manifests()).toEqual([`GET /v2/lab/digest/manifests/${digest}`]);
  });

  it('asks only for layers that are not here', async () => {
    const salted = (layers: readonly number[]) => ({ salt: 'shared', layers });
    await publish(`${origin.address}/lab/shared:1`, salted([10_000, 20_000]));
    await publish(`${origin.address}/lab/shared:2`, salted([10_000, 20_000, 30_000]));
    await follow(pull('lab/shared:1'));
    proxy.heal();
    const { parts, rows } = await follow(pull('lab/shared:2'));
    expect(rows).toEqual(await layersOf('lab/shared:2'));
    expect(parts.filter(({ stage }) => stage === 'present')).toHaveLength(2);
    expect(proxy.seen.filter(isBlob)).toHaveLength(2);
  });

  it('asks for a layer once though two pulls want it at the same time', async () => {
    const salted = (layers: readonly number[]) => ({ salt: 'both', layers });
    await publish(`${origin.address}/lab/both:1`, salted([3_000_000, 20_000]));
    await publish(`${origin.address}/lab/both:2`, salted([3_000_000, 30_000]));
    const other = await Store.open(folder);
    await Promise.all([
      follow(pull('lab/both:1')),
      follow(pull('lab/both:2')),
      follow(pullInto(other, through('lab/both:1'), FAST)),
    ]);
    const layers = [...(await layersOf('lab/both:1')), ...(await layersOf('lab/both:2'))];
    const asked = proxy.seen.map(({ path }) => path).filter((path) => layers.some((id) => path.includes(id)));
    expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
    expect((await store.roots()).flatMap(({ references }) => references).toSorted()).toEqual([
      through('lab/both:1'),
      through('lab/both:2'),
    ]);
  });

  it('moves the name to what the registry has now; the image before stays', async () => {
    const first = await made('lab/moving:1', [1000]);
    await follow(pull('lab/moving:1'));
    const second = await made('lab/moving:1', [2000]);
    const { result, lines } = await follow(pull('lab/moving:1'));
    expect(result).toMatchObject({ digest: second.digest, changed: true });
    expect(lines.at(-1)?.text).toContain(`was the name of ${shortDigest(first.digest)}`);
    const roots = await store.roots();
    expect(roots.find(({ id }) => id === first.digest)?.references).toEqual([]);
    expect(roots.find(({ id }) => id === second.digest)?.references).toEqual([through('lab/moving:1')]);
  });

  it('stands still as long as nobody listens', async () => {
    await made('lab/still:1', [40_000_000]);
    const transfer = pull('lab/still:1');
    for (;;) {
      const { value } = await transfer.next();
      if (value !== undefined && 'type' in value && value.type === 'part' && value.stage === 'downloading')
        break;
    }
    await new Promise((resolve) => setTimeout(resolve, 700));
    const partial = () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0);
    expect(partial()).toBeLessThan(30_000_000);
    const { result } = await follow(transfer);
    expect(result.changed).toBe(true);
    expect(partial()).toBeGreaterThan(40_000_000);
  });
});

describe('a pull of an index', () => {
  const OTHER = 'linux/s390x';
  let index: Awaited<ReturnType<typeof publish>>;
  beforeAll(async () => {
    index = await publish(`${origin.address}/lab/multi:1`, [
      { platform: 'linux/arm/v7', layers: [1001] },
      { platform: HERE, layers: [1002] },
      { platform: OTHER, layers: [1003] },
    ]);
  });
  afterEach(expectWhole);

  it('keeps the index and the blobs of this machine’s platform', async () => {
    const { result, resolved } = await follow(pull('lab/multi:1'));
    expect(result.id).toBe(index.digest);
    expect(resolved[0]!.platform).toBe(HERE);
    expect(blobs()).toHaveLength(4);
    expect(blobs()).toContain(index.images[1]!.config.slice(7));
    proxy.heal();
    expect((await follow(pull('lab/multi:1'))).result.changed).toBe(false);
    expect(manifests()).toHaveLength(1);
  });

  it('for another platform keeps that too, and for all keeps everything', async () => {
    await follow(pull('lab/multi:1'));
    const other = await follow(pull('lab/multi:1', { platform: OTHER }));
    expect(other.resolved[0]!.platform).toBe(OTHER);
    expect(other.result).toMatchObject({ id: index.digest, changed: true });
    expect(blobs()).toHaveLength(7);
    expect(manifests().filter((request) => request.endsWith('/1'))).toEqual([
      'GET /v2/lab/multi/manifests/1',
      'HEAD /v2/lab/multi/manifests/1',
    ]);
    const all = await follow(pull('lab/multi:1', { allPlatforms: true }));
    expect(all.result).toMatchObject({ id: index.digest, changed: true });
    expect(all.rows).toHaveLength(3);
    expect(blobs()).toHaveLength(10);
    proxy.heal();
    expect((await follow(pull('lab/multi:1', { allPlatforms: true }))).result.changed).toBe(false);
    expect(manifests()).toHaveLength(1);
  });

  it('takes a variant that runs there too', async () => {
    const { resolved } = await follow(pull('lab/multi:1', { platform: 'linux/arm/v8' }));
    expect(resolved[0]!.platform).toBe('linux/arm/v7');
  });

  it('for a platform that is not there names those that are', async () => {
    const error = await failure(follow(pull('lab/multi:1', { platform: 'linux/riscv64' })));
    expect(error).toMatchObject({ code: 'not-found' });
    expect(error.message).toContain('linux/riscv64');
    expect(error.hint).toContain(`linux/arm/v7, ${HERE}, ${OTHER}`);
    expect(await store.roots()).toEqual([]);
  });

  it('of one image for another platform than was asked for is not found either, and else a warning', async () => {
    await publish(`${origin.address}/lab/foreign:1`, { platform: OTHER });
    const error = await failure(follow(pull('lab/foreign:1', { platform: 'linux/arm64' })));
    expect(error).toMatchObject({ code: 'not-found' });
    expect(error.hint).toContain(OTHER);
    const { lines, resolved } = await follow(pull('lab/foreign:1'));
    expect(resolved[0]!.platform).toBe(OTHER);
    expect(lines.find(({ topic }) => topic === 'warning')?.text).toContain(
      `is for ${OTHER}, not for ${HERE}`,
    );
  });

  it('whose platform makes no sense is bad input', async () => {
    expect(await failure(follow(pull('lab/multi:1', { platform: 'a/b/c/d' })))).toMatchObject({
      code: 'bad-input',
    });
  });
});

describe('a pull that meets faults', () => {
  afterEach(expectWhole);

  it('goes on where a layer broke off, and shows it in the layer’s own row', async () => {
    await made('lab/broken:1', [2_000_000]);
    proxy.breaks = times(2, { kind: 'cut', after: 700_000 }, isBlob);
    const { parts, rows, lines } = await follow(pull('lab/broken:1'));
    expect(rows).toHaveLength(1);
    const stages = parts.map(({ stage }) => stage).filter((stage, at, all) => stage !== all[at - 1]);
    expect(stages).toContain('retrying');
    expect(stages.at(-1)).toBe('done');
    expect(parts.find(({ stage }) => stage === 'retrying')?.note).toMatch(
      /broke at 0\.\d MB, again in .* \(1 of 4\)/,
    );
    expect(lines.filter(({ topic }) => topic === 'retry').length).toBeGreaterThanOrEqual(1);
  });

  it('fetches a layer anew that arrived damaged, and gives up when it is damaged again', async () => {
    const { digest } = await made('lab/damaged:1', [900_000]);
    const isLayer = (request: { path: string; method: string }) =>
      isBlob(request as never) && !request.path.includes(digest);
    await follow(pull('lab/damaged:1', { platform: HERE })).catch(() => {});
    await removeScratch(folder);
    mkdirSync(folder);
    store = await Store.open(folder, { create: true });
    proxy.breaks = times(1, { kind: 'corrupt', at: 400_000 }, isLayer);
    // The config is damaged where it comes first: it is fetched again in the same way.
    expect((await follow(pull('lab/damaged:1'))).result.changed).toBe(true);

    await made('lab/damaged:2', [900_000]);
    proxy.breaks = (request) => (isLayer(request) ? { kind: 'corrupt', at: 4 } : undefined);
    const error = await failure(follow(pull('lab/damaged:2')));
    expect(error).toMatchObject({ code: 'corrupt' });
    expect((await store.roots()).flatMap(({ references }) => references)).toEqual([through('lab/damaged:1')]);
  });

  it.each([
    ['another size', (text: string) => text.replace(/"size":\d+/, '"size":123456789')],
    ['another digest', (text: string) => text.replace(/("layers".*?sha256:)[0-9a-f]{8}/, '$100000000')],
    [
      'no digest',
      (text: string) => text.replace(/("layers".*?)sha256:[0-9a-f]{64}/, '$1../../../etc/passwd'),
    ],
    ['a negative size', (text: string) => text.replace(/("layers".*?"size":)\d+/, '$1-5')],
    ['a size of terabytes', (text: string) => text.replace(/("layers".*?"size":)\d+/, '$19000000000000')],
  ])('of a manifest that says %s of a blob leaves nothing under the name', async (_, lie) => {
    await made('lab/liar:1', [50_000]);
    proxy.breaks = (request) =>
      isManifest(request)
        ? {
            kind: 'change',
            by: (body) => Buffer.from(lie(body.toString())),
            headers: { 'docker-content-digest': '' },
          }
        : undefined;
    const error = await failure(follow(pull('lab/liar:1')));
    expect(['corrupt', 'not-found']).toContain(error.code);
    expect(await store.roots()).toEqual([]);
  });

  it('keeps what it had for the next try, when it is stopped in the middle', async () => {
    await made('lab/stopped:1', [6_000_000]);
    proxy.breaks = (request) => (isBlob(request) ? { kind: 'drip', bytes: 400_000, pause: 15 } : undefined);
    const stop = new AbortController();
    const stopped = follow(pull('lab/stopped:1', { signal: stop.signal }), (part) => {
      if (part.stage === 'downloading' && part.done > 1_500_000) stop.abort();
    });
    expect(await failure(stopped)).toMatchObject({ code: 'cancelled' });
    expect(await store.roots()).toEqual([]);
    proxy.heal();
    await follow(pull('lab/stopped:1'));
    const layer = proxy.seen.filter(isBlob).at(-1);
    expect(Number(/bytes=(\d+)-/.exec(layer?.range ?? '')?.[1])).toBeGreaterThan(1_000_000);
  });

  it('ends when nobody wants its events any more', async () => {
    await made('lab/left:1', [4_000_000]);
    proxy.breaks = (request) => (isBlob(request) ? { kind: 'drip', bytes: 40_000, pause: 20 } : undefined);
    const transfer = pull('lab/left:1');
    for await (const event of transfer) if (event.type === 'part' && event.stage === 'downloading') break;
    const seen = proxy.seen.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(proxy.seen).toHaveLength(seen);
    expect(await store.roots()).toEqual([]);
  });

  it('stops the other layers when one cannot be had', async () => {
    await made('lab/missing:1', [30_000, 3_000_000, 3_000_000, 3_000_000]);
    const [first] = await layersOf('lab/missing:1');
    proxy.breaks = (request) =>
      request.path.includes(first!)
        ? { kind: 'answer', status: 404, body: '{"errors":[{"code":"BLOB_UNKNOWN"}]}' }
        : isBlob(request)
          ? { kind: 'drip', bytes: 100_000, pause: 10 }
          : undefined;
    const error = await failure(follow(pull('lab/missing:1')));
    expect(error).toMatchObject({ code: 'not-found', codes: ['BLOB_UNKNOWN'] });
    expect(await store.roots()).toEqual([]);
  });
});

describe('what was pulled', () => {
  beforeAll(ensureSkopeo);

  it('is the same image to skopeo, which can copy it on', async () => {
    // skopeo finds only OCI's own types in a layout.
    await made('lab/skopeo:docker');
    const at = `${origin.url}/v2/lab/skopeo/manifests`;
    const accept = 'application/vnd.docker.distribution.manifest.v2+json';
    const manifest = await (await fetch(`${at}/docker`, { headers: { accept } })).text();
    const body = manifest
      .replace(accept, OCI_MANIFEST)
      .replace('application/vnd.docker.container.image.v1+json', OCI_CONFIG)
      .replaceAll('application/vnd.docker.image.rootfs.diff.tar.gzip', OCI_LAYER_GZIP);
    const put = await fetch(`${at}/1`, { method: 'PUT', headers: { 'content-type': OCI_MANIFEST }, body });
    expect(put.status).toBe(201);
    await follow(pull('lab/skopeo:1'));
    const here = await identify(`oci:${folder}:1`);
    expect(here).toEqual(await identify(`docker://${origin.address}/lab/skopeo:1`));
    await skopeo(
      'copy',
      '-q',
      '--dest-tls-verify=false',
      `oci:${folder}:1`,
      `docker://${origin.address}/lab/copied:1`,
    );
    expect((await identify(`docker://${origin.address}/lab/copied:1`)).diffIds).toEqual(here.diffIds);
  });
});

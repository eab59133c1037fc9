/** What a repository can be asked beside its images: tags, referrers, deletion. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/engine/oci/digest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/engine/oci/media-type.ts';
import { openRegistry, type Registry } from '../../../src/engine/registry/registry.ts';
import { nextPage } from '../../../src/engine/registry/tags.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { publish } from '../../support/registry-image.ts';
import { failure } from './blob-pieces.ts';

const env = { DOCKER_CONFIG: '/dev/null/nothing' };
const servers: Server[] = [];
const clients: Registry[] = [];
let origin: TestRegistry;

beforeAll(async () => {
  origin = await startRegistry();
});
afterAll(async () => {
  for (const one of clients) one.close();
  for (const one of servers) one.close();
  await origin?.stop();
});

function open(address: string): Registry {
  const client = openRegistry(address, { env, retry: { tries: 0 } });
  clients.push(client);
  return client;
}

/** A registry that answers as it is told: what Debian's cannot do. */
async function answering(answers: Record<string, { headers?: Record<string, string>; body: unknown }>) {
  const asked: string[] = [];
  const server = createServer((request, answer) => {
    asked.push(request.url ?? '');
    const found = answers[request.url ?? ''];
    if (found === undefined) {
      answer.writeHead(404).end('not here');
      return;
    }
    answer.writeHead(200, found.headers).end(JSON.stringify(found.body));
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { registry: open(`127.0.0.1:${(server.address() as AddressInfo).port}`), asked };
}

async function all(registry: Registry, repository: string, page?: number): Promise<string[]> {
  return await Array.fromAsync(registry.tags(repository, page === undefined ? {} : { page }));
}

describe('tags', () => {
  it('are listed over as many pages as there are', async () => {
    const names = ['1', '2', '3', 'a', 'b', 'latest'];
    for (const name of names) await publish(`${origin.address}/lab/tags:${name}`, { salt: name });
    const registry = open(origin.address);
    expect((await all(registry, 'lab/tags')).toSorted()).toEqual(names);
    expect((await all(registry, 'lab/tags', 2)).toSorted()).toEqual(names);
    expect(await failure(all(registry, 'lab/nothing'))).toMatchObject({ code: 'not-found' });
  });

  it('follow links, relative and absolute, and stop at a circle', async () => {
    const link = (to: string) => ({ link: `<${to}>; rel="next"` });
    const { registry, asked } = await answering({
      '/v2/a/tags/list?n=2': { headers: link('/v2/a/tags/list?last=2&n=2'), body: { tags: ['1', '2'] } },
      '/v2/a/tags/list?last=2&n=2': { headers: link('list?more'), body: { tags: ['3', '../../x', 7] } },
      '/v2/a/tags/list?more': { body: { tags: null } },
      '/v2/b/tags/list?n=1000': { headers: link('list?n=1000'), body: { tags: ['1'] } },
      '/v2/c/tags/list?n=1000': {
        headers: link('http://other.example:5000/v2/c/tags/list?last=1'),
        body: { tags: ['1'] },
      },
      '/v2/c/tags/list?last=1': { body: { tags: ['2'] } },
      '/v2/d/tags/list?n=1000': { body: 'garbage' },
    });
    expect(await all(registry, 'a', 2)).toEqual(['1', '2', '3']);
    expect(await failure(all(registry, 'b'))).toMatchObject({ code: 'corrupt' });
    // A proxy's registry knows itself by another name: its pages are here all the same.
    expect(await all(registry, 'c')).toEqual(['1', '2']);
    expect(await failure(all(registry, 'd'))).toMatchObject({ code: 'corrupt' });
    expect(asked).toHaveLength(7);
  });

  it('are asked for page by page only as they are wanted', async () => {
    const { registry, asked } = await answering({
      '/v2/a/tags/list?n=1': { headers: { link: '</v2/a/tags/list?x>; rel=next' }, body: { tags: ['1'] } },
      '/v2/a/tags/list?x': { body: { tags: ['2'] } },
    });
    for await (const tag of registry.tags('a', { page: 1 })) if (tag === '1') break;
    expect(asked).toHaveLength(1);
  });

  it('have a next page in a header that may hold other links', () => {
    const from = new URL('https://r.example/v2/a/tags/list?n=1');
    const header = '</first>; rel="first", </v2/a/tags/list?n=1&last=z>; foo=bar; rel="next"';
    expect(nextPage(header, from)?.href).toBe('https://r.example/v2/a/tags/list?n=1&last=z');
    expect(nextPage('</first>; rel="first"', from)).toBeUndefined();
    expect(nextPage('<http://[>; rel=next', from)).toBeUndefined();
    expect(nextPage(undefined, from)).toBeUndefined();
  });
});

describe('referrers', () => {
  const subject = digestOf('subject');
  const one = { mediaType: OCI_MANIFEST, digest: digestOf('1'), size: 10, artifactType: 'application/a' };
  const two = { mediaType: OCI_MANIFEST, digest: digestOf('2'), size: 20, artifactType: 'application/b' };
  const index = (...manifests: object[]) => ({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  const headers = { 'content-type': OCI_INDEX };

  it('are what the registry lists, filtered here where it does not filter', async () => {
    const { registry } = await answering({
      [`/v2/a/referrers/${subject}`]: {
        headers: { ...headers, link: '</v2/a/referrers/more>; rel="next"' },
        body: index(one),
      },
      '/v2/a/referrers/more': { headers, body: index(two) },
      [`/v2/a/referrers/${subject}?artifactType=application%2Fb`]: { headers, body: index(one, two) },
    });
    expect(await registry.referrers('a', subject)).toEqual([one, two]);
    expect(await registry.referrers('a', subject, { artifactType: 'application/b' })).toEqual([two]);
  });

  it('are under a tag in registries that do not know the question', async () => {
    const registry = open(origin.address);
    await publish(`${origin.address}/lab/referred:1`);
    expect(await registry.referrers('lab/referred', subject)).toEqual([]);
    const bytes = Buffer.from(JSON.stringify(index()));
    await registry.putManifest('lab/referred', `sha256-${subject.slice(7)}`, { bytes, mediaType: OCI_INDEX });
    expect(await registry.referrers('lab/referred', subject)).toEqual([]);
    const { registry: other } = await answering({
      [`/v2/a/manifests/sha256-${subject.slice(7)}`]: { headers, body: index(one, two) },
    });
    expect(await other.referrers('a', subject, { artifactType: 'application/a' })).toEqual([one]);
  });
});

describe('a manifest', () => {
  it('can be deleted by its digest', async () => {
    const registry = open(origin.address);
    const { digest } = await publish(`${origin.address}/lab/deleted:1`);
    await registry.deleteManifest('lab/deleted', digest);
    expect(await failure(registry.manifest('lab/deleted', '1'))).toMatchObject({ code: 'not-found' });
    expect(await failure(registry.deleteManifest('lab/deleted', digest))).toMatchObject({
      code: 'not-found',
    });
  });

  it('cannot where the registry does not delete, or only by digest', async () => {
    await using keeping = await startRegistry({ keepAll: true });
    const { digest } = await publish(`${keeping.address}/lab/kept:1`);
    const refused = await failure(open(keeping.address).deleteManifest('lab/kept', digest));
    expect(refused).toMatchObject({ code: 'unsupported' });
    expect(refused.message).toContain('deletes nothing');
    await publish(`${origin.address}/lab/kept:1`);
    const byTag = await failure(open(origin.address).deleteManifest('lab/kept', '1'));
    expect(byTag).toMatchObject({ code: 'unsupported' });
    expect(byTag.message).toContain('by digest only');
  });
});

/** Looking into images of a registry that nobody has pulled. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wholeContents } from '../../../src/engine/layers/read-contents.ts';
import { registryContents } from '../../../src/engine/registry/contents.ts';
import { type BreakingProxy, isBlob, type Seen, startBreakingProxy } from '../../support/breaking-proxy.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { publish } from '../../support/registry-image.ts';
import { failureOf } from '../archive/archive-tools.ts';

const env = { DOCKER_CONFIG: '/dev/null/nothing' };
let registry: TestRegistry;
let proxy: BreakingProxy;

beforeAll(async () => {
  registry = await startRegistry();
  proxy = await startBreakingProxy(registry.address);
});

afterAll(async () => {
  await proxy.stop();
  await registry.stop();
});

describe('an image of a registry', () => {
  it('is read blob by blob, and nothing that is not asked for', async () => {
    const { digest, images } = await publish(`${registry.address}/lab/app:1`, {
      layers: [3_000_000, 10, 10],
    });
    const source = registryContents(`${registry.address}/lab/app:1`, { env });
    const { image, indexes } = await wholeContents(source);
    expect(image.id).toBe(digest);
    expect(image.layers.map(({ diffId }) => diffId)).toEqual(images[0]!.diffIds);
    expect(indexes.map((index) => `${index.path(1)} ${index.size(1)}`)).toEqual([
      'file-0 3000000',
      'file-1 10',
      'file-2 10',
    ]);
  });

  it('asks for nothing more than is wanted, goes on after a break, and believes nothing that was changed', async () => {
    const { images } = await publish(`${registry.address}/lab/far:1`, { layers: [500_000, 10] });
    const source = registryContents(`${proxy.address}/lab/far:1`, { env, retry: { first: 4, tries: 4 } });
    await source.describe();
    proxy.heal();
    const given: (number | undefined)[] = [];
    for await (const tar of source.tars(new Set([1]))) given.push(tar.layer);
    expect(given).toEqual([1]);
    // Whoever asks for the next one has done with the last, so that it may not even have been begun.
    expect(proxy.seen.filter(isBlob).length).toBeLessThanOrEqual(1);

    const config = images[0]!.config.slice('sha256:'.length);
    const isLayer = (request: Seen) => isBlob(request) && !request.path.includes(config);
    let broken = 0;
    proxy.breaks = (request) =>
      isLayer(request) && broken++ === 0 ? { kind: 'cut', after: 200_000 } : undefined;
    const { indexes } = await wholeContents(source);
    expect(indexes.map((index) => index.size(1))).toEqual([500_000, 10]);
    expect(proxy.seen.some(({ range }) => range !== '')).toBe(true);

    proxy.heal();
    proxy.breaks = (request) => (isLayer(request) ? { kind: 'corrupt', at: 300_000 } : undefined);
    expect(await failureOf(wholeContents(source))).toMatchObject({ code: 'corrupt' });
  });

  it('is the one for the platform that is asked for', async () => {
    await publish(`${registry.address}/lab/many:1`, [
      { platform: 'linux/amd64', layers: [11] },
      { platform: 'linux/arm64', layers: [22] },
    ]);
    const named = `${registry.address}/lab/many:1`;
    const { image, indexes } = await wholeContents(registryContents(named, { env, platform: 'linux/arm64' }));
    expect(image.platform).toBe('linux/arm64');
    expect(indexes[0]!.size(1)).toBe(22);
    const absent = registryContents(named, { env, platform: 'linux/s390x' }).describe();
    expect(await failureOf(absent)).toMatchObject({ code: 'not-found' });
  });
});

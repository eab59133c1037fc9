/** Whether what goes can be pulled again, asked of a real registry. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkRegistries, withAnswers } from '../../../src/engine/cleanup/registry-check.ts';
import { digestOf } from '../../../src/engine/oci/digest.ts';
import { planRemoval } from '../../../src/engine/planner.ts';
import { openRegistry } from '../../../src/engine/registry/registry.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { hex, idOf, stockOf, whole } from '../stock-maker.ts';

let registry: TestRegistry;
let digest: string;
beforeAll(async () => {
  registry = await startRegistry();
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] }));
  digest = digestOf(bytes);
  const client = openRegistry(registry.address, { env: {} });
  await client.putManifest('lab/app', 'one', { bytes, mediaType });
  client.close();
});
afterAll(async () => await registry?.stop());

it('asks by digest, and says what it cannot know', async () => {
  const missing = `sha256:${hex('missing')}`;
  const images = [
    { id: 'kept', digests: [`gone.invalid/x@${missing}`, `${registry.address}/lab/app@${digest}`] },
    { id: 'dropped', digests: [`${registry.address}/lab/app@${missing}`] },
    { id: 'offline', digests: [`127.0.0.1:1/x@${missing}`, `${registry.address}/lab/app@${missing}`] },
    { id: 'never', digests: [] },
  ];
  const seen: number[] = [];
  const answers = await checkRegistries(images, { env: {}, onProgress: (done) => seen.push(done) });
  expect(answers.get('kept')).toEqual({ pullable: 'yes', reference: images[0]!.digests[1], why: '' });
  expect(answers.get('dropped')).toMatchObject({ pullable: 'no', why: '' });
  expect(answers.get('offline')).toMatchObject({
    pullable: 'unknown',
    why: expect.stringContaining('127.0.0.1:1'),
  });
  expect(answers.get('never')).toMatchObject({ pullable: 'no' });
  expect(seen.sort()).toEqual([1, 2, 3, 4]);
});

it('stops when it is told to, and when it takes too long', async () => {
  const many = [{ id: 'a', digests: [`${registry.address}/lab/app@${digest}`] }];
  expect((await checkRegistries(many, { env: {}, timeout: 0 })).get('a')).toMatchObject({
    pullable: 'unknown',
    why: 'the registries took too long to answer',
  });
  await expect(checkRegistries(many, { env: {}, signal: AbortSignal.abort() })).rejects.toThrow();
});

it('decides how much a plan weighs', () => {
  const name = `${registry.address}/lab/app`;
  const stock = stockOf([
    { name: 'app', tags: [`${name}:one`], digests: [`${name}@${digest}`], layers: [['l', 1]] },
  ]);
  const plan = planRemoval(stock, whole('app'));
  expect(plan).toMatchObject({ weight: 'pullable', lost: [] });
  const answer = { pullable: 'no', reference: '', why: '' } as const;
  expect(withAnswers(plan, new Map([[idOf('app'), answer]]))).toMatchObject({
    weight: 'irreversible',
    lost: [idOf('app')],
  });
});

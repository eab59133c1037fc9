import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { EngineError } from '../../../src/engine/errors.ts';
import { layerIndexCache } from '../../../src/engine/layers/index-folder.ts';
import { contentPlace, openContents } from '../../../src/engine/layers/open-contents.ts';
import { wholeContents } from '../../../src/engine/layers/read-contents.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';

const folder = scratchFolder();
writeFileSync(join(folder, 'web.tar'), '');
writeFileSync(join(folder, 'app'), '');
mkdirSync(join(folder, 'c#'));
writeFileSync(join(folder, 'c#', 'web.tar'), '');
writeFileSync(join(folder, 'c#1.tar'), '');
mkdirSync(join(folder, 'folder.tar'));
afterAll(() => removeScratch(folder));

const archive = (path: string, image?: string) => ({ kind: 'archive', path, image });
const inFolder = (name: string) => join(folder, name);

describe('a name', () => {
  it.each([
    ['web.tar', archive(inFolder('web.tar'))],
    ['./app', archive(inFolder('app'))],
    ['./nowhere', archive(inFolder('nowhere'))],
    ['../x.tar', archive(join(folder, '..', 'x.tar'))],
    ['/tmp/x', archive('/tmp/x')],
    ['web.tar#app:1', archive(inFolder('web.tar'), 'app:1')],
    ['other.tar#app:1', archive(inFolder('other.tar'), 'app:1')],
    ['./web.tar#', archive(inFolder('web.tar'))],
    ['./c#/web.tar', archive(inFolder('c#/web.tar'))],
    ['c#/web.tar#app:1', archive(inFolder('c#/web.tar'), 'app:1')],
    ['c#1.tar', archive(inFolder('c#1.tar'))],
    ['registry:host:5000/acme/app:1', { kind: 'registry', reference: 'host:5000/acme/app:1' }],
    ['registry:alpine:3', { kind: 'registry', reference: 'alpine:3' }],
    ['registry:docker.io/alpine', { kind: 'registry', reference: 'docker.io/alpine' }],
    ['registry:2', { kind: 'engine', image: 'registry:2' }],
    ['registry:latest', { kind: 'engine', image: 'registry:latest' }],
    ['registry:5000/app', { kind: 'engine', image: 'registry:5000/app' }],
    ['other.tar', { kind: 'engine', image: 'other.tar' }],
    ['folder.tar', { kind: 'engine', image: 'folder.tar' }],
    ['app', { kind: 'engine', image: 'app' }],
    ['app:1', { kind: 'engine', image: 'app:1' }],
    ['sha256:0123456789ab', { kind: 'engine', image: 'sha256:0123456789ab' }],
  ])('%j is where it should be', (name, place) => {
    expect(contentPlace(name, folder)).toEqual(place);
  });

  it('asks for the engine only where the image is one of its own', async () => {
    const asked: string[] = [];
    const contents = { where: 'here' };
    const engine = async () => {
      asked.push('engine');
      return { contents: (image: string) => ({ ...contents, image }) } as unknown as Engine;
    };
    expect(await openContents(engine, 'app:1', { folder })).toEqual({ where: 'here', image: 'app:1' });
    expect(asked).toEqual(['engine']);
    const inArchive = await openContents(engine, 'web.tar', { folder });
    await openContents(engine, 'registry:127.0.0.1:1/app:1', { folder });
    expect(asked).toEqual(['engine']);
    await expect(wholeContents(inArchive)).rejects.toMatchObject({
      code: expect.stringMatching(/bad-input|corrupt/),
    });
    const missing = new EngineError({ code: 'not-found', message: 'no such image', hint: 'List them.' });
    const without = async () => ({ contents: () => ({ describe: () => Promise.reject(missing) }) });
    const misspelt = await openContents(without as unknown as () => Promise<Engine>, 'wbe.tar', { folder });
    await expect(misspelt.describe()).rejects.toMatchObject({
      code: 'not-found',
      message: 'there is no file wbe.tar, and no such image',
    });
    const nobody = () => Promise.reject(missing);
    await expect(openContents(nobody, 'wbe.tar', { folder })).rejects.toMatchObject({
      message: expect.stringContaining('there is no file wbe.tar'),
    });
    await expect(openContents(nobody, 'wbe:1', { folder })).rejects.toBe(missing);
    await expect(openContents(engine, '', { folder })).rejects.toMatchObject({ code: 'bad-input' });
  });
});

it('indexes lie in the cache folder of the environment, or of the home folder', async () => {
  const diffId = `sha256:${'0'.repeat(64)}`;
  const file = diffId.replace(':', '-');
  for (const [env, place] of [
    [{ XDG_CACHE_HOME: join(folder, 'xdg') }, join(folder, 'xdg')],
    [{ XDG_CACHE_HOME: 'relative', HOME: join(folder, 'home') }, join(folder, 'home', '.cache')],
  ] as const) {
    const cache = layerIndexCache(env);
    expect(await cache.has(diffId)).toBe(false);
    mkdirSync(join(place, 'nacre', 'indexes'), { recursive: true });
    writeFileSync(join(place, 'nacre', 'indexes', file), '');
    expect(await cache.has(diffId)).toBe(true);
  }
});

/** What is told to be in images, beside what engines make of them in containers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../../src/engine/connect.ts';
import { openEmbeddedEngine } from '../../../src/engine/embedded/embedded-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { ContentSource, ImageContents } from '../../../src/engine/layers/contents.ts';
import { createLayerIndexCache } from '../../../src/engine/layers/layer-index-cache.ts';
import { readContents, wholeContents } from '../../../src/engine/layers/read-contents.ts';
import { eachEngine } from '../../support/engine-group.ts';
import { startEngine, type TestEngine } from '../../support/engines.ts';
import { ImageMaker } from '../../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { MULTI_PLATFORM, multiPlatformArchive } from './multi-platform.ts';
import { factsOfContents, factsOnDisk, type TreeFacts } from './tree-facts.ts';
import { type WhiteoutImage, whiteoutImage } from './whiteout-image.ts';

/** What engines put into every container, and where they mount. */
const ENGINES_OWN =
  /^(?:\.dockerenv|(?:dev|proc|sys)(?:\/.*)?|etc\/(?:hosts|hostname|resolv\.conf|mtab)|run\/\.containerenv)$/;

/** What a real system does in builds: engines turn it into layers in their own ways. */
const STEPS = [
  'COPY a b /kept/',
  `RUN mkdir -p /emptied/sub /gone/sub /swap /links && echo 1 >/emptied/old && echo 1 >/emptied/sub/old && \
    echo 1 >/gone/sub/x && echo 1 >/file && ln -s file /link && echo 1 >/links/one && ln /links/one /links/two && \
    echo 1 >/swap/x && mkfifo /pipe && chmod 4755 /file && chown 12:34 /kept/a`,
  `RUN rm -r /emptied && mkdir /emptied && echo 2 >/emptied/new && rm -r /gone /swap && echo 2 >/swap && \
    rm /file && mkdir /file && echo 2 >/file/x && ln -sf swap /link && echo 2 >>/links/one && rm /pipe`,
  'RUN mkdir /gone && echo 3 >/gone/new && chmod 700 /kept && rm /kept/b && mv /file /moved && ln /links/two /links/three',
  'ENV A=1',
  'RUN rm /kept/a',
  'RUN true',
];

const scratch = scratchFolder();
let made: Promise<WhiteoutImage> | undefined;
afterAll(() => removeScratch(scratch));

eachEngine('what is inside images', (name) => {
  let server: TestEngine;
  let engine: Engine;
  let maker: ImageMaker;
  let whiteouts: WhiteoutImage;
  const cache = createLayerIndexCache(join(scratch, `indexes-${name}`));

  beforeAll(async () => {
    // Only where there is an engine can devices be made, too.
    made ??= whiteoutImage(scratch);
    whiteouts = await made;
    server = await startEngine(name);
    maker = new ImageMaker(server);
    engine = await connect({ endpoint: { address: server.host }, chosenBy: 'the test says so', tried: [] });
    await server.api.text('POST', '/images/load', { body: whiteouts.archive });
    await maker.base('base:1');
    await maker.build('base:1', STEPS, { tags: ['built:1'], files: { a: 'aaa', b: 'bb' } });
  });
  afterAll(async () => {
    await engine?.close();
    await server?.stop();
  });

  test.each(['test/whiteouts:1', 'built:1'])('%s is what its container is made of', async (image) => {
    const exported = await exportedFacts(server, maker, image);
    const contents = await wholeContents(engine.contents(image), { digests: true });
    expect(contents.image.layers.map(({ diffId }) => diffId)).toEqual((await engine.inspect(image)).diffIds);
    expectSame(factsOfContents(contents), exported);
    expect(exported.size).toBeGreaterThan(60);
    const saved = await savedBy(engine, image);
    for (const archive of image === whiteouts.name ? [saved, whiteouts.sparse] : [saved]) {
      const own = await contentsInEmbedded(archive);
      expectSame(factsOfContents(own), exported);
    }
  });

  test('the step that made a layer is told, of those too that only take away', async () => {
    const { layers } = await engine.contents('built:1').describe();
    const at = (word: string) => layers.find(({ createdBy }) => createdBy.includes(word))?.step;
    expect([at('COPY'), at('mkdir -p /emptied'), at('rm -r /emptied'), at('rm /kept/a')]).toEqual([
      2, 3, 4, 7,
    ]);
  });

  test('each layer is told as soon as it is known, and what is known is read no more', async () => {
    const source = engine.contents('test/whiteouts:1');
    const told: number[] = [];
    let described = false;
    const reading = readContents(source, { cache });
    for (let step = await reading.next(); !step.done; step = await reading.next()) {
      const event = step.value;
      if (event.type === 'described') described = true;
      if (event.type !== 'layer' || !event.whole) continue;
      expect(described).toBe(true);
      told.push(event.layer);
    }
    expect(told.toSorted()).toEqual(whiteouts.diffIds.map((_, at) => at));

    const again = await wholeContents(unreadable(engine.contents('test/whiteouts:1')), { cache });
    expect(again.indexes.map(({ count }) => count)).toEqual(
      (await wholeContents(source)).indexes.map(({ count }) => count),
    );
    await expect(wholeContents(unreadable(source), { cache, digests: true })).rejects.toThrow('was read');
    // A layer on top of known ones is the only one that is asked for.
    await wholeContents(engine.contents('base:1'), { cache });
    const asked: number[][] = [];
    await wholeContents(engine.contents('built:1'), { cache });
    const above = await maker.layered('built:1', 'extra', { tags: ['above:1'] });
    await wholeContents(
      watched(engine.contents(above), (wanted) => asked.push([...wanted])),
      { cache },
    );
    expect(asked).toEqual([[(await engine.inspect(above)).diffIds.length - 1]]);
  });

  test('of several platforms only its own layers count', async (context) => {
    context.skip(!name.endsWith('containerd'), 'only a containerd store keeps several platforms of an image');
    await server.api.text('POST', '/images/load', { body: await multiPlatformArchive() });
    const { image, indexes } = await wholeContents(engine.contents(MULTI_PLATFORM), { digests: true });
    expect(image.platform).toBe('linux/amd64');
    const paths = indexes.map((index) => index.path(index.count - 1).toString());
    expect(paths).toEqual(['etc/one', 'etc/two', 'etc/three']);
    expect(image.layers.map(({ diffId }) => diffId)).toEqual((await engine.inspect(MULTI_PLATFORM)).diffIds);
  });

  test('a look that was given up leaves the image to be read by others', async () => {
    const source = engine.contents('built:1');
    await source.describe();
    await expect(source.describe({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
    const tars = source.tars(new Set([0]));
    expect(await tars.next()).toMatchObject({ done: false, value: { kind: 'stream' } });
    await tars.return([]);
  });

  test('an image that is not there is not found, and who gives up gets no more', async () => {
    await expect(wholeContents(engine.contents('nowhere:1'))).rejects.toMatchObject({ code: 'not-found' });
    const stop = new AbortController();
    const reading = readContents(engine.contents('built:1'), { signal: stop.signal });
    await reading.next();
    stop.abort();
    await expect(reading.next()).rejects.toMatchObject({ code: 'cancelled' });
    const left = readContents(engine.contents('built:1'));
    await left.next();
    await left.return(undefined as never);
    await engine.ping();
  });
});

function expectSame(told: TreeFacts, exported: TreeFacts): void {
  const plain = (facts: TreeFacts) =>
    Object.fromEntries(
      [...facts].filter(([path]) => !ENGINES_OWN.test(path)).sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  expect(plain(told)).toEqual(plain(exported));
}

let containers = 0;

/** Source: `GET /containers/{id}/export`, unpacked by GNU tar. */
async function exportedFacts(server: TestEngine, maker: ImageMaker, image: string): Promise<TreeFacts> {
  const folder = join(scratch, `container-${containers++}`);
  await mkdir(folder);
  const id = await maker.container(image, { start: false });
  const tar = spawn('tar', ['-xp', '--same-owner', '--numeric-owner', '-C', folder], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const ended = once(tar, 'close');
  const path = `/containers/${id}/export`;
  const asked = request({ socketPath: server.socket, path, headers: { host: 'engine' } }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  await pipeline(answer, tar.stdin);
  expect(await ended).toEqual([0, null]);
  await maker.removeContainer(id);
  return await factsOnDisk(folder);
}

async function savedBy(engine: Engine, image: string): Promise<Buffer> {
  const pipe = new PassThrough();
  const [bytes] = await Promise.all([buffer(pipe), Array.fromAsync(engine.save([image], pipe))]);
  return bytes;
}

let stores = 0;

/** What the embedded engine says of it, which has no containers of its own. */
async function contentsInEmbedded(archive: Buffer): Promise<ImageContents> {
  const folder = join(scratch, `store-${stores++}`);
  const embedded = await openEmbeddedEngine(folder, { chosenBy: 'the test says so' });
  try {
    await Array.fromAsync(embedded.load(Readable.from([archive], { objectMode: false })));
    const [{ id } = expect.fail('it has no image')] = await embedded.list();
    return await wholeContents(embedded.contents(id), { digests: true });
  } finally {
    await embedded.close();
  }
}

function watched(source: ContentSource, told: (wanted: ReadonlySet<number>) => void): ContentSource {
  return {
    ...source,
    tars: (wanted, options) => {
      told(wanted);
      return source.tars(wanted, options);
    },
  };
}

function unreadable(source: ContentSource): ContentSource {
  return watched(source, () => {
    throw new Error('something was read');
  });
}

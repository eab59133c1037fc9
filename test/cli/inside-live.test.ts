/** `nacre files` and `nacre find` on an engine's images that share layers, beside what the engine itself exports. */
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { nacreHere } from './in-process.ts';

engineGroup('files and find', 'docker20', () => {
  let engine: TestEngine;
  const folder = scratchFolder();
  beforeAll(async () => {
    engine = await startEngine('docker20');
    const maker = new ImageMaker(engine);
    await maker.base('base:1');
    const files = { lib: 'the library', more: 'x'.repeat(50_000) };
    await maker.build('base:1', ['COPY lib /usr/lib/libtest.so.3'], { files, tags: ['app:1'] });
    await maker.build('app:1', ['COPY more /srv/more', 'RUN rm /usr/lib/libtest.so.3 && mkdir /empty'], {
      files,
      tags: ['slim:1'],
    });
    await maker.build('app:1', ['COPY more /usr/lib/libtest.so.3'], { files, tags: ['other:1'] });
  });
  afterAll(async () => {
    await engine?.stop();
    await removeScratch(folder);
  });

  async function json(...args: string[]): Promise<Record<string, unknown>[]> {
    const env = { DOCKER_HOST: engine.host, XDG_CACHE_HOME: folder, XDG_CONFIG_HOME: folder };
    const { code, stdout, stderr } = await nacreHere([...args, '--json'], env);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  test('list what a container of the image has', async () => {
    const answer = await engine.api.text('POST', '/containers/create', {
      body: { Image: 'slim:1', Cmd: ['x'] },
    });
    const { Id } = JSON.parse(answer) as { Id: string };
    const response = await fetchTar(engine.socket, `/containers/${Id}/export`);
    // What the engine itself puts into every container.
    const own = /^(?:dev|proc|sys)[/ ]|^\.dockerenv |^etc\/(?:hosts|hostname|resolv\.conf|mtab) /;
    const exported = response.filter((line) => !own.test(line));
    const listed = (await json('files', 'slim:1'))
      .map(({ path, type, size, mode, link }) => `${path} ${type} ${size} ${mode} ${link ?? ''}`)
      .filter((line) => !own.test(line));
    expect(exported.length).toBeGreaterThan(100);
    expect(listed.sort()).toEqual(exported.sort());
  });

  test('find who has a file, though it is hidden in one and overwritten in another', async () => {
    const told = (found: readonly Record<string, unknown>[]) =>
      found.map(({ names, layer, hiddenBy, createdBy }) => [
        (names as string[])[0],
        layer,
        hiddenBy,
        createdBy,
      ]);
    const found = await json('find', 'libtest.so.3');
    expect(told(found)).toEqual([
      ['app:1', 2, null, expect.stringMatching(/^COPY .*\/usr\/lib\/libtest\.so\.3/)],
      ['other:1', 3, null, expect.stringMatching(/^COPY .*\/usr\/lib\/libtest\.so\.3/)],
    ]);
    expect(
      told(await json('find', '-a', 'libtest.so.3')).map(([name, layer, by]) => [name, layer, by]),
    ).toEqual([
      ['app:1', 2, null],
      ['other:1', 2, 3],
      ['other:1', 3, null],
      ['slim:1', 2, 4],
    ]);
    // The same content came with two layers.
    expect(await json('find', '/srv/more', 'slim:1')).toHaveLength(1);
  });
});

async function fetchTar(socket: string, path: string): Promise<string[]> {
  const { request } = await import('node:http');
  return await new Promise((resolve, reject) => {
    request({ socketPath: socket, path }, (answer) => {
      const told: string[] = [];
      const tar = extract();
      tar.on('entry', ({ name, type, size, mode, linkname }, body, next) => {
        const of = type === 'link' ? 'hardlink' : (type ?? '');
        told.push(`${name.replace(/\/$/, '')} ${of} ${size} ${(mode ?? 0) & 0o7777} ${linkname ?? ''}`);
        body.on('end', next).resume();
      });
      tar.on('finish', () => resolve(told)).on('error', reject);
      Readable.from(answer).pipe(tar);
    })
      .on('error', reject)
      .end();
  });
}

/** The commands that change images, on a real engine: they do what they showed, and tell it as docker does. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { docker, nacre } from './process.ts';

engineGroup('changing images', 'docker20', () => {
  let engine: TestEngine;
  let maker: ImageMaker;
  let cache: string;
  beforeAll(async () => {
    engine = await startEngine('docker20');
    maker = new ImageMaker(engine);
    cache = scratchFolder();
  });
  afterAll(async () => {
    await engine?.stop();
    await removeScratch(cache);
  });
  beforeEach(async () => {
    await maker.clear();
  });

  const run = (...args: string[]) =>
    nacre(args, { env: { DOCKER_HOST: engine.host, XDG_CACHE_HOME: cache } });
  const names = async () =>
    (await maker.images()).flatMap((image) => image.RepoTags ?? []).toSorted((a, b) => (a < b ? -1 : 1));
  const layersSize = async () =>
    ((await engine.api.json('GET', '/system/df')) as { LayersSize: number }).LayersSize;

  /** A base, two images on it, one of them with two names. */
  const family = async () => {
    await maker.tiny('base:1', { bytes: 10_000 });
    await maker.layered('base:1', 'one', { tags: ['one:1', 'one:again'], bytes: 3_000 });
    await maker.layered('base:1', 'two', { tags: ['two:1'], bytes: 700 });
  };

  describe('rmi', () => {
    it("prints docker's lines, for the same images", async () => {
      await family();
      const ours = await run('rmi', 'one:again', 'two:1', 'one:1');
      expect(ours).toMatchObject({ code: 0, stderr: '' });
      expect(await names()).toEqual(['base:1']);
      await maker.clear();
      await family();
      const theirs = await docker(['rmi', 'one:again', 'two:1', 'one:1'], { DOCKER_HOST: engine.host });
      // Chain IDs of the same content are the same; image ids hold their time of birth.
      const comparable = (text: string) =>
        text
          .replaceAll(/sha256:[0-9a-f]{64}/g, 'ID')
          .split('\n')
          .sort();
      expect(comparable(ours.stdout)).toEqual(comparable(theirs.stdout));
    });

    it('refuses what containers use, says so in one line, and removes the rest', async () => {
      await maker.base('busy:1');
      await maker.tiny('idle:1');
      await maker.container('busy:1', { name: 'web-1' });
      const { code, stdout, stderr } = await run('rmi', 'busy:1', 'idle:1', 'nope:1');
      expect(code).toBe(1);
      expect(stdout).toContain('Untagged: idle:1\nDeleted: sha256:');
      const lines = stderr.trimEnd().split('\n');
      expect(lines).toHaveLength(2);
      expect(lines.join('\n')).toContain(
        'nacre: cannot remove busy:1: a running container uses it (web-1). Stop and remove web-1',
      );
      expect(lines.join('\n')).toContain('nacre: no such image: nope:1. See the names');
      expect(await names()).toEqual(['busy:1']);
    });

    it('needs --force for an id with several names', async () => {
      await family();
      const id = (await maker.images()).find((image) => image.RepoTags?.includes('one:1'))!.Id;
      const refused = await run('rmi', id.slice(7, 19));
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(
        'it has several names (one:1, one:again). Remove it by its names, or use force',
      );
      expect((await run('rmi', '-f', id.slice(7, 19))).stdout).toMatch(
        /^Untagged: one:1\nUntagged: one:again\nDeleted: /,
      );
      expect(await names()).toEqual(['base:1', 'two:1']);
    });

    it('does nothing in a dry run, and shows what it would free, as plan does', async () => {
      await family();
      const before = await names();
      const dry = await run('rmi', '--dry-run', 'one:1', 'one:again');
      expect(dry.stdout).toMatch(
        /^Untag +one:1\nUntag +one:again\nDelete +[0-9a-f]{12} \(one:1\): 1 layer, /,
      );
      expect(dry.stdout).toContain('\nKeep    ');
      expect(dry.stdout).toMatch(/\nFree +3kB\n$/);
      expect((await run('plan', 'one:1', 'one:again')).stdout).toBe(dry.stdout);
      expect(await names()).toEqual(before);
    });

    it('complains about a malformed reference and goes on', async () => {
      await maker.tiny('idle:1');
      const { code, stderr } = await run('rmi', 'BAD', 'idle:1');
      expect(code).toBe(1);
      expect(stderr).toMatch(/^nacre: "BAD" is not an image reference: .*\n$/);
      expect(await names()).toEqual([]);
    });

    it('tells all of it as one JSON document', async () => {
      await family();
      const size = await layersSize();
      const { stdout, code } = await run('rmi', '--json', 'two:1', 'nope');
      const document = JSON.parse(stdout);
      expect(code).toBe(1);
      expect(document).toMatchObject({
        dryRun: false,
        outcome: 'done',
        exact: true,
        failures: [],
        blockers: [{ kind: 'not-found', name: 'nope' }],
      });
      expect(document.removed[0]).toEqual({ action: 'untagged', reference: 'two:1' });
      expect(document.freedBytes).toBe(size - (await layersSize()));
      expect(document.predictedBytes).toBe(document.freedBytes);
    });
  });

  describe('plan', () => {
    it('predicts steps, bytes and what stays, and changes nothing', async () => {
      await family();
      const size = await layersSize();
      const document = JSON.parse((await run('plan', '--json', 'one:1', 'one:again')).stdout);
      expect(
        document.steps.map(({ action, reference }: { action: string; reference: string }) => [
          action,
          reference,
        ]),
      ).toEqual([
        ['untag', 'one:1'],
        ['untag', 'one:again'],
        ['delete', 'one:1'],
      ]);
      expect(document).toMatchObject({ exact: true, blockers: [], weight: 'irreversible' });
      expect(
        document.keeps.map((keep: { size: number }) => keep.size).every((bytes: number) => bytes >= 0),
      ).toBe(true);
      expect(await names()).toContain('one:1');
      await run('rmi', 'one:1', 'one:again');
      expect(size - (await layersSize())).toBe(document.freedBytes);
    });

    it('names what blocks', async () => {
      await maker.base('busy:1');
      await maker.container('busy:1', { name: 'web-1' });
      const { stdout, code } = await run('plan', 'busy:1');
      expect(code).toBe(0);
      expect(stdout).toContain(
        'Blocked cannot remove busy:1: a running container uses it (web-1); stop and remove web-1',
      );
      expect((await run('plan', 'nope')).code).toBe(1);
    });
  });

  describe('prune', () => {
    const mixture = async () => {
      await family();
      await maker.tiny('two:1', { salt: 'new' });
      await maker.base('busy:1');
      await maker.container('busy:1', { name: 'web-1' });
    };

    it('removes dangling images and tells the exact bytes', async () => {
      await mixture();
      const size = await layersSize();
      const dry = JSON.parse((await run('prune', '--dry-run', '--json')).stdout);
      const { stdout, code } = await run('prune', '-f');
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^Deleted Images:\ndeleted: sha256:[0-9a-f]{64}\n[\s\S]*\n\nTotal reclaimed space: 700B\n$/,
      );
      expect(size - (await layersSize())).toBe(dry.freedBytes);
      expect(await names()).toEqual(['base:1', 'busy:1', 'one:1', 'one:again', 'two:1']);
      expect((await run('prune', '-f')).stdout).toBe('Total reclaimed space: 0B\n');
    });

    it('removes all that no container uses', async () => {
      await mixture();
      const { stdout } = await run('prune', '-af', '--json');
      const document = JSON.parse(stdout);
      expect(document).toMatchObject({ outcome: 'done', exact: true });
      expect(await names()).toEqual(['busy:1']);
    });

    it('keeps to its filters', async () => {
      await maker.build('scratch', ['LABEL keep=no'], { tags: ['a:1'] });
      await maker.tiny('b:1');
      await run('prune', '-af', '--filter', 'label=keep=no');
      expect(await names()).toEqual(['b:1']);
      await run('prune', '-af', '--filter', 'until=1h');
      expect(await names()).toEqual(['b:1']);
      expect(await run('prune', '-f', '--filter', 'dangling=true')).toMatchObject({
        code: 2,
        stderr: "nacre: prune has no filter 'dangling', only until and label. See nacre prune --help\n",
      });
    });

    it('will not act unasked where it cannot ask', async () => {
      await mixture();
      const before = await names();
      const { code, stdout, stderr } = await run('prune', '-a');
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^nacre: prune cannot ask here.*\n$/);
      expect(await names()).toEqual(before);
    });

    it('does not take the whole build cache where only a label was meant', async () => {
      await maker.tiny('idle:1');
      const { code, stdout, stderr } = await run('prune', '-f', '-a', '--build-cache', '--filter', 'label=x');
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^nacre: --build-cache cannot be filtered by label.*\n$/);
    });

    it('takes the build cache along', async () => {
      const { stdout, code } = await run('prune', '-f', '--build-cache');
      expect({ stdout, code }).toEqual({
        stdout: 'Build cache: 0B\nTotal reclaimed space: 0B\n',
        code: 0,
      });
    });
  });

  describe('tag', () => {
    it('gives a name, silently', async () => {
      await maker.tiny('idle:1');
      expect(await run('tag', 'idle:1', 'localhost:5000/x/y')).toEqual({ code: 0, stdout: '', stderr: '' });
      expect(await names()).toEqual(['idle:1', 'localhost:5000/x/y:latest']);
      const document = JSON.parse((await run('tag', '--json', 'idle:1', 'other')).stdout);
      expect(document).toMatchObject({ source: 'idle:1', target: 'other:latest' });
    });

    it('says why it cannot', async () => {
      await maker.tiny('idle:1');
      const bad = await run('tag', 'idle:1', 'Upper:1');
      expect(bad).toMatchObject({ code: 1, stdout: '' });
      expect(bad.stderr).toMatch(
        /^nacre: "Upper:1" is not an image reference: a repository name is in lower case. Try "upper:1".\n$/,
      );
      expect((await run('tag', 'nope:1', 'x')).stderr).toMatch(/^nacre: .*nope:1.*\n$/);
      expect((await run('tag', 'idle:1', `x@sha256:${'0'.repeat(64)}`)).stderr).toContain(
        'a digest follows from the content',
      );
    });
  });

  it('changes nothing with --read-only', async () => {
    await maker.tiny('idle:1');
    for (const args of [
      ['rmi', 'idle:1'],
      ['prune', '-af'],
      ['tag', 'idle:1', 'x'],
    ]) {
      const { code, stderr } = await run('--read-only', ...args);
      expect(code).toBe(1);
      expect(stderr).toBe(
        `nacre: ${args[0]} would change images, and --read-only forbids that. Leave --read-only out to do it\n`,
      );
    }
    expect((await run('rmi', '--read-only', '--dry-run', 'idle:1')).code).toBe(0);
    expect(await names()).toEqual(['idle:1']);
  });

  it('measures disk usage with the bytes that a clean-up frees', async () => {
    await family();
    const usage = JSON.parse((await run('df', '--json')).stdout);
    expect(usage.images).toMatchObject({ count: 3, active: 0 });
    const text = (await run('df', '-v')).stdout;
    expect(text).toMatch(
      /^Images space usage:\n\nREPOSITORY +TAG +IMAGE ID +CREATED +SIZE +SHARED SIZE +UNIQUE SIZE +CONTAINERS\n/,
    );
    expect(text).toMatch(/\none +again +[0-9a-f]{12} .* 3kB +0\n/);
    const size = await layersSize();
    await run('prune', '-af');
    expect(size - (await layersSize())).toBe(usage.images.reclaimable.bytes);
  });
});

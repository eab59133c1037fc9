/** `nacre check`: what it says of an image, and its exit code as a gate. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { file, type MadeLayer, madeArchive, whiteout } from '../support/made-contents.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { nacreHere } from './in-process.ts';

const LAYERS: readonly MadeLayer[] = [
  { createdBy: 'ADD file:abc in / ', members: [file('etc/os', 3_000), file('usr/bin/sh', 20_000)] },
  {
    createdBy: '/bin/sh -c apt-get update',
    members: [file('var/lib/apt/lists/a', 9_000), file('var/lib/x', 500)],
  },
  { createdBy: 'COPY app /app # buildkit', members: [file('app/bin', 30_000, { content: 'app' })] },
  {
    createdBy: '/bin/sh -c chown -R 1000 /app',
    members: [file('app/bin', 30_000, { content: 'app', uid: 1000 }), file('tmp/\u001b[31mred', 700)],
  },
  {
    createdBy: '/bin/sh -c cp /app/bin /spare',
    members: [file('spare', 30_000, { content: 'app' }), whiteout('var/lib/x')],
  },
];

/** What `nacre check --help` promises, in this order. */
const KEYS = {
  about: 'image id platform layers size waste efficiency duplicates kinds items limits kept'.split(' '),
  items:
    'kind path within bytes files times what broughtBy hiddenBy layer step diffId createdBy fix sameAs unchanged'.split(
      ' ',
    ),
  limits: 'name allowed actual kept hint'.split(' '),
};

const folder = scratchFolder();
const archive = join(folder, 'web.tar');
const env = { XDG_CACHE_HOME: join(folder, 'cache'), XDG_CONFIG_HOME: folder, HOME: folder };
const check = (...args: string[]) => nacreHere(['check', ...args], env);

beforeAll(async () => writeFileSync(archive, await madeArchive(LAYERS)));
afterAll(() => removeScratch(folder));

describe('check', () => {
  test('tells what is wasted, whom to blame and what to do', async () => {
    const { code, stdout, stderr } = await check(archive);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      'web:1  linux/amd64',
      'Size         123.2kB in 5 layers, unpacked',
      'Waste        40.2kB: 30kB overwritten, 500B deleted, 9.7kB left over',
      'Efficiency   0.6737',
      'Duplicates   30kB in 1 path, not counted as waste',
      '',
      'Waste, the biggest first',
      '       30kB  ×2  /app/bin',
      '             what   overwritten by step 4 with the same contents, from step 3',
      '             blame  step 4: RUN chown -R 1000 /app',
      '             fix    Step 4 stores the same contents again for another owner: set it with COPY --chown in step 3',
      '        9kB  ×1  /var/lib/apt/lists',
      '             what   package lists of apt, left over from step 2',
      '             blame  step 2: RUN apt-get update',
      '             fix    End the RUN that fills it with rm -rf /var/lib/apt/lists/*, or keep it out of the image: RUN --mount=type=cache,target=/var/lib/apt/lists',
      '       700B  ×1  /tmp',
      '             what   temporary files, left over from step 4',
      '             blame  step 4: RUN chown -R 1000 /app',
      '             fix    Delete it at the end of the RUN that makes it, or keep it out of the image: RUN --mount=type=cache,target=/tmp',
      '       500B  ×2  /var/lib/x',
      '             what   deleted by step 5, from step 2',
      '             blame  step 2: RUN apt-get update',
      '             fix    Step 5 deletes what step 2 made, and that layer keeps it: delete it in the same RUN',
      '',
      'Duplicates, the biggest first',
      '       30kB  ×2  /spare',
      '             what   same content as /app/bin, from step 5',
      '             blame  step 5: RUN cp /app/bin /spare',
      '             fix    If one of the two will do, make the other a link in step 5: ln, or ln -s',
      '',
    ]);
  });

  test('fails for each limit that is broken, and says which', async () => {
    const limits = ['--max-waste', '40kB', '--min-efficiency', '95%', '--max-size=1MB', '--max-layers=5'];
    const { code, stdout, stderr } = await check(archive, '-q', ...limits, '--max-duplicates=29.9kB');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.split('\n')).toEqual([
      'nacre: web:1 carries 40.2kB in vain, and --max-waste 40kB allows less. The largest part is /app/bin (30kB): step 4 stores the same contents again for another owner: set it with COPY --chown in step 3.',
      expect.stringContaining('efficiency of 0.6737, and --min-efficiency 95% wants more. The largest part'),
      expect.stringContaining(
        '30kB more than once, and --max-duplicates 29.9kB allows less. The largest part is /spare',
      ),
      '',
    ]);
    expect(await check(archive, '-q', '--max-waste=40.2kB', '--min-efficiency=0.6736')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const large = await check(archive, '--max-size=123.1kB', '--max-layers=4', '--limit=0');
    expect([large.code, large.stdout]).toEqual([
      1,
      expect.stringMatching(
        /\nBroken {7}--max-size 123.1kB \(123.2kB\)\nBroken {7}--max-layers 4 \(5\)\n\nWaste.*\n {2}and 4 smaller: --limit shows more\n/,
      ),
    ]);
    expect(large.stderr).toMatch(/The largest layer has 30.7kB, step 4: RUN chown.*\n.*5 layers.*Join RUNs/);
  });

  test('tells limits from what they would be if they were rounded', async () => {
    const close = join(folder, 'close.tar');
    const layers = [{ members: [file('a', 999), file('b', 1)] }, { members: [whiteout('b')] }];
    writeFileSync(close, await madeArchive(layers, 'close:1'));
    expect(await check(close, '-q', '--min-efficiency=99.9%')).toMatchObject({ code: 0, stderr: '' });
    writeFileSync(close, await madeArchive([{ members: [file('a', 1_000_049)] }], 'close:1'));
    const { code, stderr } = await check(close, '-q', '--max-size=1MB');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('close:1 has 1000049 bytes, and --max-size 1MB allows less'),
    ]);
  });

  test('leaves out what is ignored', async () => {
    const { stdout, code } = await check(
      archive,
      '--json',
      '--ignore=app/**',
      '--ignore',
      'tmp',
      '--max-waste=9.5kB',
    );
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { waste: 9_500, duplicates: 0, kept: true }]);
  });

  test('tells machines the same', async () => {
    const { stdout } = await check(archive, '--json', '--max-waste=1kB');
    const document = JSON.parse(stdout);
    const { about, items, limits } = KEYS;
    expect([document, document.items[0], document.limits[0]].map((one) => Object.keys(one))).toEqual([
      about,
      items,
      limits,
    ]);
    expect(document).toMatchObject({
      image: 'web:1',
      platform: 'linux/amd64',
      layers: 5,
      size: 123_200,
      waste: 40_200,
      efficiency: 83_000 / 123_200,
      duplicates: 30_000,
      kinds: {
        overwritten: { bytes: 30_000, items: 1 },
        deleted: { bytes: 500, items: 1 },
        leftover: { bytes: 9_700, items: 2 },
        duplicate: { bytes: 30_000, items: 1 },
      },
      limits: [{ name: 'max-waste', allowed: 1_000, actual: 40_200, kept: false }],
      kept: false,
    });
    expect(document.items[0]).toMatchObject({
      kind: 'overwritten',
      path: 'app/bin',
      bytes: 30_000,
      files: 1,
      times: 2,
      broughtBy: [3],
      hiddenBy: [4],
      layer: 4,
      step: 4,
      diffId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      createdBy: 'RUN chown -R 1000 /app',
      sameAs: null,
      unchanged: true,
    });
    expect(document.items[1]).toMatchObject({ kind: 'duplicate', path: 'spare', sameAs: 'app/bin' });
    // Nobody has read the contents of this one.
    const other = join(folder, 'other.tar');
    writeFileSync(other, await madeArchive([{ members: [file('x', 5)] }], 'other:1'));
    const quick = JSON.parse((await check(other, '--json', '--quick')).stdout);
    expect(quick.kinds.duplicate).toBeNull();
    expect(quick).toMatchObject({ duplicates: null, waste: 0, efficiency: 1, items: [], kept: true });
  });

  test('refuses limits that are none', async () => {
    for (const [flags, said] of [
      [['--max-waste=lots'], '--max-waste needs a size'],
      [['--min-efficiency=1.5'], '--min-efficiency needs a share'],
      [['--min-efficiency=95'], '--min-efficiency needs a share'],
      [['--max-layers=few'], '--max-layers needs a number'],
      [['--max-duplicates=1kB', '--quick'], 'leave --quick out'],
      [['--ignore=[a'], '"[a" is not a pattern'],
      [['--json', '-q'], 'exclude each other'],
    ] as const)
      expect(await check(archive, ...flags)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining(said),
      });
    expect(await check(join(folder, 'none.tar'))).toMatchObject({ code: 1, stdout: '' });
  });
});

engineGroup('check', 'docker20', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine('docker20');
  });
  afterAll(() => engine?.stop());

  test('sees what a build wastes', async () => {
    const maker = new ImageMaker(engine);
    await maker.base('base:1');
    await maker.build(
      'base:1',
      [
        'COPY big /srv/big',
        'RUN mkdir -p /var/log && echo built >/var/log/build.log && chmod 600 /srv/big',
        'RUN rm /srv/big',
      ],
      { tags: ['wasteful:1'], files: { big: 'x'.repeat(40_000) } },
    );
    const { code, stdout, stderr } = await nacreHere(
      ['check', 'wasteful:1', '--json', '--max-waste=80kB', '--host', engine.host],
      env,
    );
    const { items, waste } = JSON.parse(stdout);
    expect([code, waste]).toEqual([1, 80_006]);
    expect(stderr).toContain('--max-waste 80kB');
    expect(items.filter(({ kind }: { kind: string }) => kind !== 'duplicate')).toMatchObject([
      { kind: 'overwritten', path: 'srv/big', bytes: 40_000, unchanged: true },
      { kind: 'deleted', path: 'srv/big', bytes: 40_000, createdBy: expect.stringMatching(/^RUN mkdir/) },
      { kind: 'leftover', path: 'var/log', bytes: 6 },
    ]);
    expect(items[0].fix).toContain('COPY --chmod');
  });
});

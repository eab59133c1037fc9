/** Waste of layers made by hand, and of random ones beside what unpacking them one after the other throws away. */
import { describe, expect, it } from 'vitest';
import { IgnoreRules } from '../../../src/engine/context/ignore-rules.ts';
import { ROOT } from '../../../src/engine/layers/breadth-tree.ts';
import { LEFTOVER_RULES } from '../../../src/engine/layers/leftover-rules.ts';
import { findLeftovers } from '../../../src/engine/layers/leftovers.ts';
import { stackLayers } from '../../../src/engine/layers/stack-layers.ts';
import { findWaste, type Waste, wasteOf } from '../../../src/engine/layers/waste.ts';
import type { WasteItem } from '../../../src/engine/layers/waste-item.ts';
import {
  file,
  folder,
  hardLink,
  type MadeLayer,
  type MadeMember,
  madeContents,
  opaque,
  whiteout,
} from '../../support/made-contents.ts';
import { random } from '../stock-maker.ts';
import { randomLayer } from './random-layer.ts';

async function waste(...layers: (readonly MadeMember[])[]): Promise<Waste> {
  return wasteOf(await madeContents(layers.map((members) => ({ members }))));
}

async function wasteBy(...layers: MadeLayer[]): Promise<Waste> {
  return wasteOf(await madeContents(layers));
}

/** `kind bytes ×times /path [brought] hidden [by]`. */
function told({ kind, path, within, bytes, times, broughtBy, hiddenBy, sameAs }: WasteItem): string {
  const hidden = hiddenBy.length === 0 ? '' : ` hidden by ${hiddenBy}`;
  const same = sameAs === undefined ? '' : ` as /${Buffer.from(sameAs)}`;
  const inside = within === '' ? '' : `/${within}`;
  return `${kind} ${bytes} ×${times} /${Buffer.from(path)}${inside}${same} from ${broughtBy}${hidden}`;
}

describe('hidden bytes', () => {
  it('are told by path with what brought and what hides them', async () => {
    const { items, bytes, carried, efficiency } = await waste(
      [file('etc/a', 10), file('etc/b', 20), file('etc/c', 30), file('opt/keep', 40)],
      [file('etc/b', 7), whiteout('etc/c')],
      [file('etc/b', 3)],
    );
    expect(items.map(told)).toEqual([
      'deleted 30 ×2 /etc/c from 0 hidden by 1',
      'overwritten 27 ×3 /etc/b from 0,1 hidden by 1,2',
    ]);
    expect([bytes, carried]).toEqual([57, 110]);
    expect(efficiency).toBe(53 / 110);
  });

  it('are one item for a folder where one layer hides all there was, and for no other', async () => {
    const app = (bytes: number) => [file('srv/app/a', bytes), file('srv/app/in/b', bytes)];
    const again = await waste([file('srv/own', 1), ...app(10)], app(11), [file('srv/app/new', 5)]);
    expect(again.items.map(told)).toEqual(['overwritten 20 ×2 /srv/app from 0 hidden by 1']);
    const partly = await waste([...app(10), file('srv/app/c', 4)], app(11));
    expect(partly.items.map(told)).toEqual([
      'overwritten 10 ×2 /srv/app/a from 0 hidden by 1',
      'overwritten 10 ×2 /srv/app/in/b from 0 hidden by 1',
    ]);
    const other = await waste(app(10), [...app(11), file('srv/more', 1)], [file('srv/app/a', 3)]);
    expect(other.items.map(told)).toEqual([
      'overwritten 20 ×2 /srv/app from 0 hidden by 1',
      'overwritten 11 ×2 /srv/app/a from 1 hidden by 2',
    ]);
    const gone = await waste([file('var/x/deep/only', 8), file('var/y', 1)], [whiteout('var/x')]);
    expect(gone.items.map(told)).toEqual(['deleted 8 ×2 /var/x from 0 hidden by 1']);
  });

  it('are told for a path that is brought and deleted over and over', async () => {
    const { items } = await waste(
      [file('a/x', 1), file('a/y', 1)],
      [whiteout('a/x')],
      [file('a/x', 10)],
      [whiteout('a')],
      [file('a/x', 100)],
    );
    expect(items.map(told)).toEqual([
      'deleted 11 ×3 /a from 0,2 hidden by 3',
      'deleted 1 ×2 /a/x from 0 hidden by 1',
    ]);
  });

  it('are those of folders that were emptied, replaced, and became files', async () => {
    const { items, bytes } = await waste(
      [file('o/old', 3), file('o/again', 4), file('r/in', 5), file('f/in/deep', 6), file('f/g', 1)],
      [folder('o'), opaque('o'), file('o/again', 40), whiteout('r'), folder('r'), file('r/own', 1)],
      [file('f', 2)],
    );
    expect(items.map(told).sort()).toEqual([
      'deleted 3 ×2 /o/old from 0 hidden by 1',
      'deleted 5 ×2 /r from 0 hidden by 1',
      'deleted 7 ×2 /f from 0 hidden by 2',
      'overwritten 4 ×2 /o/again from 0 hidden by 1',
    ]);
    expect(bytes).toBe(19);
  });

  it('are not those of a file that has another name', async () => {
    const linked = [file('bin/tool', 9), hardLink('usr/tool', 'bin/tool')];
    expect((await waste(linked, [whiteout('bin/tool')])).bytes).toBe(0);
    expect((await waste(linked, [whiteout('usr/tool')])).bytes).toBe(0);
    expect((await waste(linked, [whiteout('bin'), whiteout('usr')])).items.map(told)).toEqual([
      'deleted 9 ×2 /bin from 0 hidden by 1',
    ]);
    // The folder of the file is a file now, and its link is still seen.
    expect((await waste(linked, [file('bin', 1)])).bytes).toBe(0);
  });

  it('are as many as stacking the layers hides, whatever they hold', async () => {
    for (let seed = 0; seed < 60; seed++) {
      const pick = random(seed);
      const contents = await madeContents(
        Array.from({ length: 2 + pick(4) }, () => ({ members: randomLayer(pick, 10) })),
      );
      const tree = stackLayers(contents.indexes);
      const { items, bytes, carried, byKind } = wasteOf(contents, { tree });
      expect(bytes, `seed ${seed}`).toBe(tree.wasted(ROOT));
      expect(carried - bytes, `seed ${seed}`).toBe(tree.size(ROOT));
      expect(byKind.leftover.items).toBe(0);
      for (const item of items) {
        if (item.kind === 'duplicate') continue;
        const below = tree.find(item.path)!;
        expect(item.bytes, `seed ${seed} ${told(item)}`).toBeLessThanOrEqual(tree.wasted(below));
        // A folder that became something else has what was hidden in it in both kinds.
        if (item.hiddenBy.length > 1 || tree.type(below) !== 'directory') continue;
        // All that was there just before the layer that hides it is there no more, or anew.
        const [hider] = item.hiddenBy;
        const before = stackLayers(contents.indexes.slice(0, hider));
        const at = before.find(item.path)!;
        expect(item.bytes, `seed ${seed} ${told(item)}`).toBe(before.size(at));
      }
    }
  });
});

describe('fixes', () => {
  const app = (facts: { mode?: number; uid?: number }) => [
    file('srv/a', 100, { content: 'a', ...facts }),
    file('srv/b', 50, { content: 'b', ...facts }),
  ];

  it('see through copies that only changed an owner or permissions', async () => {
    const copied = { createdBy: 'COPY . /srv', members: app({}) };
    const [owner] = (await wasteBy(copied, { createdBy: 'RUN chown -R app /srv', members: app({ uid: 7 }) }))
      .items;
    expect([owner!.unchanged, owner!.blame]).toEqual([true, 1]);
    expect(owner!.fix).toBe(
      'Step 2 stores the same contents again for another owner: set it with COPY --chown in step 1',
    );
    const [both] = (
      await wasteBy(
        { ...copied, createdBy: 'RUN make' },
        { createdBy: 'RUN x', members: app({ uid: 7, mode: 0o600 }) },
      )
    ).items;
    expect(both!.fix).toBe(
      'Step 2 stores the same contents again for another owner and permissions: set them in the RUN of step 1',
    );
    const [mode] = (await wasteBy(copied, { createdBy: 'RUN chmod', members: app({ mode: 0o600 }) })).items;
    expect(mode!.fix).toBe(
      'Step 2 stores the same contents again for other permissions: set them with COPY --chmod in step 1',
    );
    const [same] = (await wasteBy(copied, { createdBy: 'COPY . /srv', members: app({}) })).items;
    expect(same!.fix).toBe('Step 2 stores the same contents again: leave them out of step 2');
    const [linked] = (
      await wasteBy(
        { ...copied, members: [...app({}), hardLink('srv/c', 'srv/a')] },
        {
          createdBy: 'RUN chown',
          members: [
            file('srv/b', 50, { content: 'b', uid: 7 }),
            file('srv/c', 100, { content: 'a', uid: 7 }),
            hardLink('srv/a', 'srv/c'),
          ],
        },
      )
    ).items;
    expect([told(linked!), linked!.unchanged]).toEqual(['overwritten 150 ×2 /srv from 0 hidden by 1', true]);
    const unread = wasteOf(
      await madeContents([copied, { createdBy: 'RUN chown', members: app({ uid: 7 }) }], { digests: false }),
    );
    expect([unread.compared, unread.items[0]!.unchanged]).toEqual([false, false]);
    expect(unread.bytes).toBe(150);
  });

  it('name the step that brought it first, and none that stores anew what it brought itself', async () => {
    const { items } = await wasteBy(
      { createdBy: 'RUN base', members: [file('etc/other', 1)] },
      { createdBy: 'RUN first', step: 3, members: [file('app/db', 10)] },
      { createdBy: 'RUN more', step: 5, members: [file('app/db', 200)] },
      { createdBy: 'RUN most', step: 10, members: [file('app/db', 30)] },
    );
    expect(items.map(({ blame, fix }) => `${blame} ${fix}`)).toEqual([
      '3 Steps 5 and 10 store anew what step 3 brought: do both in one step, or copy the result from a stage of its own',
    ]);
  });

  it('blame the step that brings what another one deletes', async () => {
    const { items } = await wasteBy(
      { createdBy: 'ADD file:abc in / ', members: [file('usr/doc', 30), file('usr/bin', 1)] },
      { createdBy: 'COPY src /src', members: [file('src/big', 20), file('src/small', 1)] },
      { createdBy: 'RUN wget', members: [file('root/x.tar', 10), file('root/x', 1)] },
      {
        createdBy: 'RUN rm',
        step: 5,
        members: [whiteout('usr/doc'), whiteout('src/big'), whiteout('root/x.tar')],
      },
    );
    const deleted = items.filter(({ kind }) => kind === 'deleted');
    expect(deleted.map(({ blame, fix }) => `${blame} ${fix}`)).toEqual([
      '0 The base brings it and step 5 only hides it: choose a smaller base, or copy what is needed into a new one',
      '1 Step 5 deletes what step 2 copied, and that layer keeps it: lend it to the RUN with --mount=type=bind, or copy less',
      '2 Step 5 deletes what step 3 made, and that layer keeps it: delete it in the same RUN',
    ]);
  });
});

describe('leftovers', () => {
  it('are known by where they lie and told with how to be without them', async () => {
    const { items, bytes, byKind } = await wasteBy(
      { createdBy: 'RUN apt-get install', members: [file('var/lib/apt/lists/a', 20), file('var/lib/x', 1)] },
      { createdBy: 'RUN npm ci', members: [file('root/.npm/_cacache/index', 5), file('home/u/.npmrc', 3)] },
      { createdBy: 'RUN npm i', members: [file('root/.npm/_cacache/index', 7), file('lib/apt/lists/a', 2)] },
    );
    expect(items.map(told)).toEqual([
      'leftover 20 ×1 /var/lib/apt/lists from 0',
      'leftover 12 ×2 /root/.npm/_cacache from 1,2',
    ]);
    expect(items[0]!.fix).toContain('rm -rf /var/lib/apt/lists/*');
    expect([items[1]!.blame, items[1]!.what]).toEqual([2, 'cache of npm']);
    expect(items[1]!.fix).toContain('npm cache clean --force');
    expect([bytes, byKind.leftover.bytes]).toEqual([32, 32]);
  });

  it('that a later step deletes are deleted bytes with the fix of their kind', async () => {
    const { items } = await wasteBy(
      {
        createdBy: 'RUN apt-get update',
        members: [file('var/lib/apt/lists/a', 20), file('var/lib/apt/lists/b', 4)],
      },
      {
        createdBy: 'RUN rm -rf',
        members: [whiteout('var/lib/apt/lists/a'), whiteout('var/lib/apt/lists/b')],
      },
    );
    expect(items.map(told)).toEqual(['deleted 24 ×2 /var/lib/apt/lists from 0 hidden by 1']);
    expect(items[0]!.fix).toContain('rm -rf /var/lib/apt/lists/*');
  });

  it('are found by every rule, and only where it means them', async () => {
    const places = LEFTOVER_RULES.map(({ pattern }, at) => {
      const path = pattern.replace('/*/', '/any/').replace('*', 'a').replace('#', '42');
      const whole = path.startsWith('/') ? path.slice(1) : `home/${at}/${path}`;
      return path.endsWith('/') ? `${whole}in` : whole;
    });
    const others = [
      'srv/tmp/a',
      'srv/var/log/a',
      '.git',
      'man/core.5',
      'a/core.x',
      'npm/_cacache/a',
      'go/mod/a',
    ];
    const { items } = await waste([...places, ...others].map((path) => file(path, 3, { content: path })));
    const { tops } = runs(
      findLeftovers(
        stackLayers((await madeContents([{ members: places.map((path) => file(path, 1)) }])).indexes),
      ),
    );
    expect([...tops.values()]).toHaveLength(LEFTOVER_RULES.length);
    expect(new Set(tops.values())).toEqual(new Set(LEFTOVER_RULES));
    const found = items.filter(({ kind }) => kind === 'leftover');
    expect(found.reduce((sum, { files }) => sum + files, 0)).toBe(places.length);
    for (const { fix, what } of LEFTOVER_RULES)
      expect([fix, what].join(' ')).not.toMatch(/\.$| {2}|undefined/);
  });

  it('that lie about are one item a layer', async () => {
    const { items } = await waste(
      [
        file('usr/py/a/__pycache__/x.pyc', 5),
        file('usr/py/c/d/__pycache__/x.pyc', 7),
        file('usr/py/b.pyc', 6),
        file('usr/py/b.py', 1),
      ],
      [
        file('srv/__pycache__/y.pyc', 7),
        file('srv/core.123', 9),
        file('srv/core.js', 9),
        file('srv/core', 1),
      ],
    );
    expect(items.filter(({ kind }) => kind === 'leftover').map(told)).toEqual([
      'leftover 12 ×1 /usr/py/**/__pycache__ from 0',
      'leftover 9 ×1 /srv/core.123 from 1',
      'leftover 7 ×1 /srv/__pycache__ from 1',
      'leftover 6 ×1 /usr/py/b.pyc from 0',
    ]);
  });

  it('are waste though the file has another name, where nobody needs that one either', async () => {
    const linked = await waste([file('x.pyc', 85), hardLink('lib/y.pyc', 'x.pyc')]);
    expect(linked.items.map(told)).toEqual(['leftover 85 ×1 /x.pyc from 0']);
    const apart = await waste([file('lib/x.pyc', 42), hardLink('tmp/only/a', 'lib/x.pyc')]);
    expect(apart.bytes).toBe(42);
    const gone = await waste([file('b/a', 23), hardLink('b/x.pyc', 'b/a')], [whiteout('b/a')]);
    expect(gone.items.map(told)).toEqual(['deleted 23 ×2 /b/a from 0 hidden by 1']);
  });

  it('are no waste where another name of the file is needed', async () => {
    const { items } = await waste([
      file('opt/conda/pkgs/p/lib.so', 50),
      file('opt/conda/pkgs/p.tar.bz2', 20),
      hardLink('opt/conda/lib/lib.so', 'opt/conda/pkgs/p/lib.so'),
    ]);
    expect(items.map(told)).toEqual(['leftover 20 ×1 /opt/conda/pkgs from 0']);
  });
});

describe('duplicates', () => {
  it('are told by where they lie, count each copy but one, and are no waste', async () => {
    const one = { content: 'one' };
    const { items, bytes, efficiency, byKind } = await waste(
      [file('a/lib/x', 40, one), file('a/lib/y', 30, { content: 'why' }), file('empty', 0)],
      [
        file('b/lib/x', 40, one),
        file('b/lib/y', 30, { content: 'why' }),
        file('c', 40, one),
        hardLink('d', 'c'),
        file('none', 0),
      ],
    );
    expect(items.map(told)).toEqual([
      'duplicate 70 ×2 /b as /a from 1',
      'duplicate 40 ×2 /c as /a/lib/x from 1',
    ]);
    expect([bytes, efficiency, byKind.duplicate.bytes]).toEqual([0, 1, 110]);
  });

  it('are found among many contents, and the lowest layer has the first', async () => {
    const many = (at: string) =>
      Array.from({ length: 300 }, (_, n) => file(`${at}/${n}`, 8, { content: `${n}-` }));
    const { items } = await waste(many('z'), many('a'));
    expect(items.map(({ kind, files }) => `${kind} ${files}`)).toEqual(['duplicate 300']);
    expect(Buffer.from(items[0]!.sameAs!).toString()).toBe('z');
  });
});

describe('waste', () => {
  it('leaves out what a person ignores, to the byte', async () => {
    const contents = await madeContents([
      { members: [file('srv/data/a', 10), file('srv/data/b', 20), file('tmp/x', 5), file('tmp/y', 6)] },
      { members: [file('srv/data/a', 11), file('srv/data/b', 21)] },
    ]);
    const ignoring = (...patterns: string[]) =>
      wasteOf(contents, { ignored: new IgnoreRules(patterns.join('\n'), '--ignore') }).items.map(told);
    expect(ignoring('srv/data')).toEqual(['leftover 11 ×1 /tmp from 0']);
    expect(ignoring('srv/data/b', '/tmp/x')).toEqual([
      'overwritten 10 ×2 /srv/data/a from 0 hidden by 1',
      'leftover 6 ×1 /tmp from 0',
    ]);
  });

  it('blames nobody for what is ignored', async () => {
    const contents = await madeContents([
      { members: [file('tmp/large', 90), file('tmp/was/large', 80)] },
      { members: [file('tmp/small', 6), file('tmp/was', 70)] },
    ]);
    const { items } = wasteOf(contents, { ignored: new IgnoreRules('tmp/large\ntmp/was', '--ignore') });
    expect(items.map(told)).toEqual(['leftover 6 ×1 /tmp from 1']);
    expect(items[0]).toMatchObject({ files: 1, blame: 1 });
  });

  it('is nothing in an empty image, and its efficiency is 1', async () => {
    expect(wasteOf(await madeContents([]))).toMatchObject({ carried: 0, bytes: 0, efficiency: 1, items: [] });
    expect((await waste([folder('a')])).efficiency).toBe(1);
  });

  it('is a share that is as good as a limit of the same', async () => {
    expect((await waste([file('a', 80), file('b', 20)], [whiteout('a')])).efficiency).toBe(0.2);
  });

  it('tells no duplicates where only some of the layers were read', async () => {
    const layer = { members: [file('a', 9, { content: 'same' }), file('b', 9, { content: 'same' })] };
    const [read, unread] = [await madeContents([layer]), await madeContents([layer], { digests: false })];
    const both = [read.indexes[0]!, unread.indexes[0]!];
    const { compared, byKind } = wasteOf({ image: read.image, indexes: both });
    expect([compared, byKind.duplicate.items]).toEqual([false, 0]);
    expect(wasteOf(read).byKind.duplicate.items).toBe(1);
  });

  it('is worked out in pieces', async () => {
    const members = Array.from({ length: 1_500 }, (_, n) => file(`d${n}/${n}`, 1));
    const { image, indexes } = await madeContents([{ members }], { digests: false });
    const work = findWaste({ image, indexes: [indexes[0]!, indexes[0]!] });
    expect(inPieces(work)).toMatchObject({ bytes: 1_500, pieces: expect.toSatisfy((count) => count > 4) });
  });

  it('is worked out in pieces where a folder of many files became a link or a file', async () => {
    const members = Array.from({ length: 6_000 }, (_, n) => file(`d/${n}`, 1, { content: 'x' }));
    const { image, indexes } = await madeContents([{ members }, { members: [file('d', 1)] }], {
      digests: false,
    });
    const tree = stackLayers(indexes);
    const work = findWaste({ image, indexes }, { tree });
    expect(inPieces(work)).toMatchObject({ bytes: 6_000, pieces: expect.toSatisfy((count) => count > 20) });
  });
});

function inPieces(work: Generator<void, Waste>): { bytes: number; pieces: number } {
  for (let pieces = 1; ; pieces++) {
    const step = work.next();
    if (step.done) return { bytes: step.value.bytes, pieces };
  }
}

function runs<Result>(work: Generator<void, Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

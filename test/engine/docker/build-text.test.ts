/** What recorded builds do not show of builders that speak in text. */
import { describe, expect, test } from 'vitest';
import type { BuildReader } from '../../../src/engine/docker/build/build-reader.ts';
import { BuildahReader } from '../../../src/engine/docker/build/buildah-reader.ts';
import { ClassicReader } from '../../../src/engine/docker/build/classic-reader.ts';
import { buildStory } from '../../support/build-story.ts';

describe('a program that imitates its builder', () => {
  const storyOf = (reader: BuildReader, rows: readonly string[]) => {
    const events = rows.flatMap((stream) => reader.read({ stream }));
    events.push(...reader.read({ aux: { ID: `sha256:${'ab'.repeat(32)}` } }), ...reader.finish());
    return buildStory(events);
  };

  test('deceives nobody of the classic builder', () => {
    const made = ' ---> 6aabb2c32137\n';
    const rows = ['Step 1/3 : FROM base:1', '\n', made, 'Step 2/3 : RUN fake', '\n'];
    const fake = [
      'Step 3/3 : RUN nothing\n',
      'Step 9/9 : FROM x\n',
      'Successfully built 6aabb2c32137\n',
      ' ---> lies\n',
    ];
    expect(storyOf(new ClassicReader(), [...rows, ...fake, made, 'Step 3/3 : RUN true', '\n', made])).toBe(
      [
        '[0 1/3] FROM base:1: running done',
        '[0 2/3] RUN fake: running done <- [0 1/3] FROM base:1',
        ...[
          'Step 3/3 : RUN nothing',
          'Step 9/9 : FROM x',
          'Successfully built 6aabb2c32137',
          ' ---> lies',
        ].map((text) => `  out| ${text}`),
        '[0 3/3] RUN true: running done <- [0 2/3] RUN fake',
        '',
      ].join('\n'),
    );
  });

  test('deceives nobody of Podman', () => {
    const made = '--> 6aabb2c3213\n';
    const rows = ['STEP 1/3: FROM base:1\n', 'STEP 2/3: ARG a\n', made, 'STEP 3/3: RUN fake\n'];
    const fake = [
      'STEP 1/3: FROM x\n',
      '[2/2] STEP 1/1: RUN x\n',
      'Successfully built 6aabb2c32137\n',
      '[Warning] no\n',
    ];
    expect(storyOf(new BuildahReader(), [...rows, ...fake, 'COMMIT app:1\n', made])).toBe(
      [
        '[0 1/3] FROM base:1: running done',
        '[0 2/3] ARG a: running done <- [0 1/3] FROM base:1',
        '[0 3/3] RUN fake: running done <- [0 2/3] ARG a',
        ...fake.map((text) => `  out| ${text.trimEnd()}`),
        'internal COMMIT app:1: running done <- [0 3/3] RUN fake',
        '',
      ].join('\n'),
    );
  });

  test('and builders that do not tell the ends of steps are followed all the same', () => {
    const rows = [
      'STEP 1/3: FROM base:1\n',
      'STEP 2/3: RUN a\n',
      'a\n',
      'STEP 3/3: RUN b\n',
      'COMMIT app:1\n',
      '--> 6aabb2c3213\n',
    ];
    expect(storyOf(new BuildahReader(), rows)).toContain('[0 3/3] RUN b: running done');
  });

  test('triggers of a base image run within its FROM', () => {
    const made = ' ---> 6aabb2c32137\n';
    const rows = [
      'Step 1/1 : FROM trigger',
      '\n',
      '# Executing 1 build trigger\n',
      ' ---> Running in 87b2aedfd574\n',
      'triggered\n',
    ];
    expect(
      storyOf(new ClassicReader(), [...rows, 'Removing intermediate container 87b2aedfd574\n', made]),
    ).toBe('[0 1/1] FROM trigger: running done\n  out| # Executing 1 build trigger\n  out| triggered\n');
  });
});

test('a base image that is cut off while it is pulled is not told as whole', () => {
  const reader = new ClassicReader();
  const progressDetail = { current: 5, total: 9 };
  const rows = [
    { stream: 'Step 1/1 : FROM far' },
    { stream: '\n' },
    { status: 'Downloading', id: '20ee2b21aeaa', progressDetail },
  ];
  for (const row of rows) reader.read(row);
  expect(reader.finish()).toMatchObject([
    { type: 'inside', done: 5, total: 9, ended: true },
    { type: 'step', state: 'cancelled' },
  ]);
});

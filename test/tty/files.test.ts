import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { openApp, underCursor, untilRead } from './app-terminal.ts';

engineGroup('the files of an image', 'docker20', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine('docker20');
    const maker = new ImageMaker(engine);
    await maker.base('base:1');
    await maker.build(
      'base:1',
      [
        'COPY app.js notes.txt /srv/app/',
        'RUN rm /srv/app/notes.txt && echo changed > /srv/app/app.js && mkdir -p /srv/data/cache && echo x > /srv/data/cache/x',
      ],
      {
        files: { 'app.js': 'console.log(1)\n'.repeat(100), 'notes.txt': 'note\n'.repeat(1000) },
        tags: ['shop:1'],
      },
    );
  });
  afterAll(() => engine?.stop());

  test('are opened, gone through, searched, left out by kind, and left', async () => {
    const app = openApp(engine.host);
    await untilRead(app);
    app.type('/shop');
    await app.waitFor('Images 1 of 2');
    app.press('enter');
    app.press('f');
    await app.waitFor('─ shop:1 · layers ─');
    await app.waitFor(/all layers stacked +[\d.]+ [kM]B .*│/);
    await app.waitFor(/─ Stacked files \d+ · \/bin ─/);
    // The cursor of the tree is one cell further in.
    const onTree = (name: string): Promise<void> =>
      app.waitFor((screen) => screen.some((row) => row.includes('│ ▌') && row.includes(` ${name} `)));

    app.type('/srv/app');
    await app.waitFor(/ \/srv\/app\/app\.js .* -rw-r--r-- +3/);
    await app.waitFor(/− +\/srv\/app\/notes\.txt +5\.0 kB/);
    app.press('enter');
    app.press('enter');
    await onTree('app');
    app.press('right');
    await app.waitFor(/~ +app\.js /);
    await app.waitFor(/− +notes\.txt +deleted in step 3 +5\.0 kB -rw-r--r-- +2/);

    app.press('-');
    await app.waitFor((screen) => !screen.some((row) => /− +notes\.txt/.test(row)));
    await app.waitFor('removed by a later layer (hidden)');
    app.press('-');
    await app.waitFor(/− +notes\.txt/);

    app.press('down');
    await onTree('app.js');
    app.press('i');
    await app.waitFor(/brought by +step 2 · COPY/);
    await app.waitFor(/changed by +step 3 · RUN/);
    app.press('esc');
    app.press('esc');

    app.press('tab');
    app.press('up');
    await app.waitFor(/─ Step 3 alone · files 2 /);
    await app.waitFor(/^▌ 3 RUN/m);
    app.press('up');
    await app.waitFor(/─ Step 2 alone · files 2 /);
    app.press('u');
    await app.waitFor(/─ Stacked up to step 2 · files \d+/);

    app.press('esc');
    await app.waitFor((screen) => underCursor(screen) === 'shop:1');
    app.press('f');
    await app.waitFor(/─ Stacked up to step 2 · files \d+/);
    app.resize(80, 24);
    await app.waitFor((screen) => screen.length === 24 && screen.every((row) => !row.includes('│')));
    expect(app.text()).toMatch(/^─ shop:1 · layers ─+$/m);
    app.press('tab');
    await app.waitFor(/^─ Stacked up to step 2 · files \d+/m);
    app.press('esc');
    await app.waitFor((screen) => underCursor(screen) === 'shop:1');
  });
});

/** A build that one nacre makes, watched in another. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { openApp } from './app-terminal.ts';

const DOCKERFILE = [
  'FROM base:1 AS one',
  'RUN echo first line; sleep 4; echo last line',
  'FROM one',
  'RUN echo other stage',
  '',
].join('\n');

engineGroup('watching a build of another nacre', 'docker26-classic', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine('docker26-classic');
    await new ImageMaker(engine).base();
  });
  afterAll(() => engine?.stop());

  test('live, to its end, and once more afterwards', { timeout: 60_000 }, async () => {
    const context = scratchFolder();
    onTestFinished(() => removeScratch(context));
    mkdirSync(join(context, 'c'));
    writeFileSync(join(context, 'c', 'Dockerfile'), DOCKERFILE);
    const watcher = openApp(engine.host);
    await watcher.waitFor('● ');
    watcher.press('4');
    await watcher.waitFor('Jobs 0');
    const builder = openApp(engine.host, {
      args: ['build', '-t', 'seen:1', '--network', 'host', join(context, 'c')],
    });
    // Docker 26 tells the name with the image alone.
    await watcher.waitFor(/▌↻ build +\S+ +elsewhere · /);
    await watcher.waitFor(/RUN echo first line/);
    watcher.press('enter');
    await watcher.waitFor('─ Build ─');
    await watcher.waitFor(/^ +first line *$/m);
    expect(watcher.text()).not.toMatch(/^ +last line *$/m);
    await watcher.waitFor(/^▌✓ build seen:1 /m);
    await builder.waitFor('seen:1');
    watcher.press('up');
    await watcher.waitFor(/^ +last line *$/m);
    watcher.press('c');
    await watcher.waitFor(/ended already/);
    watcher.press('esc');
    await watcher.waitFor(/▌✓ build +seen:1 +elsewhere · \d+ steps/);
    watcher.press('L');
    await watcher.waitFor(/one +first line/);

    const later = openApp(engine.host);
    await later.waitFor('● ');
    later.press('4');
    await later.waitFor(/▌✓ build +seen:1 +elsewhere · \d+ steps/);
    later.press('enter');
    await later.waitFor(/RUN echo other stage .* ✓/);
    await later.waitFor(/^ +other stage *$/m);
  });
});

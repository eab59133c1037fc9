import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPlanFile } from '../../src/engine/cleanup/plan-file.ts';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { openApp, untilRead } from './app-terminal.ts';

engineGroup('cleaning up on the screen', 'docker20', () => {
  let engine: TestEngine;
  let maker: ImageMaker;
  const folder = scratchFolder();

  beforeAll(async () => {
    engine = await startEngine('docker20');
    maker = new ImageMaker(engine);
    await maker.clear();
  });
  afterAll(async () => {
    removeScratch(folder);
    await engine?.stop();
  });

  test('rules mark, an image is left out, and what is written down is what is shown', async () => {
    for (const [name, bytes] of [
      ['app:1', 30_000],
      ['app:2', 20_000],
      ['app:3', 10_000],
    ] as const)
      await maker.tiny(name, { bytes });
    const images = await maker.images();
    const sizeOf = (name: string): number => images.find((image) => image.RepoTags?.[0] === name)!.Size;
    const app = openApp(engine.host);
    await untilRead(app);
    app.press('3');
    // `+` opens the prompt; an own rule comes ticked.
    await app.waitFor('Clean-up plan');
    app.type('+');
    await app.waitFor('Add a rule');
    app.type('name=app');
    await app.waitFor('marks 3 images now');
    app.press('enter');
    const all = sizeOf('app:1') + sizeOf('app:2') + sizeOf('app:3');
    await app.waitFor(`${all.toLocaleString('en')} bytes exactly`);
    app.press('tab');
    app.type('j ');
    const rest = all - sizeOf('app:2');
    await app.waitFor(`${rest.toLocaleString('en')} bytes exactly`);
    await app.waitFor('2 marked · frees');
    expect(app.text()).toContain('stays: you left it out');
    app.type('e');
    await app.waitFor('Write this plan to a file');
    app.press('ctrl+u');
    const path = join(folder, 'plan.json');
    app.type(path);
    await app.waitFor('does exactly this');
    app.press('enter');
    await app.waitFor('wrote the plan to');
    const plan = readPlanFile(readFileSync(path, 'utf8'));
    expect(plan.freedBytes).toBe(rest);
    expect(plan.calls.map((call) => call.target).sort()).toEqual(['app:1', 'app:3']);
  });
});

import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import type { TerminalSession } from '../support/terminal.ts';
import { openApp, underCursor, untilRead } from './app-terminal.ts';

engineGroup('deleting and naming on the screen', 'docker20', () => {
  let engine: TestEngine;
  let registry: TestRegistry;
  let maker: ImageMaker;

  beforeAll(async () => {
    [engine, registry] = await Promise.all([startEngine('docker20'), startRegistry()]);
    maker = new ImageMaker(engine);
  });
  beforeEach(() => maker.clear());
  afterAll(async () => {
    await Promise.all([engine?.stop(), registry?.stop()]);
  });

  /** An open app; the images of the test are made before. */
  async function opened(): Promise<TerminalSession> {
    const app = openApp(engine.host);
    await untilRead(app);
    return app;
  }

  const names = async (): Promise<string[]> =>
    (await maker.images()).flatMap((image) => image.RepoTags ?? []).sort();

  /** Until the engine itself names these. */
  async function untilNames(wanted: readonly string[]): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if ((await names()).join() === wanted.join()) return;
      await pause(50);
    }
    expect(await names()).toEqual(wanted);
  }

  /** Puts the cursor on an image by name. */
  async function goTo(app: TerminalSession, name: string): Promise<void> {
    for (let steps = 0; steps < 20 && underCursor(app.screen()) !== name; steps++) {
      const before = underCursor(app.screen());
      app.press('j');
      await app.waitFor((screen) => underCursor(screen) !== before);
    }
    expect(underCursor(app.screen())).toBe(name);
  }

  /** Until the plan is shown and has begun to listen. */
  async function untilAsked(app: TerminalSession, text: string | RegExp): Promise<void> {
    await app.waitFor(text);
    await pause(400);
  }

  test('the marked images go after the typed word, and nothing else', async () => {
    const sizes = { 'one:1': 30_000, 'two:1': 20_000, 'three:1': 10_000 };
    for (const [name, bytes] of Object.entries(sizes)) await maker.tiny(name, { bytes });
    const app = await opened();
    await goTo(app, 'one:1');
    app.type(' ');
    await app.waitFor((screen) => underCursor(screen) === 'two:1');
    app.type('j ');
    const freed = (await maker.images())
      .filter((image) => image.RepoTags?.[0] !== 'two:1')
      .reduce((sum, image) => sum + image.Size, 0);
    const short = `${(freed / 1000).toFixed(1)} kB`;
    await app.waitFor(`2 marked · frees ${short}`);
    app.press('d');
    await untilAsked(app, 'Delete 2 marked images?');
    expect(app.text()).toContain(`(${freed.toLocaleString('en')} bytes)`);
    app.type('delet');
    app.press('enter');
    app.type('x');
    app.press('enter');
    await app.settled();
    expect(await names()).toEqual(['one:1', 'three:1', 'two:1']);
    app.press('backspace');
    app.type('e');
    await app.waitFor(/enter delete/);
    app.press('enter');
    await app.waitFor(`deleted 2 images, freed ${short}`);
    await app.waitFor(`Everything went as planned: ${freed.toLocaleString('en')} bytes to the byte.`);
    expect(await names()).toEqual(['two:1']);
    app.press('esc');
    await app.waitFor('Images 1 ·');
    app.press('4');
    await app.waitFor(/✓ delete 2 images/);
    await app.waitFor('Untagged: one:1');
    await app.waitFor(/Deleted: sha256:[0-9a-f]{64}/);
  });

  test('escape leaves everything as it is', async () => {
    await maker.tiny('kept:1');
    const app = await opened();
    app.press('d');
    await untilAsked(app, 'Delete 1 image?');
    app.type('delete');
    app.press('esc');
    await app.waitFor((screen) => !screen.some((row) => row.includes('Delete 1 image?')));
    app.press('enter');
    await app.waitFor('[overview]');
    expect(await names()).toEqual(['kept:1']);
  });

  test('what can be pulled again goes by y; enter starts on cancel', async () => {
    const reference = `${registry.address}/team/app:1`;
    await maker.tiny(reference);
    await maker.push(reference);
    const app = await opened();
    app.press('d');
    await untilAsked(app, 'can be pulled again');
    app.press('enter');
    await app.waitFor((screen) => !screen.some((row) => row.includes('Delete 1 image?')));
    expect(await names()).toEqual([reference]);
    app.press('d');
    await untilAsked(app, 'Delete 1 image?');
    app.press('y');
    await app.waitFor('deleted 1 image');
    expect(await names()).toEqual([]);
    await app.waitFor('No images here yet.');
  });

  test('a further name goes by enter and comes back by z', async () => {
    await maker.tiny('app:1');
    await maker.tag('app:1', 'app:2');
    const app = await opened();
    app.press('u');
    await app.waitFor('Remove which name?');
    app.press('j');
    await app.waitFor(/▌ app:2/);
    app.press('enter');
    await untilAsked(app, 'Remove 1 name?');
    expect(app.text()).toContain('name only: the image stays');
    // Sooner it could be the same stroke still held.
    await pause(600);
    app.press('enter');
    await app.waitFor('removed the name app:2 · z takes it back');
    expect(await names()).toEqual(['app:1']);
    app.press('z');
    await app.waitFor('taken back: untagged app:2');
    expect(await names()).toEqual(['app:1', 'app:2']);
  });

  test('a held key cannot confirm', async () => {
    const reference = `${registry.address}/team/app:1`;
    await maker.tiny(reference);
    await maker.push(reference);
    await maker.tiny('app:1', { bytes: 5000 });
    await maker.tag('app:1', 'app:2');
    const before = await names();
    const app = await opened();

    /** A key as a keyboard repeats it, thirty times a second, until the dialog has been there for a second. */
    const hold = async (key: string, dialog: string): Promise<void> => {
      app.press(key);
      await pause(250);
      let shown = 0;
      for (let strokes = 0; shown < 30 && strokes < 600; strokes++) {
        app.press(key);
        await pause(33);
        if (app.text().includes(dialog)) shown++;
      }
      expect(shown, app.text()).toBe(30);
      expect(await names()).toEqual(before);
    };
    app.press('u');
    await app.waitFor('Remove which name?');
    await hold('enter', 'Remove 1 name?');
    app.press('esc');
    await app.waitFor((screen) => !screen.some((row) => row.includes('Remove 1 name?')));
    await goTo(app, reference);
    app.press('d');
    await hold('y', 'Delete 1 image?');
    await pause(1000);
    app.press('y');
    await untilNames(['app:1', 'app:2']);
  });

  test('plans and asks again when someone else was faster', async () => {
    for (const name of ['one:1', 'two:1']) await maker.tiny(name, { bytes: 20_000 });
    const app = await opened();
    app.press('a');
    await app.waitFor('2 marked');
    app.press('d');
    await untilAsked(app, 'Delete 2 marked images?');
    await maker.remove('one:1');
    app.type('delete');
    app.press('enter');
    await untilAsked(app, 'Planned again');
    expect(await names()).toEqual(['two:1']);
    expect(app.text()).toContain('Delete 1 image?');
    // A dialog that no key opened hears nothing for a second, so that nobody answers it by chance.
    app.type('delete');
    app.press('enter');
    expect(await names()).toEqual(['two:1']);
    await pause(1_500);
    app.type('delete');
    app.press('enter');
    await app.waitFor('deleted 1 image, freed 20.');
    expect(await names()).toEqual([]);
  });

  test('does not delete under a new meaning of the name', async () => {
    const first = await maker.tiny('app:1', { salt: 'first', bytes: 2000 });
    const app = await opened();
    app.press('d');
    await untilAsked(app, 'Delete 1 image?');
    const second = await maker.tiny('app:1', { salt: 'second', bytes: 3000 });
    app.type('delete');
    app.press('enter');
    await app.waitFor('Planned again');
    expect((await maker.images()).map((image) => image.Id).sort()).toEqual([first, second].sort());
  });

  test('says what holds an image, and deletes nothing', async () => {
    await maker.base('base:1');
    await maker.container('base:1', { name: 'web' });
    const app = await opened();
    app.press('d');
    await app.waitFor('Nothing can be deleted');
    await app.waitFor('base:1 · running: web');
    await pause(400);
    app.type('y');
    app.press('enter');
    await app.waitFor((screen) => !screen.some((row) => row.includes('Nothing can be deleted')));
    expect(await names()).toEqual(['base:1']);
  });

  test('force goes past a stopped container, which stays', async () => {
    await maker.base('base:1');
    const container = await maker.container('base:1', { name: 'job', start: false });
    const app = await opened();
    app.press('d');
    await app.waitFor('stopped containers: job');
    await pause(400);
    app.press('ctrl+f');
    await untilAsked(app, 'Delete 1 image?');
    app.type('delete');
    app.press('enter');
    await untilNames([]);
    expect(await maker.containers()).toEqual([container]);
  });

  test('gives an image a further name, checked as it is typed', async () => {
    await maker.tiny('app:1');
    const app = await opened();
    app.press('t');
    await app.waitFor('─ Tag app:1 ─');
    app.press('ctrl+u');
    app.type('Not A Name');
    await app.waitFor(/invalid|not a|cannot/i);
    app.press('enter');
    await app.settled();
    expect(app.text()).toContain('─ Tag app:1 ─');
    app.press('ctrl+u');
    app.paste('registry.example:5000/team/app:2');
    await app.waitFor('adds the name registry.example:5000/team/app:2');
    app.press('enter');
    await app.waitFor('tagged registry.example:5000/team/app:2 · z takes it back');
    expect(await names()).toEqual(['app:1', 'registry.example:5000/team/app:2']);
    await app.waitFor('app:1 +1');
    app.press('z');
    await untilNames(['app:1']);
    await app.waitFor((screen) => !screen.some((row) => row.includes('app:1 +1')));
  });

  test('undo never takes the last name away', async () => {
    await maker.tiny('app:1');
    const app = await opened();
    app.press('t');
    await app.waitFor('─ Tag app:1 ─');
    app.press('ctrl+u');
    app.type('app:2');
    app.press('enter');
    await app.waitFor('tagged app:2');
    await maker.remove('app:1', { noPrune: true });
    app.press('z');
    await app.waitFor('tagged app:2 cannot come back: app:2 is the only name');
    expect(await names()).toEqual(['app:2']);
  });

  test('deletes all dangling images at once', async () => {
    await maker.tiny('kept:1');
    for (const salt of ['a', 'b', 'c']) await maker.tiny('', { salt, bytes: 10_000 });
    const app = await opened();
    await app.waitFor('Dangling 3 · 30.');
    app.press('X');
    await untilAsked(app, 'Delete 3 images?');
    app.type('delete');
    app.press('enter');
    await app.waitFor('deleted 3 images, freed 30.');
    expect((await maker.images({ all: true })).map((image) => image.RepoTags)).toEqual([['kept:1']]);
  });
});

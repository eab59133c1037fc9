import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { buildFixtures, type Fixtures } from '../support/fixtures.ts';
import type { TerminalSession } from '../support/terminal.ts';
import { type AppOptions, openApp, underCursor, untilRead } from './app-terminal.ts';

/** The tagged images of the fixtures, by what deleting each alone frees. */
const NAMES = [
  'lone:1',
  'app:2',
  'side:1',
  'twice:1',
  'localhost:5000/a/b:tag',
  'cjk:1',
  'app:1',
  'base:1',
  'hostile:1',
];

engineGroup('the screen', 'docker20', () => {
  let engine: TestEngine;
  let fixtures: Fixtures;

  beforeAll(async () => {
    engine = await startEngine('docker20');
    fixtures = await buildFixtures(engine);
  });
  afterAll(() => engine?.stop());

  async function opened(options: AppOptions = {}): Promise<TerminalSession> {
    const app = openApp(engine.host, options);
    await untilRead(app);
    return app;
  }

  /** Until the row under the cursor is the image of that name. */
  const cursorOn = (app: TerminalSession, name: string): Promise<void> =>
    app.waitFor((screen) => underCursor(screen) === name);

  test('shows all images with their figures, detail and disk usage', async () => {
    const app = await opened();
    const screen = app.screen();
    expect(screen[0]).toContain('[1 Images]');
    expect(screen[0]).toContain('● docker 20.10');
    const shown = screen.slice(3, 3 + NAMES.length).map((row) => row.slice(1).trim().split(/\s+/)[0]);
    expect(shown).toEqual(NAMES);
    expect(app.text()).toContain('app:1 +2');
    expect(app.text()).toMatch(/─ Dangling 1 · 1\.0 kB ─/);
    expect(app.text()).toMatch(/─ Intermediate \d+ · /);
    await app.waitFor(/│ id {7}sha256:[0-9a-f]{12}/);
    await app.waitFor(/HISTORY {2}1 step/);
    await app.waitFor(/DISK {2}images \d/);
    expect(app.modes()).toMatchObject({ alternateScreen: true, cursorVisible: false, mouse: 'vt200' });
  });

  test('goes where the keys say', async () => {
    const app = await opened();
    await cursorOn(app, NAMES[0]!);
    for (const [key, name] of [
      ['j', NAMES[1]],
      ['down', NAMES[2]],
      ['k', NAMES[1]],
      ['up', NAMES[0]],
      ['G', NAMES.at(-1)],
      ['g', NAMES[0]],
      ['end', NAMES.at(-1)],
      ['home', NAMES[0]],
      ['pgdn', NAMES.at(-1)],
      ['ctrl+u', NAMES[0]],
      ['ctrl+d', NAMES.at(-1)],
    ] as const) {
      app.press(key);
      await cursorOn(app, name!);
    }
  });

  test('hears every key of a burst in one chunk', async () => {
    const app = await opened();
    app.type(`jjjjj${'kj'.repeat(97)}k`);
    await cursorOn(app, NAMES[4]!);
    await app.settled();
    expect(underCursor(app.screen())).toBe(NAMES[4]);
  });

  test('walks through the three lists', async () => {
    const app = await opened();
    app.press('tab');
    await cursorOn(app, fixtures.dangling.slice(7, 19));
    app.press('tab');
    await app.waitFor(
      (screen) => !screen.some((row) => row.includes('tab to open')) && underCursor(screen) !== '',
    );
    app.press('shift+tab');
    app.press('shift+tab');
    await cursorOn(app, NAMES[0]!);
  });

  test('filters as one types, by words and by terms', async () => {
    const app = await opened();
    app.type('/lon');
    await app.waitFor('Images 1 of 9');
    expect(underCursor(app.screen())).toBe('lone:1');
    app.press('backspace');
    app.press('backspace');
    app.press('backspace');
    app.type('label:stage=test');
    await app.waitFor('Images 2 of 9');
    app.press('enter');
    await app.waitFor((screen) => screen.at(-2)!.includes('/label:stage=test'));
    app.press('j');
    await cursorOn(app, 'app:1');
    app.press('esc');
    await app.waitFor('Images 9 ·');
    expect(underCursor(app.screen())).toBe('app:1');
  });

  test('says what is wrong with a filter', async () => {
    const app = await opened();
    app.type('/dangling:perhaps');
    app.press('enter');
    await app.waitFor(/✗ .*"dangling" cannot be "perhaps"/);
  });

  test('stays up while a filter term is half typed', async () => {
    const app = await opened();
    for (const char of '/since:nothing-there') app.type(char);
    await app.waitFor((screen) => screen.at(-2)!.includes('/since:nothing-there'));
    app.press('enter');
    await app.waitFor(/✗ no image is called nothing-there/);
    app.press('esc');
    await app.waitFor('Images 9 ·');
  });

  test('takes a paste as text, newlines and all', async () => {
    const app = await opened();
    app.type('/');
    await app.waitFor('▏');
    app.paste('side\n');
    await app.waitFor('Images 1 of 9');
    expect(underCursor(app.screen())).toBe('side:1');
    app.press('esc');
    await app.waitFor('Images 9 ·');
    app.paste('Gq');
    await app.waitFor('nothing here takes a paste');
    expect(underCursor(app.screen())).not.toBe(NAMES.at(-1));
  });

  test('runs a command from the palette, with what it says in help', async () => {
    const app = await opened();
    app.press('?');
    await app.waitFor('─ Help ─');
    expect(app.text()).toContain('Inspect JSON');
    app.press('esc');
    await app.waitFor((screen) => !screen.some((row) => row.includes('─ Help ─')));
    app.type(':inspe');
    await app.waitFor(/▌ Inspect JSON/);
    app.press('enter');
    await app.waitFor('[inspect]');
    await app.waitFor('"Id": "sha256:');
  });

  test('searches the raw JSON of an image', async () => {
    const app = await opened();
    app.press('enter');
    await app.waitFor('[overview]');
    app.press('i');
    await app.waitFor('"Id": "sha256:');
    app.type('/rootfs');
    await app.waitFor((screen) => screen.at(-2)!.includes('/rootfs'));
    app.press('enter');
    await app.waitFor('match 1 of');
    await app.waitFor((screen) => screen.some((row) => /^▌.*"RootFS": \{/.test(row)));
    app.press('esc');
    await cursorOn(app, NAMES[0]!);
  });

  test('draws text that tries to steer the terminal as text', async () => {
    const app = await opened();
    app.press('G');
    await cursorOn(app, 'hostile:1');
    app.press('i');
    await app.waitFor('"Id": "sha256:');
    app.mark();
    app.type('/hostile');
    app.press('enter');
    await app.waitFor('match 1 of');
    expect(app.since()).not.toContain('\u202e');
    expect(app.since()).not.toMatch(/\u001b\]0;/);
    app.press('tab');
    await app.settled();
    expect(app.screen()[0]).toContain('[1 Images]');
  });

  test('follows clicks on rows, lists and tabs, and the wheel', async () => {
    const app = await opened();
    const click = (x: number, y: number): void =>
      app.type(`\u001b[<0;${x + 1};${y + 1}M\u001b[<0;${x + 1};${y + 1}m`);
    const rowOf = (text: string): number => app.screen().findIndex((row) => row.includes(text));
    click(10, rowOf('twice:1'));
    await cursorOn(app, 'twice:1');
    click(10, rowOf(fixtures.dangling.slice(7, 19)));
    await cursorOn(app, fixtures.dangling.slice(7, 19));
    click(10, rowOf('lone:1'));
    await cursorOn(app, 'lone:1');
    app.type('\u001b[<65;5;5M');
    await cursorOn(app, NAMES[3]!);
    app.type('\u001b[<64;5;5M');
    await cursorOn(app, NAMES[0]!);
    click(app.screen()[0]!.indexOf('2 Layers'), 0);
    await app.waitFor('[2 Layers]');
    click(3, 0);
    await app.waitFor('[1 Images]');
  });

  test('copies a reference through the terminal', async () => {
    const app = await opened();
    app.mark();
    app.press('y');
    await app.waitFor('copied lone:1');
    expect(app.since()).toContain(`\u001b]52;c;${Buffer.from('lone:1').toString('base64')}\u0007`);
  });

  test('opens every screen', async () => {
    const app = await opened();
    app.press('2');
    await app.waitFor(/─ Layers \d+ · /);
    await app.waitFor('USED BY');
    app.press('3');
    await app.waitFor(/─ Disk \d/);
    await app.waitFor('writable layers of 2 containers, 1 running');
    app.press('4');
    await app.waitFor('─ Jobs 0 ─');
    app.press('esc');
    await cursorOn(app, NAMES[0]!);
  });

  test('shows the layers of the image under the cursor', async () => {
    const app = await opened();
    app.type('/app:2');
    await app.waitFor('Images 1 of 9');
    app.press('enter');
    app.press('L');
    await app.waitFor((screen) => screen.some((row) => row.startsWith('▌') && row.includes('COPY')));
    await app.waitFor('app:2');
  });

  test('sees what others do to the engine', async () => {
    const app = await opened();
    app.type('jj');
    await cursorOn(app, NAMES[2]!);
    await fixtures.maker.tag('lone:1', 'aa/second:name');
    await app.waitFor(/aa\/second:name \+1|lone:1 \+1/);
    expect(underCursor(app.screen())).toBe(NAMES[2]);
    await fixtures.maker.remove('aa/second:name');
    await app.waitFor((screen) => !screen.some((row) => /lone:1 \+1|aa\/second/.test(row)));
  });

  test('ends a storm of resizes in a clean screen', async () => {
    const app = await opened();
    await app.waitFor('HISTORY');
    await app.settled(300);
    const clean = app.screen();
    for (let turn = 0; turn < 40; turn++) {
      app.resize(60 + ((turn * 37) % 100), 15 + ((turn * 13) % 40));
      if (turn % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    app.resize(97, 36);
    app.resize(120, 36);
    await app.waitFor((screen) => screen.join('\n') === clean.join('\n'));
  });

  test('says so in a window that is too small, and comes back', async () => {
    const app = await opened();
    app.type('jj');
    await cursorOn(app, NAMES[2]!);
    app.resize(52, 11);
    await app.waitFor('needs 60×15, is 52×11');
    await app.settled();
    // The emulator keeps what stood beyond the new right edge.
    const visible = app.screen().map((row) => row.slice(0, 52).trimEnd());
    expect(visible.filter((row) => row !== '')).toEqual(['needs 60×15, is 52×11']);
    app.resize(100, 30);
    await cursorOn(app, NAMES[2]!);
  });

  test('survives a window of a few cells, whatever is open in it', async () => {
    const app = await opened();
    app.press('enter');
    await app.waitFor('[overview]');
    for (const key of ['tab', 'tab', 'i', '?', ':']) {
      app.press(key);
      app.resize(7, 3);
      await app.settled(50);
      app.resize(1, 1);
      await app.settled(50);
      app.resize(120, 36);
      await app.waitFor((screen) => screen[0]!.includes('[1 Images]'));
      if (key === '?' || key === ':') app.press('esc');
    }
  });

  test('is whole again in a window that shrank and grew back before it was looked at', async () => {
    const app = await opened();
    await app.waitFor('HISTORY');
    await app.settled(300);
    const clean = app.text();
    app.signal('SIGSTOP');
    app.resize(7, 3);
    app.resize(1, 1);
    app.resize(120, 36);
    expect(app.text()).not.toBe(clean);
    app.signal('SIGCONT');
    await app.waitFor((screen) => screen.join('\n') === clean);
  });

  test('fits 80×24, with the detail as its own screen', async () => {
    const app = await opened({ columns: 80, rows: 24 });
    const screen = app.screen();
    expect(screen).toHaveLength(24);
    expect(screen[0]).toContain('● docker 20.10');
    expect(app.text()).not.toContain('─ Detail ─');
    app.press('enter');
    await app.waitFor(/ id {7}sha256:/);
    app.press('esc');
    await cursorOn(app, NAMES[0]!);
  });

  test('writes no colour with NO_COLOR, and still tells all states apart', async () => {
    const app = openApp(engine.host, { env: { NO_COLOR: '1' } });
    await untilRead(app);
    app.type(' j');
    await app.waitFor((screen) => screen.some((row) => row.startsWith(' ◆ lone:1')));
    app.press('?');
    await app.waitFor('─ Help ─');
    app.press('esc');
    app.type('234');
    await app.waitFor('[4 Jobs]');
    await app.settled();
    const styles = [...app.since().matchAll(/\u001b\[([0-9;:]*)m/g)].map((match) => match[1]!);
    expect(styles.filter((style) => style !== '' && style !== '0')).toEqual([]);
  });

  test('draws with ASCII only when asked', async () => {
    const app = await opened({ args: ['--ascii'] });
    await app.waitFor('HISTORY');
    const seen = [app.text()];
    app.press('space');
    await app.waitFor(/ \* lone:1/);
    for (const [key, sign] of [
      ['?', '- Help -'],
      ['esc', 'Images 9'],
      [':', '- Commands -'],
      ['esc', 'Images 9'],
      ['d', 'exists nowhere else'],
      ['esc', 'Images 9'],
      ['2', '- Layers '],
      ['3', '- Disk '],
      ['4', '- Jobs '],
    ] as const) {
      app.press(key);
      await app.waitFor(sign);
      await app.settled(100);
      seen.push(app.text());
    }
    const others = new Set(seen.join('').match(/[^\u0000-\u007f]/g) ?? []);
    expect([...others]).toEqual([]);
  });

  test('refuses every change with --read-only', async () => {
    const app = await opened({ args: ['--read-only'] });
    expect(app.screen()[0]).toContain('read-only');
    for (const key of ['d', 't', 'u', 'X']) {
      app.press(key);
      await app.waitFor('nacre was started with --read-only');
      app.press('j');
      await app.waitFor((screen) => !screen.join('\n').includes('was started with'));
    }
    expect((await fixtures.maker.images()).length).toBeGreaterThanOrEqual(NAMES.length);
  });

  test('writes nothing while nothing happens', async () => {
    const app = await opened();
    await app.waitFor('HISTORY');
    await app.settled(1000);
    const before = app.bytes();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(app.bytes()).toBe(before);
  });
});

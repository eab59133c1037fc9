import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import type { TerminalSession } from '../support/terminal.ts';
import { openApp, underCursor, untilRead } from './app-terminal.ts';

engineGroup('running in a throwaway container', 'docker20', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine('docker20');
    const maker = new ImageMaker(engine);
    await maker.base('shop:1');
    await maker.tiny('bare:1');
  });
  afterAll(() => engine?.stop());

  const containers = (): Promise<unknown> =>
    engine.api.json('GET', '/containers/json', { query: { all: 'true' } });

  /** Opens the prompt on an image, with a network of its own that reaches nothing. */
  async function askRun(app: TerminalSession, image: string): Promise<void> {
    app.press('g');
    await app.settled();
    for (let row = 0; row < 3 && underCursor(app.screen()) !== image; row++) {
      app.press('j');
      await app.settled();
    }
    app.press('r');
    await app.waitFor(`─ Run in ${image} ─`);
    app.press('shift+tab');
    app.press('shift+tab');
    app.press('shift+tab');
    app.press('shift+tab');
    app.press('right');
    await app.waitFor('← none →');
  }

  test('a shell has the terminal to itself; what was changed is shown, and committed', async () => {
    const app = openApp(engine.host);
    await untilRead(app);
    await askRun(app, 'shop:1');
    app.press('enter');
    await app.waitFor(/^\/ #$/m);
    expect(app.modes()).toMatchObject({ alternateScreen: false, mouse: 'none', bracketedPaste: false });
    app.resize(80, 24);
    app.type("until stty size | grep -q '24 80'; do sleep 0.1; done; echo sized; echo welcome > /etc/motd\r");
    await app.waitFor(/^sized$/m);
    // Mouse reports and a hidden cursor that a program leaves on are nobody's wish.
    app.type("printf '\\033[?1003h\\033[?25l'; exit 5\r");
    await app.waitFor('exit code 5');
    await app.waitFor('1 added, 1 modified');
    expect(app.modes()).toMatchObject({ alternateScreen: true, mouse: 'vt200', bracketedPaste: true });
    expect(app.screen()).toHaveLength(24);
    await app.waitFor(/What becomes of the container nacre-throwaway-[0-9a-f]{6}\?/);
    await app.settled(700);
    app.press('up');
    app.press('up');
    app.press('enter');
    await app.waitFor('  + /etc/motd');
    app.press('esc');
    await app.waitFor('▌ remove it');
    app.press('up');
    app.press('enter');
    await app.waitFor('─ Commit nacre-throwaway-');
    app.type('shop:2');
    await app.waitFor('makes shop:2 of it: 1 added, 1 modified');
    app.press('enter');
    await app.waitFor('✓ committed shop:2 · enter opens it');
    await app.waitFor((screen) => underCursor(screen) === 'shop:2');
    expect(await containers()).toEqual([]);

    await askRun(app, 'shop:2');
    app.press('tab');
    app.press('tab');
    app.press('tab');
    app.press('tab');
    app.press('ctrl+u');
    app.type('grep -q welcome /etc/motd');
    await app.waitFor('runs grep -q welcome /etc/motd');
    app.press('enter');
    await app.waitFor('exit code 0');
    await app.waitFor('nothing has changed');
    await app.settled(700);
    app.press('esc');
    await app.waitFor('✓ removed nacre-throwaway-');
    expect(await containers()).toEqual([]);
  });

  test('a command that is not there is told; what is cut off leaves no container and a whole terminal', async () => {
    const app = openApp(engine.host, { columns: 80, rows: 24 });
    await untilRead(app);
    await askRun(app, 'bare:1');
    app.press('enter');
    await app.waitFor('nothing ran: no /bin/sh in this image: give a command it has');
    await app.waitFor('─ Run in bare:1 ─');
    app.press('esc');
    await askRun(app, 'shop:1');
    app.press('enter');
    await app.waitFor(/^\/ #$/m);
    process.kill(app.pid, 'SIGTERM');
    expect((await app.exit).code).toBe(143);
    expect(await containers()).toEqual([]);
    expect(app.modes()).toMatchObject({ alternateScreen: false, cursorVisible: true, mouse: 'none' });
  });
});

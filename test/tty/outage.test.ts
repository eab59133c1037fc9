import { chmodSync, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { openTerminal } from '../support/terminal.ts';
import { endWithTest, openApp, startOf, underCursor, untilRead } from './app-terminal.ts';

const isRoot = process.getuid?.() === 0;

engineGroup('an engine that goes away', 'docker20', () => {
  let engine: TestEngine;
  let maker: ImageMaker;

  beforeAll(async () => {
    engine = await startEngine('docker20');
    maker = new ImageMaker(engine);
    for (const [name, bytes] of [
      ['one:1', 3000],
      ['two:1', 2000],
      ['three:1', 1000],
    ] as const) {
      await maker.tiny(name, { bytes });
    }
  });
  afterAll(() => engine?.stop());

  test('leaves the list with its age, marks and cursor, and is found again', async () => {
    const app = openApp(engine.host);
    await untilRead(app);
    app.type(' j');
    await app.waitFor((screen) => underCursor(screen) === 'three:1');
    await app.waitFor('1 marked · frees 3.0 kB');
    await engine.kill();
    await app.waitFor(/○ docker .* lost at \d\d:\d\d:\d\d|○ docker .*lost \d+ s ago/);
    await app.waitFor(/Images 3 · as of \d\d:\d\d:\d\d/);
    await app.waitFor('Trying again');
    expect(underCursor(app.screen())).toBe('three:1');
    expect(app.text()).toMatch(/^ ◆ one:1/m);
    const row = app.screen().findIndex((each) => each.includes('two:1'));
    expect(app.cell(3, row).dim).toBe(true);
    app.press('d');
    await app.waitFor('waits until the engine is back');
    app.press('k');
    await app.waitFor((screen) => underCursor(screen) === 'two:1');
    await engine.restart();
    await app.waitFor('● docker 20.10');
    await untilRead(app);
    expect(underCursor(app.screen())).toBe('two:1');
    await app.waitFor('1 marked · frees 3.0 kB');
    expect(app.text()).not.toContain('Trying again');
    await maker.tiny('four:1');
    await app.waitFor('four:1');
  });

  test('is tried again at once when asked to', async () => {
    const app = openApp(engine.host);
    await untilRead(app);
    await engine.kill();
    // Later attempts are far enough apart for a key to be quicker.
    await app.waitFor(/Trying again in [4-9] s/, { timeout: 40_000 });
    await engine.restart();
    app.press('R');
    await app.waitFor('● docker 20.10', { timeout: 3_000 });
  });

  test('keeps a page open, and q quits as ever', async () => {
    const app = openApp(engine.host);
    await untilRead(app);
    app.press('i');
    await app.waitFor('"Id": "sha256:');
    await engine.kill();
    await app.waitFor(/○ docker/);
    expect(app.text()).toContain('"Id": "sha256:');
    app.press('q');
    expect(await app.exit).toEqual({ code: 0, signal: 0 });
    await engine.restart();
  });

  test('shows a socket that may not be used, and what helps', async ({ skip }) => {
    skip(!isRoot, 'only root can become somebody without the permission');
    for (const folder of [dirname(engine.socket), dirname(dirname(engine.socket))]) chmodSync(folder, 0o711);
    chmodSync(engine.socket, 0o600);
    const { command, env } = startOf(engine.host, {
      env: {
        HOME: '/nonexistent',
        XDG_CONFIG_HOME: undefined,
        XDG_CACHE_HOME: undefined,
        XDG_STATE_HOME: undefined,
      },
    });
    const someone = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
    const app = endWithTest(openTerminal({ command: 'setpriv', args: [...someone, ...command], env }));
    await app.waitFor('○ no engine');
    await app.waitFor(/permission\s+denied/);
    await app.waitFor('What helps');
    await app.waitFor(/docker group|usermod|sudo/);
    app.press('q');
    expect(await app.exit).toEqual({ code: 0, signal: 0 });
  });
});

test('without any engine nacre works with its own store', async ({ skip }) => {
  const usual = ['/var/run/docker.sock', '/run/docker.sock', '/run/podman/podman.sock'];
  const found = usual.filter((socket) => existsSync(socket));
  skip(!isRoot && found.length > 0, `this machine has an engine at ${found[0]}`);
  const { command, env } = startOf('', { env: { XDG_RUNTIME_DIR: '/nonexistent' } });
  const hidden = isRoot
    ? ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /run && exec "$@"', 'sh']
    : [];
  const [program, ...args] = [...hidden, ...command];
  const app = endWithTest(openTerminal({ command: program!, args, env }));
  await app.waitFor('● embedded · ~/.local/share/nacre/oci');
  await app.waitFor('No images here yet.');
  await app.waitFor('(no daemon needed)');
  app.press('d');
  await app.waitFor('there is no image under the cursor');
  app.press('q');
  expect(await app.exit).toEqual({ code: 0, signal: 0 });
});

test('a socket that nobody listens on is named, with the reason', async () => {
  const app = openApp('unix:///nonexistent/engine.sock');
  await app.waitFor('○ no engine');
  await app.waitFor('/nonexistent/engine.sock');
  await app.waitFor('What helps');
  app.press('q');
  expect(await app.exit).toEqual({ code: 0, signal: 0 });
});

test('an address that is none ends at once with one line', async () => {
  const app = openApp('carrier-pigeon://loft');
  expect((await app.exit).code).toBe(2);
  const rows = app.screen().filter((row) => row !== '');
  expect(rows[0]).toMatch(/^nacre: .*carrier-pigeon/);
  expect(app.modes().alternateScreen).toBe(false);
});

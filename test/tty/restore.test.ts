import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { openTerminal, type TerminalSession } from '../support/terminal.ts';
import { endWithTest, PROGRAM, startOf, untilRead } from './app-terminal.ts';

/** What a terminal looks like that nobody has changed. */
const PLAIN = {
  alternateScreen: false,
  cursorVisible: true,
  bracketedPaste: false,
  mouse: 'none',
  synchronized: false,
};

/** Runs a command as a shell with job control does, and tells after each stop or end what became of the terminal. */
const SHELL = `set -m
tell() { echo; echo "$1 $2"; stty -a; }
sh -c 'echo $$ > "$0"; exec "$@"' "$PIDFILE" "$@"
tell left $?
read answer
fg
tell left-again $?
read answer`;

engineGroup('the terminal comes back', 'docker20', () => {
  let engine: TestEngine;

  beforeAll(async () => {
    engine = await startEngine('docker20');
    await new ImageMaker(engine).tiny('app:1');
  });
  afterAll(() => engine?.stop());

  /** The app under a shell, and how to find its process. */
  function inShell(
    program = PROGRAM,
    args: readonly string[] = [],
  ): { readonly app: TerminalSession; readonly pid: () => number } {
    const folder = scratchFolder();
    onTestFinished(() => removeScratch(folder));
    const pidFile = join(folder, 'pid');
    const { command, env } = startOf(engine.host, { program, args });
    const app = openTerminal({
      command: 'sh',
      args: ['-c', SHELL, 'sh', ...command],
      env: { ...env, PIDFILE: pidFile },
    });
    return { app: endWithTest(app), pid: () => Number(readFileSync(pidFile, 'utf8')) };
  }

  /** The shell has the terminal again, cooked and with all modes as before. */
  async function expectRestored(app: TerminalSession, left: string): Promise<void> {
    await app.waitFor(left);
    await app.waitFor(/-?\bicanon\b/);
    await app.settled();
    expect(app.text()).toMatch(/[^-]icanon/);
    expect(app.text()).toMatch(/[^-]echo /);
    expect(app.text()).toMatch(/[^-]isig/);
    expect(app.modes()).toEqual(PLAIN);
  }

  test('after q', async () => {
    const { app } = inShell();
    await untilRead(app);
    expect(app.modes()).not.toEqual(PLAIN);
    app.press('q');
    await expectRestored(app, 'left 0');
  });

  test('after ctrl+c, in a dialog too', async () => {
    const { app } = inShell();
    await untilRead(app);
    app.press('?');
    await app.waitFor('─ Help ─');
    app.press('ctrl+c');
    await expectRestored(app, 'left 0');
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('after %s', async (signal, code) => {
    const { app, pid } = inShell();
    await untilRead(app);
    process.kill(pid(), signal);
    await expectRestored(app, `left ${code}`);
  });

  test('after a signal in the first moments', async () => {
    const { app, pid } = inShell();
    await app.waitFor('connecting');
    process.kill(pid(), 'SIGTERM');
    await expectRestored(app, 'left 143');
  });

  test('while it is suspended, and the app after it', async () => {
    const { app } = inShell();
    await untilRead(app);
    await app.waitFor('HISTORY');
    await app.settled(500);
    const before = app.screen();
    app.press('ctrl+z');
    await expectRestored(app, 'left 148');
    app.press('enter');
    await app.waitFor((screen) => screen.join('\n') === before.join('\n'));
    expect(app.modes()).toMatchObject({ alternateScreen: true, cursorVisible: false, mouse: 'vt200' });
    app.type('?');
    await app.waitFor('─ Help ─');
    app.press('esc');
    await app.waitFor((screen) => screen.join('\n') === before.join('\n'));
    app.press('q');
    await expectRestored(app, 'left-again 0');
  });

  test('and no process is left when it goes away altogether', async () => {
    const { app, pid } = inShell();
    await untilRead(app);
    app.signal('SIGKILL');
    await app.exit;
    for (let tries = 0; tries < 200 && isAlive(pid()); tries++) await pause(50);
    expect(isAlive(pid())).toBe(false);
  });

  test('after a broken config, whose fault is named', async () => {
    const folder = scratchFolder();
    onTestFinished(() => removeScratch(folder));
    const file = join(folder, 'config.toml');
    writeFileSync(file, '[keys\n');
    const { app } = inShell(PROGRAM, ['--config', file]);
    await expectRestored(app, 'left 2');
    expect(app.text()).toMatch(/^nacre: .*config\.toml is not valid TOML/m);
  });

  test('after a view that crashes, with the error below', async () => {
    const folder = scratchFolder();
    onTestFinished(() => removeScratch(folder));
    const { app } = inShell(withBrokenView(folder));
    await untilRead(app);
    app.press('3');
    await expectRestored(app, 'left 1');
    expect(app.text()).toContain('nacre crashed');
    expect(app.text()).toContain('the disk screen fell over');
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A copy of the built program whose disk screen throws. */
function withBrokenView(folder: string): string {
  const from = dirname(PROGRAM);
  const to = join(folder, 'dist');
  mkdirSync(to);
  for (const file of ['nacre.js', 'package.json']) copyFileSync(join(from, file), join(to, file));
  const text = readFileSync(join(from, 'app.js'), 'utf8');
  const broken = text.replace(
    /function plannerScreen\([^)]*\) ?\{/,
    (head) => `${head}\nthrow new Error('the disk screen fell over');`,
  );
  if (broken === text) throw new Error('the built program has no function plannerScreen');
  writeFileSync(join(to, 'app.js'), broken);
  return join(to, 'nacre.js');
}

/** The question of `nacre prune`, in a real terminal. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { openTerminal } from '../support/terminal.ts';
import { VolumeMaker } from '../support/volume-maker.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/nacre.js', import.meta.url));
const QUESTION = 'Are you sure you want to continue? [y/N]';

engineGroup('prune asks', 'docker20', () => {
  let engine: TestEngine;
  let maker: ImageMaker;
  let cache: string;
  beforeAll(async () => {
    engine = await startEngine('docker20');
    maker = new ImageMaker(engine);
    cache = scratchFolder();
  });
  afterAll(async () => {
    await engine?.stop();
    await removeScratch(cache);
  });
  beforeEach(async () => {
    await maker.clear();
    await maker.tiny('idle:1', { bytes: 5_000 });
  });

  const asked = async (args: readonly string[] = ['--all'], question = QUESTION) => {
    const terminal = openTerminal({
      command: process.execPath,
      args: [PROGRAM, 'prune', ...args],
      env: { DOCKER_HOST: engine.host, XDG_CACHE_HOME: cache },
    });
    await terminal.waitFor(question);
    return terminal;
  };
  const count = async () => (await maker.images()).length;

  it('shows what goes and frees, and does it on y', async () => {
    const terminal = await asked();
    expect(terminal.text()).toMatch(
      /^WARNING! This will remove all images without at least one container\.\n/,
    );
    expect(terminal.text()).toMatch(/\nUntag +idle:1\nDelete +[0-9a-f]{12} \(idle:1\): 1 layer, 5\.\d+kB\n/);
    const freed = /\nFree +(\S+)\n/.exec(terminal.text())?.[1];
    terminal.type('y\r');
    expect((await terminal.exit).code).toBe(0);
    expect(terminal.text()).toContain(`Total reclaimed space: ${freed}`);
    expect(await count()).toBe(0);
  });

  it('takes no yes for volumes, only the word', async () => {
    const volumes = new VolumeMaker(engine);
    await volumes.volume({ bytes: 700 });
    const question = 'What is in 1 volume cannot come back. Type delete to continue:';
    for (const [answer, left] of [
      ['y', 1],
      ['delete', 0],
    ] as const) {
      const terminal = await asked(['--rule', 'unused-volumes'], question);
      terminal.type(`${answer}\r`);
      expect((await terminal.exit).code).toBe(0);
      expect(await volumes.volumes()).toHaveLength(left);
    }
  });

  it.each(['n\r', '\r', 'yo\r', '\u0004'])('does nothing on %j', async (answer) => {
    const terminal = await asked();
    terminal.type(answer);
    expect((await terminal.exit).code).toBe(0);
    expect(await count()).toBe(1);
  });

  it('does nothing on ctrl+c, with 130', async () => {
    const terminal = await asked();
    terminal.type('\u0003');
    expect((await terminal.exit).code).toBe(130);
    expect(await count()).toBe(1);
  });

  it('plans and asks again when the engine changed meanwhile', async () => {
    const terminal = await asked();
    await maker.tag('idle:1', 'idle:2');
    terminal.type('y\r');
    await terminal.waitFor((rows) => rows.filter((row) => row.includes(QUESTION)).length === 2);
    expect(terminal.text()).toMatch(/Untag +idle:2\n/);
    expect(await count()).toBe(1);
    terminal.type('y\r');
    expect((await terminal.exit).code).toBe(0);
    expect(await count()).toBe(0);
  });
});

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { type Registries, startRegistries } from '../support/registries.ts';
import { publish, publishedDigest } from '../support/registry-image.ts';
import { tinyRootfs } from '../support/rootfs.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import type { TerminalSession } from '../support/terminal.ts';
import { type AppOptions, openApp, underCursor } from './app-terminal.ts';

/** A group starts its engine itself; these are the same on every engine. */
interface Ground {
  open(options?: AppOptions): TerminalSession;
  readonly registries: Registries;
  /** Home of the app's person; the same for every app of a test. */
  readonly home: string;
}

let number = 0;
/** Names of tests that run on one registry must not meet. */
const fresh = (): string => `team/app${++number}`;

/** Presses `key`, waits for the prompt, and fills its first field. */
async function ask(app: TerminalSession, key: string, title: string, text: string): Promise<void> {
  app.press(key);
  await app.waitFor(`─ ${title}`);
  app.press('ctrl+u');
  app.type(text);
  await app.waitFor((screen) => screen.some((row) => row.includes(`${text.slice(-30)}▏`)));
}

async function pull(app: TerminalSession, reference: string): Promise<void> {
  await ask(app, 'p', 'Pull an image', reference);
  await app.waitFor(`pulls ${reference}`);
  app.press('enter');
}

function movingTests(ground: () => Ground): void {
  test('a pull shows live, on its screen and in the status row, and its image is one key away', async () => {
    const { registries, open } = ground();
    const name = fresh();
    await publish(`${registries.open.address}/${name}:1`, { layers: [2_000_000, 5_000_000, 300_000] });
    const app = open();
    await app.waitFor('● ');
    await pull(app, `${registries.slow.address}/${name}:1`);
    await app.waitFor(new RegExp(`↻ pulling ${name.slice(5)}:1 `));
    app.press('4');
    await app.waitFor(/▌↻ pull .* \d+ %? .*B\/s/);
    await app.waitFor(/[0-9a-f]{12} +↓ download +█+░+ +\d+\.\d \/ 5\.0 MB +\d+ %/);
    await app.waitFor(/total +█+░* +\d\.\d \/ 7\.3 MB +\d+ %/);
    await app.waitFor(new RegExp(`▌✓ pull +${registries.slow.address}/${name}:1 +7\\.3 MB in `));
    await app.waitFor('3 layers');
    await app.waitFor(`✓ pulled ${registries.slow.address}/${name}:1`);
    app.press('enter');
    await app.waitFor('[overview]');
    expect(app.text()).toContain(`─ ${registries.slow.address}/${name}:1 ─`);
    app.press('esc');
    app.press('1');
    await app.waitFor((screen) => underCursor(screen) !== '');
  });

  test('what is pulled again is up to date, and the cursor goes to what came while nobody moved it', async () => {
    const { registries, open } = ground();
    const name = fresh();
    const reference = `${registries.open.address}/${name}:1`;
    await publish(reference, { layers: [2_000] });
    const app = open();
    await app.waitFor('● ');
    await pull(app, reference);
    await app.waitFor(`✓ pulled ${reference} · enter opens it`);
    await app.waitFor((screen) => underCursor(screen).startsWith(registries.open.address));
    app.press('U');
    await app.waitFor(`✓ ${reference} is up to date`);
  });

  test('cancelled, it leaves no image, and retried it comes whole', async () => {
    const { registries, open } = ground();
    const name = fresh();
    const reference = `${registries.slow.address}/${name}:1`;
    await publish(`${registries.open.address}/${name}:1`, { layers: [6_000_000] });
    const app = open();
    await app.waitFor('● ');
    await pull(app, reference);
    app.press('4');
    await app.waitFor(/↓ download +█+░+/);
    app.press('c');
    await app.waitFor(/▌− pull .* cancelled/);
    await app.waitFor('− stopped');
    app.press('1');
    await app.settled();
    expect(app.text()).not.toContain(`${name}:1`);
    app.press('4');
    await app.waitFor('retry');
    app.press('r');
    await app.waitFor(/▌↻ pull/);
    await app.waitFor(/▌✓ pull .* in \d/);
    expect(app.text()).toMatch(/ − pull .* cancelled/);
    app.press('enter');
    await app.waitFor('[overview]');
  });

  test('a registry that wants a login is given one, and the pull goes on by itself', async () => {
    const { registries, open, home } = ground();
    const name = fresh();
    const { basic } = registries;
    const { username, secret } = basic.credentials;
    const authorization = `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`;
    await publish(`${basic.address}/${name}:1`, {}, authorization);
    const app = open();
    await app.waitFor('● ');
    await pull(app, `${basic.address}/${name}:1`);
    await app.waitFor(`─ Log in to ${basic.address} `);
    app.type(username);
    app.press('tab');
    app.type('not the password');
    await app.waitFor('***▏');
    app.press('enter');
    await app.waitFor(`✗ no login to ${basic.address}`);
    app.press('4');
    await app.waitFor(/▌✗ pull .* not allowed/);
    app.press('l');
    await app.waitFor(`─ Log in to ${basic.address} `);
    app.type(username);
    app.press('tab');
    app.paste(secret);
    await app.waitFor('*'.repeat(secret.length));
    app.press('enter');
    await app.waitFor(/▌✓ pull/);
    const config = readFileSync(join(home, '.docker/config.json'), 'utf8');
    expect(Object.keys((JSON.parse(config) as { auths: object }).auths)).toEqual([basic.address]);
    const jobs = join(home, 'state/nacre/jobs');
    for (const file of readdirSync(jobs)) {
      const text = readFileSync(join(jobs, file), 'utf8');
      expect(text).not.toContain(secret);
      expect(text).not.toContain('not the password');
      expect(text).not.toContain(Buffer.from(secret).toString('base64').slice(0, 12));
    }
  });

  test('pushes under a new name', async () => {
    const { registries, open } = ground();
    const from = fresh();
    const to = `${registries.open.address}/${fresh()}:9`;
    await publish(`${registries.open.address}/${from}:1`, { layers: [40_000] });
    const app = open();
    await app.waitFor('● ');
    await pull(app, `${registries.open.address}/${from}:1`);
    await app.waitFor('enter opens it');
    await ask(app, 't', 'Tag ', to);
    app.press('enter');
    await app.waitFor(`tagged ${to}`);
    await app.waitFor(':1 +1');
    app.press('P');
    await app.waitFor('─ Push which name? ─');
    const rows = app.screen();
    const wanted = rows.findIndex((row) => row.includes(` ${to} `));
    const cursor = rows.findIndex((row) => row.includes('│ ▌ '));
    for (let step = cursor; step < wanted; step++) app.press('down');
    app.press('enter');
    await app.waitFor(`✓ pushed ${to}`);
    expect(await publishedDigest(to)).toMatch(/^sha256:/);
  });

  test('saves to a file, asks before it replaces one, and loads it again', async () => {
    const { registries, open, home } = ground();
    const name = fresh();
    const reference = `${registries.open.address}/${name}:1`;
    await publish(reference, { layers: [50_000] });
    const app = open();
    await app.waitFor('● ');
    await pull(app, reference);
    await app.waitFor('enter opens it');
    const file = join(home, 'saved.tar.gz');
    for (const [times, answer] of ['', 'keep', 'replace'].entries()) {
      const before = times === 0 ? 0 : statSync(file).ino;
      await ask(app, 'w', 'Save ', file);
      await app.waitFor('packed with gzip');
      app.press('enter');
      if (answer !== '') await app.waitFor('▌ keep it');
      if (answer === 'replace') app.press('down');
      if (answer !== '') app.press('enter');
      if (answer === 'keep') await app.settled();
      else {
        await app.waitFor(/✓ saved .* · 1 image, /);
        app.press('esc');
      }
      expect(statSync(file).ino === before).toBe(answer === 'keep');
    }
    expect(readFileSync(file).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    app.press('d');
    await app.waitFor(/Delete 1 image/);
    await pause(400);
    app.press('y');
    await app.waitFor('deleted 1 image');
    await ask(app, 'o', 'Open a tar of images', join(home, 'saved'));
    await app.waitFor('saved.tar.gz');
    app.press('tab');
    await app.waitFor('loads its images');
    app.press('enter');
    await app.waitFor(`✓ loaded ${reference}`);
    await app.waitFor((screen) => underCursor(screen).startsWith(registries.open.address));
  });

  test('a tar that holds no images is offered as a root file system', async () => {
    const { open, home } = ground();
    const file = join(home, 'rootfs.tar');
    writeFileSync(file, await tinyRootfs('a root file system', 20_000));
    const app = open();
    await app.waitFor('● ');
    await ask(app, 'o', 'Open a tar of images', file);
    await app.waitFor('loads its images');
    app.press('enter');
    await app.waitFor('import it as a root file system?');
    app.type('made/here:1');
    await app.waitFor('becomes made/here:1');
    app.press('enter');
    await app.waitFor('✓ imported made/here:1');
    app.press('1');
    await app.waitFor((screen) => underCursor(screen) === 'made/here:1');
  });

  test('quitting asks while something moves; what was cut off is told by the next run, with its log', async () => {
    const { registries, open } = ground();
    const name = fresh();
    await publish(`${registries.open.address}/${name}:1`, { layers: [9_000_000] });
    const app = open();
    await app.waitFor('● ');
    await pull(app, `${registries.slow.address}/${name}:1`);
    await app.waitFor(/↻ pulling .* \d+ %/);
    app.press('q');
    await app.waitFor('is still running');
    app.press('enter');
    await app.waitFor((screen) => !screen.some((row) => row.includes('is still running')));
    app.press('q');
    await app.waitFor('is still running');
    app.press('down');
    app.press('enter');
    expect((await app.exit).code).toBe(0);

    const next = open({ columns: 80, rows: 24 });
    await next.waitFor('● ');
    next.press('4');
    await next.waitFor(/▌− pull .* cancelled/);
    next.press('L');
    await next.waitFor('─ Log of pull ');
    await next.waitFor(/\d\d:\d\d:\d\d +cancelled/);
    next.press('/');
    next.type('cancelled');
    next.press('enter');
    await next.waitFor('match 1 of ');
    next.press('esc');
    await next.waitFor('─ Jobs 1 ─');
    next.press('x');
    await next.waitFor('Nothing has been done yet');
  });
}

/** Starts what the tests of an engine share. */
function grounds(host: () => string, args: readonly string[] = []): () => Ground {
  let registries: Registries;
  let home: string;
  beforeAll(async () => {
    registries = await startRegistries();
  });
  afterAll(async () => {
    await registries?.stop();
  });
  beforeEach(() => {
    home = scratchFolder();
    onTestFinished(() => removeScratch(home));
  });
  return () => ({
    registries,
    home,
    open: (options = {}) =>
      openApp(host(), {
        args,
        ...options,
        env: { HOME: home, XDG_STATE_HOME: join(home, 'state'), XDG_DATA_HOME: join(home, 'data') },
      }),
  });
}

engineGroup('moving images on the screen', 'docker20', () => {
  let engine: TestEngine;
  let maker: ImageMaker;
  beforeAll(async () => {
    engine = await startEngine('docker20');
    maker = new ImageMaker(engine);
  });
  beforeEach(() => maker.clear());
  afterAll(() => engine?.stop());
  movingTests(grounds(() => engine.host));

  test('what cannot be done read-only says so', async () => {
    const app = openApp(engine.host, { args: ['--read-only'] });
    await app.waitFor('read-only · ');
    for (const key of ['p', 'o']) {
      app.press(key);
      await app.waitFor('nacre was started with --read-only');
      app.press('esc');
    }
    await app.waitFor('nothing can be brought here');
  });
});

describe('moving images on the screen of the embedded engine', () => {
  const ground = grounds(() => '', ['--embedded']);
  movingTests(ground);

  test('the empty screen leads to a first pull', async () => {
    const { registries, open, home } = ground();
    const name = fresh();
    await publish(`${registries.open.address}/${name}:1`);
    const app = open({ columns: 80, rows: 24 });
    await app.waitFor('No images here yet.');
    expect(app.text()).toContain('engine  embedded · ~/data/nacre/oci   (no daemon needed)');
    expect(app.text()).toContain('● embedded · ~/data/nacre/oci');
    expect(existsSync(join(home, 'data/nacre/oci/index.json'))).toBe(false);
    await pull(app, `${registries.open.address}/${name}:1`);
    await app.waitFor((screen) => underCursor(screen) !== '');
    expect(existsSync(join(home, 'data/nacre/oci/index.json'))).toBe(true);
    app.press('enter');
    await app.waitFor('[overview]');
    await app.waitFor('the embedded engine stores images and runs no containers');
  });
});

engineGroup('switching between engines', 'docker20', () => {
  let engine: TestEngine;
  const ground = grounds(() => engine.host);
  beforeAll(async () => {
    engine = await startEngine('docker20');
    await new ImageMaker(engine).tiny('app:1');
  });
  afterAll(() => engine?.stop());

  test('to the embedded engine and back, each with its own images', async () => {
    const app = ground().open();
    await app.waitFor((screen) => underCursor(screen) === 'app:1');
    app.press('E');
    await app.waitFor('always works, no daemon');
    app.press('G');
    await app.waitFor(/▌ ● embedded/);
    app.press('enter');
    await app.waitFor('● embedded · ~/data/nacre/oci');
    await app.waitFor('No images here yet.');
    app.press('E');
    await app.waitFor('always works, no daemon');
    app.press('enter');
    await app.waitFor((screen) => underCursor(screen) === 'app:1');
  });
});

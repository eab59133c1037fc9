import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { publish } from '../support/registry-image.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import type { TerminalSession } from '../support/terminal.ts';
import { openApp } from './app-terminal.ts';

const SECRET = 'the-secret-of-the-build';

/** What is typed into the fields of the form, by their number; the others stay as they are. */
type Fields = Readonly<Record<number, string>>;
const CONTEXT = 0;
const DOCKERFILE = 1;
const NAMES = 2;
const ARGUMENTS = 4;
const SECRETS = 5;
const NETWORK = 8;

engineGroup('builds on the screen', 'docker20', () => {
  let engine: TestEngine;
  let registry: TestRegistry;
  let home: string;
  let base: string;

  beforeAll(async () => {
    [engine, registry] = await Promise.all([startEngine('docker20'), startRegistry({ auth: 'basic' })]);
    await new ImageMaker(engine).base('base:1');
    base = `${registry.address}/team/base:1`;
    const { username, secret } = registry.credentials;
    const authorization = `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`;
    await publish(base, { layers: [40_000] }, authorization);
  });
  afterAll(async () => {
    await Promise.all([engine?.stop(), registry?.stop()]);
  });
  beforeEach(() => {
    home = scratchFolder();
    onTestFinished(() => removeScratch(home));
  });

  /** A file below the person's home; its path. */
  function file(name: string, text: string): string {
    const path = join(home, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  function open(size: { readonly columns?: number; readonly rows?: number } = {}): TerminalSession {
    const editor = file('editor', `#!/bin/sh\necho "$@" > ${home}/edited\n`);
    chmodSync(editor, 0o755);
    const env = { HOME: home, XDG_STATE_HOME: join(home, 'state'), EDITOR: editor, VISUAL: undefined };
    return openApp(engine.host, { ...size, env: { ...env, BUILD_TOKEN: SECRET } });
  }

  async function ask(app: TerminalSession, fields: Fields): Promise<void> {
    app.press('b');
    await app.waitFor('─ Build an image ');
    const last = Math.max(...Object.keys(fields).map(Number));
    for (let field = 0; field <= last; field++) {
      const text = fields[field];
      if (text !== undefined) {
        app.press('ctrl+u');
        app.type(text);
        await app.waitFor((screen) => screen.some((row) => row.includes(`${text.slice(-24)}▏`)));
      }
      if (field < last) app.press('tab');
    }
    await app.waitFor(/ builds (?:\S+:\S+|an image)/);
    app.press('enter');
    await app.waitFor('─ Build ─');
  }

  test('three stages run beside each other, with a secret and a private base; the same again is all cached', async () => {
    const { username, secret } = registry.credentials;
    const auth = Buffer.from(`${username}:${secret}`).toString('base64');
    const count = (name: string): string =>
      `RUN for i in 1 2 3 4 5 6 7 8; do echo "${name} $i"; sleep 0.3; done`;
    file(
      'app/Dockerfile',
      [
        'FROM base:1 AS one',
        count('one'),
        'FROM base:1 AS two',
        count('two'),
        'FROM base:1 AS three',
        'COPY greeting /greeting',
        'RUN --mount=type=secret,id=token wc -c < /run/secrets/token && sleep 1',
        `FROM ${base} AS final`,
        'ARG NPM_TOKEN',
        'COPY --from=one /etc/passwd /one',
        'COPY --from=two /etc/passwd /two',
        'COPY --from=three /greeting /three',
      ].join('\n'),
    );
    file('app/greeting', 'hello\n');
    file('app/.dockerignore', 'ignored*\n');
    file('app/ignored', 'x');

    const app = open();
    await app.waitFor('● ');
    await ask(app, {
      [CONTEXT]: join(home, 'app'),
      [NAMES]: 'acme/three:1',
      [ARGUMENTS]: 'NPM_TOKEN=not-to-be-kept',
      [SECRETS]: 'token=$BUILD_TOKEN',
      [NETWORK]: 'host',
    });
    // The base image is nobody's who has not logged in; then the build goes on by itself.
    await app.waitFor(`─ Log in to ${registry.address} `);
    app.type(username);
    app.press('tab');
    app.paste(secret);
    await app.waitFor('*'.repeat(secret.length));
    app.press('enter');
    await app.waitFor(
      (screen) => screen.filter((row) => /^ {2}(?:one|two|three) +↻ \d\.\d s +█+/.test(row)).length === 3,
    );
    // A key takes away that the login was good.
    app.press('w');
    await app.waitFor(/^ {2}final .* needs /m);
    await app.waitFor(/↻ building acme\/three:1 {2}step \d of \d+ {3}context .* sent, 3 files, 1 ignored/);
    // The log is that of the step under the cursor, and stays with it.
    await app.waitFor(/─ #\d RUN .* following · wrapped · [1-9] lines? ─/);
    await app.waitFor(/▌✓ build .*three:1 +acme\/three:1 in \d/);
    await app.waitFor('✓ built acme/three:1');
    await app.waitFor(/FROM \S+\/team\/base:1 .* ✓ .*pulled/);
    for (let rows = 0; rows < 12; rows++) app.press('up');
    while (!app.screen().some((row) => row.startsWith('▌') && row.includes('--mount=type=secret'))) {
      app.press('down');
      await app.settled();
    }
    await app.waitFor((screen) => screen.includes(`  ${SECRET.length}`));

    // The argument was not kept on disk, but this run still has it.
    app.press('r');
    await app.waitFor((screen) => screen.filter((row) => row.includes('✓ cached')).length >= 7);
    await app.waitFor(/▌✓ build .*three:1 +acme\/three:1 in/);
    await app.waitFor('open image');
    app.press('enter');
    await app.waitFor('[overview]');
    expect(app.text()).toContain('─ acme/three:1 ─');
    app.press('esc');
    await app.waitFor('─ Build ─');
    app.press('esc');
    await app.waitFor('─ Jobs 3');

    const state = join(home, 'state/nacre');
    const kept = ['builds.json', ...readdirSync(join(state, 'jobs')).map((name) => `jobs/${name}`)].map(
      (name) => readFileSync(join(state, name), 'utf8'),
    );
    expect(kept).toHaveLength(4);
    for (const text of kept) {
      for (const hidden of [SECRET, secret, auth, 'not-to-be-kept']) expect(text).not.toContain(hidden);
    }
  });

  test('a failing step has the cursor and its last lines, the editor opens at its line, and the next run knows all of it', async () => {
    file(
      'app/bad.Dockerfile',
      [
        'FROM base:1',
        '',
        'RUN echo fine',
        'RUN for i in $(seq 1 400); do echo "line $i"; done; \\',
        '  echo "boom: no such module" >&2; exit 3',
        'RUN echo never',
      ].join('\n'),
    );
    const app = open({ columns: 80, rows: 24 });
    await app.waitFor('● ');
    await ask(app, {
      [CONTEXT]: join(home, 'app'),
      [DOCKERFILE]: join(home, 'app/bad.Dockerfile'),
      [NAMES]: 'acme/bad:1',
      [NETWORK]: 'host',
    });
    await app.waitFor(/▌✗ build .*step 3 of 4: exit/);
    await app.waitFor(/^▌ +3 .*RUN for i in .*✗ exit code 3/m);
    await app.waitFor('boom: no such module');
    await app.waitFor('line 400');
    app.press('e');
    await app.waitFor('only errors: 1 of 401 lines');
    app.press('e');
    // The first lines are in the file alone.
    app.press('/');
    app.type('line 17');
    await app.waitFor('/line 17');
    app.press('enter');
    await app.waitFor('match 1 of 11');
    app.press('ctrl+o');
    await app.waitFor((screen) => screen.some((row) => row.startsWith('─ Build ─')));
    await expect
      .poll(() => {
        try {
          return readFileSync(join(home, 'edited'), 'utf8');
        } catch {
          return '';
        }
      })
      .toBe(`+4 ${join(home, 'app/bad.Dockerfile')}\n`);
    app.press('q');
    expect((await app.exit).code).toBe(0);

    const next = open();
    await next.waitFor('● ');
    next.press('4');
    await next.waitFor(/▌✗ build .*acme\/bad:1 +step 3 of 4: exit code 3/);
    next.press('enter');
    await next.waitFor(/^▌ +3 .*RUN for i in .*✗ exit code 3/m);
    await next.waitFor(' 401 lines');
    await next.waitFor('boom: no such module');
  });

  test('a build that is cancelled stops, and quitting asks while one runs', async () => {
    file('app/Dockerfile', 'FROM base:1\nRUN echo begun; sleep 60\n');
    const app = open();
    await app.waitFor('● ');
    await ask(app, { [CONTEXT]: join(home, 'app'), [NETWORK]: 'host' });
    await app.waitFor('begun');
    app.press('q');
    await app.waitFor('is still running');
    app.press('esc');
    // Read in one chunk with what follows, an escape would be alt.
    await app.waitFor((screen) => !screen.some((row) => row.includes('is still running')));
    app.press('c');
    await app.waitFor(/▌− build .*cancelled/);
    await app.waitFor(/RUN echo begun.*− cancelled/);
    app.press('q');
    expect((await app.exit).code).toBe(0);
  });
});

/** `nacre build` on real engines, with every builder they have; beside docker's own command line where it is. */
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuilderKind } from '../../src/engine/build.ts';
import { engineGroup } from '../support/engine-group.ts';
import { type EngineName, startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { tarOf } from '../support/tar.ts';
import { openTerminal } from '../support/terminal.ts';
import { docker, type Ended, nacre, nacreStarted, type Surroundings } from './process.ts';

const RUN = fileURLToPath(new URL('../../dist/nacre.js', import.meta.url));
const ID = /^sha256:[0-9a-f]{64}$/;
const ID_LINE = /^sha256:[0-9a-f]{64}\n$/;
const HOST = ['--network', 'host'];

let folder: string;
beforeAll(() => {
  folder = scratchFolder();
});
afterAll(() => removeScratch(folder));

/** A folder with these files; its path. */
function project(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
}
const events = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const STAGES = `FROM base:1 AS first
ARG WHO
RUN echo "hello $WHO" > /hello && cat /hello
FROM base:1
COPY --from=first /hello /hello
COPY file /file
`;
const FAILING = `FROM base:1
COPY file /file

RUN echo last words; exit 3
RUN echo never
`;

const BUILDERS: readonly (readonly [EngineName, readonly BuilderKind[]])[] = [
  ['docker20', ['buildkit', 'classic']],
  ['docker28-containerd', ['buildkit']],
  ['podman43', ['buildah']],
];

for (const [name, kinds] of BUILDERS) {
  engineGroup('build', name, () => {
    let engine: TestEngine;
    beforeAll(async () => {
      engine = await startEngine(name);
      await new ImageMaker(engine).base();
    });
    afterAll(async () => await engine?.stop());

    const run = (args: readonly string[], { env, input }: Surroundings = {}): Promise<Ended> =>
      nacre(args, {
        env: { DOCKER_HOST: engine.host, XDG_CACHE_HOME: folder, ...env },
        ...(input !== undefined && { input }),
      });
    const done = async (args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> => {
      const ended = await run(args, surroundings);
      expect({ args, ...ended }).toMatchObject({ code: 0 });
      return ended;
    };

    describe.each(kinds)('with %s', (builder) => {
      const build = (...args: string[]) => ['build', ...HOST, '--builder', builder, ...args];

      it('makes images of stages, with names, arguments, labels and an id in a file', async () => {
        const context = project(`${name}-${builder}`, { Dockerfile: STAGES, file: 'content' });
        const idFile = join(folder, `${name}-${builder}.id`);
        const tags = ['-t', `made:${builder}`, '-t', `made/again:${builder}`];
        const asked = build(...tags, '--build-arg', 'WHO', '--label', 'a=b=c', '--iidfile', idFile, context);
        const { stdout, stderr } = await done(asked, { env: { WHO: 'you' } });
        const id = readFileSync(idFile, 'utf8');
        expect(id).toMatch(ID);
        expect(stdout).toBe(
          `Successfully built ${id.slice(7, 19)}\n` +
            `Successfully tagged made:${builder}\nSuccessfully tagged made/again:${builder}\n`,
        );
        expect(stderr).toMatch(/^#\d+ \[first \d\/\d\] RUN echo "?hello/m);
        expect(stderr).toMatch(/^#\d+ \d+\.\d\d hello you$/m);
        expect(stderr).toMatch(/^#\d+ DONE \d+\.\ds$/m);
        const shown = await done([
          'inspect',
          '-f',
          '{{.Id}} {{json .Config.Labels}}',
          `made/again:${builder}`,
        ]);
        expect(shown.stdout).toContain(`${id} `);
        expect(shown.stdout).toContain('"a":"b=c"');
        const again = await done(asked, { env: { WHO: 'you' } });
        expect(again.stderr).toMatch(/^#\d+ CACHED$/m);
        if (name !== 'docker20') return;
        const quiet = await done([...asked.slice(0, -1), '-q', context], { env: { WHO: 'you' } });
        expect(quiet).toMatchObject({ stdout: expect.stringMatching(ID_LINE), stderr: '' });
      });

      it('tells every event, and the result at last', async () => {
        const good = project('events', { Dockerfile: 'FROM base:1\nRUN echo told\n' });
        const socket = createServer().listen(join(good, 'socket'));
        await once(socket, 'listening');
        const told = events((await done(build('--no-cache', '-t', 'told:1', '--json', good))).stdout);
        socket.close();
        expect(told).toContainEqual({
          type: 'line',
          topic: 'context',
          text: 'passed over socket: it is a socket',
        });
        expect(told.at(-1)).toEqual({
          type: 'result',
          id: expect.stringMatching(ID),
          references: ['told:1'],
        });
        const ran = told.find(
          ({ type, name: words }) => type === 'step' && /^RUN echo told/.test(String(words)),
        );
        expect(ran).toMatchObject({ internal: false, inputs: expect.any(Array) });
        expect(told).toContainEqual({ type: 'log', step: ran?.['id'], stream: 'out', text: 'told' });
        expect(
          told.some(({ type, id, stage }) => type === 'part' && id === 'context' && stage === 'done'),
        ).toBe(true);
      });

      it('that fails shows the line of the Dockerfile and what was printed last, or tells it at last', async () => {
        const context = project('failing', { Dockerfile: FAILING, file: 'x' });
        const idFile = join(folder, 'stale.id');
        writeFileSync(idFile, 'of an earlier build');
        const failed = await run(build('-t', 'failing:1', '--iidfile', idFile, context));
        expect(failed).toMatchObject({ code: 1, stdout: '' });
        expect(() => readFileSync(idFile)).toThrow('ENOENT');
        expect(failed.stderr).toMatch(/^#\d+ ERROR .*3$/m);
        expect(failed.stderr).toContain(`${join(context, 'Dockerfile')}:4\n`);
        expect(failed.stderr).toMatch(/^> 4 │ RUN echo last words; exit 3$/m);
        expect(failed.stderr).toMatch(/^ {2}│ last words$/m);
        expect(failed.stderr.trimEnd().split('\n').at(-1)).toMatch(/^nacre: .*RUN.*3/);
        const quiet = await run(build('-q', context));
        expect(quiet).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('last words') });
        const told = await run(build('--json', context));
        expect(told).toMatchObject({ code: 1, stderr: expect.stringMatching(/^nacre: [^\n]+\n$/) });
        expect(events(told.stdout).at(-1)).toMatchObject({
          type: 'error',
          code: 'build-failed',
          message: expect.stringContaining('RUN'),
          hint: expect.stringMatching(/./),
          detail: expect.stringContaining('last words'),
        });
      });

      it('stops on SIGINT, once, and says so', async () => {
        const context = project('long', {
          Dockerfile: 'FROM base:1\nRUN echo begun; sleep 8\nRUN echo more\n',
        });
        const child = nacreStarted(build('--no-cache', '-t', 'long:1', context), {
          DOCKER_HOST: engine.host,
          XDG_CACHE_HOME: folder,
        });
        let stderr = '';
        const began = Promise.withResolvers<void>();
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          stderr += text;
          if (/^#\d+ \d+\.\d\d begun$/m.test(stderr)) began.resolve();
        });
        await began.promise;
        child.kill('SIGINT');
        expect(await once(child, 'close')).toEqual([130, null]);
        expect(stderr).toMatch(/^stopping the build$/m);
        expect(stderr).toMatch(/^nacre: the build was cancelled/m);
        expect(stderr).not.toContain('RUN echo more\n#');
        expect((await done(['images', '-q', 'long'])).stdout).toBe('');
      });
    });

    it('gives steps their secrets, from files and the environment, and shows none', async () => {
      const mounts = '--mount=type=secret,id=one --mount=type=secret,id=two';
      const check = 'cat /run/secrets/one /run/secrets/two | tr a-z b-za';
      const context = project('secret', {
        Dockerfile: `FROM base:1\nRUN ${mounts} ${check}\n`,
        hidden: 'hunter2',
      });
      const secrets = ['--secret', `id=one,src=${join(context, 'hidden')}`, '--secret', 'id=two,env=TWO'];
      const asked = ['build', ...HOST, '--no-cache', ...secrets, '--json', context];
      const { stdout, stderr } = await done(asked, { env: { TWO: 'hunter3' } });
      expect(events(stdout)).toContainEqual(expect.objectContaining({ type: 'log', text: 'ivoufs2ivoufs3' }));
      expect(stdout + stderr).not.toContain('hunter');
    });

    if (name !== 'docker20') {
      if (name === 'podman43') return;
      it('lists warnings at the end, with file and line', async () => {
        const context = project('warned', { Dockerfile: 'FROM base:1 as Upper\nRUN true\n' });
        const { stderr } = await done(['build', ...HOST, context]);
        const place = join(context, 'Dockerfile');
        expect(stderr.trimEnd().split('\n').slice(-2)).toEqual([
          expect.stringMatching(new RegExp(`^warning: ${place}:1: .*Casing`)),
          expect.stringMatching(new RegExp(`^warning: ${place}:1: .*Casing`)),
        ]);
      });
      return;
    }

    it('takes a tar, or a lone Dockerfile, from stdin', async () => {
      const build = (...args: string[]) => ['build', ...HOST, ...args];
      const alone = await done(build('-t', 'alone:1', '-'), { input: 'FROM base:1\nRUN echo from stdin\n' });
      expect(alone.stdout).toContain('Successfully tagged alone:1\n');
      const tar = await tarOf([
        { name: 'other/Dockerfile.web', content: 'FROM base:1\nCOPY file /f\nRUN cat /f\n' },
        { name: 'file', content: 'within the tar' },
      ]);
      const sent = await done(build('--no-cache', '-f', 'other/Dockerfile.web', '-'), { input: tar });
      expect(sent.stderr).toMatch(/ within the tar$/m);
      const context = project('of-stdin', { file: 'beside it' });
      const beside = 'FROM base:1\nCOPY file /f\nRUN cat /f\n';
      const third = await done(build('--no-cache', '-f', '-', context), { input: beside });
      expect(third.stderr).toMatch(/ beside it$/m);
    });

    it.each([
      ['a Dockerfile that is not there', undefined, /no .*Dockerfile|Dockerfile.*(?:not|no)/],
      ['an instruction that there is not', 'FROM base:1\n\nRUNN true\n', /line 3.*RUNN/i],
      ['a file that is not there', 'FROM base:1\nCOPY nothing /x\n', /nothing/],
    ])('says in one line at last what is wrong: %s', async (what, dockerfile, said) => {
      const context = project(what, dockerfile === undefined ? { file: 'x' } : { Dockerfile: dockerfile });
      const failed = await run(['build', context]);
      expect(failed).toMatchObject({ code: 1, stdout: '' });
      expect(failed.stderr.trimEnd().split('\n').at(-1)).toMatch(said);
      expect(failed.stderr).toMatch(/^nacre: [^\n]+\n$/m);
    });

    it('goes on where nobody reads its progress any more', async () => {
      const loud = 'for i in $(seq 3000); do echo a line to be read, number $i; done';
      const context = project('loud', { Dockerfile: `FROM base:1\nRUN ${loud}\n` });
      const child = nacreStarted(['build', ...HOST, '-t', 'loud:1', context], {
        DOCKER_HOST: engine.host,
        XDG_CACHE_HOME: folder,
      });
      child.stderr.once('data', () => child.stderr.destroy());
      expect(await once(child, 'close')).toEqual([0, null]);
      expect((await done(['images', '-q', 'loud:1'])).stdout).toMatch(/^[0-9a-f]{12}\n$/);
    });

    it('refuses secrets for the classic builder, which has none', async () => {
      const asked = ['build', '--builder', 'classic', '--secret', 'id=a,env=A', '-'];
      const refused = await run(asked, { env: { A: 'x' }, input: 'FROM base:1' });
      expect(refused).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^nacre: .*secret/m),
      });
    });

    it.each<[BuilderKind, string]>([
      ['buildkit', '{{.Id}}'],
      // This one caches by the owner's name too, which not every docker tells it.
      [
        'classic',
        '{{json .Config.Cmd}} {{json .Config.Labels}} {{.Config.Env}} {{.Size}} {{len .RootFS.Layers}}',
      ],
    ])('makes what docker makes with %s', async (builder, shown) => {
      const context = project('parity', {
        Dockerfile: STAGES,
        file: 'content',
        '.dockerignore': 'ignored\n',
      });
      const asked = [
        'build',
        '-q',
        ...HOST,
        '--build-arg',
        'WHO=parity',
        '--label',
        `by=${builder}`,
        context,
      ];
      const env = { DOCKER_HOST: engine.host, DOCKER_BUILDKIT: builder === 'buildkit' ? '1' : '0' };
      const theirs = await docker(asked, env);
      expect(theirs).toMatchObject({ code: 0 });
      // What is not sent does not count.
      writeFileSync(join(context, 'ignored'), 'anything');
      // Docker's own switch counts here, too.
      const ours = await done(asked, { env });
      expect(ours.stdout).toMatch(ID_LINE);
      const inspected = async ({ stdout }: Ended) => docker(['inspect', '-f', shown, stdout.trim()], env);
      expect(await inspected(ours)).toEqual(await inspected(theirs));
    });

    describe('on a terminal', () => {
      const open = (context: string, env: Record<string, string> = {}) =>
        openTerminal({
          command: process.execPath,
          args: [RUN, 'build', ...HOST, '--no-cache', context],
          env: { DOCKER_HOST: engine.host, XDG_CACHE_HOME: folder, ...env },
          columns: 80,
          rows: 20,
        });

      it('what runs is drawn in place, and its end stays', async () => {
        const context = project('live', {
          Dockerfile: 'FROM base:1\nRUN for i in 1 2 3 4 5 6 7 8 9; do echo row $i; sleep 0.2; done\n',
        });
        const terminal = open(context);
        await terminal.waitFor(
          /› \[2\/2\] RUN for.* \d\.\ds\n {2}│ row \d\n(?:.*\n)*building \d\.\ds · \d of 2 steps/,
        );
        terminal.resize(50, 20);
        await terminal.waitFor(/│ row 7\n/);
        expect(
          terminal.cell(
            0,
            terminal.screen().findIndex((row) => row.startsWith('building')),
          ).dim,
        ).toBe(true);
        expect(await terminal.exit).toMatchObject({ code: 0 });
        const rows = terminal.screen().filter((row) => row !== '');
        expect(rows.filter((row) => /^✓ \[2\/2\] RUN for.* \d\.\ds$/.test(row))).toHaveLength(1);
        expect(rows.filter((row) => /│|›|building/.test(row))).toEqual([]);
        expect(rows.at(-1)).toMatch(/^Successfully built [0-9a-f]{12}$/);
      });

      it('ctrl+c stops it, and the shell goes on below', async () => {
        const context = project('long', {
          Dockerfile: 'FROM base:1\nRUN echo begun; sleep 8\nRUN echo more\n',
        });
        const terminal = open(context, { NO_COLOR: '1' });
        await terminal.waitFor('│ begun');
        expect(terminal.since()).not.toMatch(/\u001b\[\d*m/);
        terminal.press('ctrl+c');
        expect(await terminal.exit).toMatchObject({ code: 130 });
        expect(terminal.text()).toMatch(/nacre: the build was cancelled\s*$/);
        expect(terminal.text()).not.toContain('│ begun');
      });
    });
  });
}

describe('build without an engine that builds', () => {
  const run = (...args: string[]) =>
    nacre(args, { env: { NACRE_STORE: join(folder, 'store'), XDG_CACHE_HOME: folder } });
  it.each<[args: readonly string[], code: number, said: RegExp]>([
    [[], 2, /needs PATH/],
    [['.', 'more'], 2, /at most 1/],
    [['-f', '-', '-'], 2, /both/],
    [['--progress', 'loud', '.'], 2, /loud/],
    [['--progress', 'tty', '.'], 2, /terminal/],
    [['--builder', 'kaniko', '.'], 2, /kaniko/],
    [['--build-arg', '=x', '.'], 2, /KEY/],
    [['-t', 'UPPER', '.'], 1, /UPPER/],
    [['--platform', 'a/b/c/d', '.'], 1, /platform/],
    [['--secret', 'id=none,src=/no/such/file', '.'], 1, /\/no\/such\/file/],
    [['.'], 1, /built here/],
    [['--read-only', '.'], 1, /--read-only/],
  ])('%j is refused in one line', async (args, code, said) => {
    const ended = await run('build', ...args);
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(/^nacre: [^\n]+\n$/) });
    expect(ended.stderr).toMatch(said);
  });

  it('tells events of that too', async () => {
    const { code, stdout } = await run('build', '--json', '.');
    expect(code).toBe(1);
    expect(events(stdout)).toMatchObject([{ type: 'error', code: 'unsupported' }]);
  });
});

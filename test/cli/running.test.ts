/** `nacre run` and `nacre commit` as a shell sees them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { type EngineName, startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { openTerminal } from '../support/terminal.ts';
import { PROGRAM } from '../tty/app-terminal.ts';
import { docker, nacre } from './process.ts';
import { nacreRunning } from './running-process.ts';

const RUN = ['run', '--rm', '--network', 'host'];

for (const name of ['docker20', 'podman43'] satisfies EngineName[]) {
  engineGroup('running commands', name, () => {
    let engine: TestEngine;
    let registry: TestRegistry;
    let folder: string;
    let env: NodeJS.ProcessEnv;
    beforeAll(async () => {
      folder = scratchFolder();
      registry = await startRegistry();
      engine = await startEngine(name, { registries: [registry.address] });
      env = { DOCKER_HOST: engine.host, XDG_CACHE_HOME: folder };
      await new ImageMaker(engine).base('base:1');
    });
    afterAll(async () => {
      await engine?.stop();
      await registry?.stop();
      await removeScratch(folder);
    });
    const run = (args: readonly string[], input?: string | Buffer) =>
      nacre([...RUN, ...args], { env, ...(input !== undefined && { input }) });
    const containers = async () => (await new ImageMaker(engine).containers()).length;
    const started = (...args: string[]) => nacreRunning([...RUN, ...args], env);

    it('hands on output, errors and exit code', async () => {
      const script = 'echo out; echo err >&2; cat; exit 9';
      expect(await run(['base:1', 'sh', '-c', script], 'not for it')).toEqual({
        code: 9,
        stdout: 'out\n',
        stderr: 'err\n',
      });
      expect(await containers()).toBe(0);
    });

    it('keeps the container without --rm, and makes an image of it', async () => {
      const ended = await nacre(['run', '--network', 'host', '--name', 'kept', 'base:1', 'touch', '/made'], {
        env,
      });
      expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
      expect(await containers()).toBe(1);
      const flags = ['-a', 'Ann', '-m', 'from a test', '-c', 'CMD ["ls", "/made"]', '-c', 'ENV A=1'];
      const committed = await nacre(['commit', ...flags, 'kept', 'made:1'], { env });
      expect(committed).toMatchObject({ code: 0, stderr: '' });
      expect(committed.stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
      const listed = await nacre(['images', '-q', '--no-trunc', 'made'], { env });
      expect(listed.stdout).toBe(committed.stdout);
      const said = await nacre(['inspect', '-f', '{{.Author}} {{.Comment}} {{json .Config.Cmd}}', 'made:1'], {
        env,
      });
      expect(said.stdout).toBe('Ann from a test ["ls","/made"]\n');
      expect((await run(['made:1'])).stdout).toBe('/made\n');
      const json = await nacre(['commit', '--json', '--pause=false', 'kept'], { env });
      expect(JSON.parse(json.stdout)).toEqual({
        type: 'result',
        id: expect.stringMatching(/^sha256:/),
        reference: '',
      });
      await new ImageMaker(engine).removeContainer('kept');
    });

    describe('on a terminal', () => {
      /** In a shell that tells afterwards how it finds the terminal. */
      const open = (...args: string[]) => {
        const command = [
          'stty sane; "$@"; echo "code $?"; stty -a | tr " ;" "\\n\\n" | grep -x -e "-*icanon" -e "-*echo"',
        ];
        const terminal = openTerminal({
          command: 'sh',
          args: ['-c', ...command, 'sh', process.execPath, PROGRAM, ...RUN, ...args],
          env: { ...env, HOME: folder } as Record<string, string>,
          columns: 90,
          rows: 24,
        });
        onTestFinished(() => terminal.close());
        return terminal;
      };

      it('gives it to the command, with its size and every key, and has it back afterwards', async () => {
        const terminal = open('-it', 'base:1', 'sh');
        await terminal.waitFor('/ #');
        terminal.type('while ! stty size | grep "24 90"; do :; done\r');
        await terminal.waitFor(/^24 90$/m);
        terminal.resize(100, 30);
        terminal.type('while ! stty size | grep "30 100"; do :; done\r');
        await terminal.waitFor(/^30 100$/m);
        // Whoever says that it sleeps is in the foreground already: a shell that still starts `sleep` may keep a ctrl+c.
        terminal.type("sh -c 'echo sleeping $((6 * 7)); exec sleep 1000'\r");
        await terminal.waitFor(/^sleeping 42$/m);
        terminal.press('ctrl+c');
        terminal.type('echo typed $((6 * 7))\r');
        await terminal.waitFor('typed 42');
        terminal.type('exit 3\r');
        await terminal.exit;
        expect(terminal.text()).toMatch(/code 3\nicanon\necho$/m);
        expect(await containers()).toBe(0);
      });

      if (name !== 'docker20') return;

      it('has it back when the command is told to end from outside', async () => {
        const terminal = open(
          '-it',
          'base:1',
          'sh',
          '-c',
          'trap "exit 6" TERM; printf "\\033[?25lup\\n"; while :; do sleep 0.1; done',
        );
        await terminal.waitFor('up');
        const children = readFileSync(`/proc/${terminal.pid}/task/${terminal.pid}/children`, 'utf8');
        process.kill(Number(children.trim()), 'SIGTERM');
        await terminal.exit;
        expect(terminal.text()).toMatch(/code 6\nicanon\necho$/m);
      });
    });

    // What follows is put to every engine by the contract.
    if (name !== 'docker20') return;

    it('commits nothing where something is wrong', async () => {
      for (const args of [['nobody'], ['box', 'Wrong'], ['-c', 'RUN x', 'box']]) {
        const failed = await nacre(['commit', ...args], { env });
        expect({ args, ...failed }).toMatchObject({ code: 1, stdout: '' });
        expect(failed.stderr).toMatch(/^nacre: [^\n]*(nobody|Wrong|RUN)[^\n]*\. [^\n]+\n$/);
      }
    });

    it('sends in what it is given with -i', async () => {
      const bytes = Buffer.alloc(2_000_000, 'anything ');
      expect((await run(['-i', 'base:1', 'wc', '-c'], bytes)).stdout).toBe('2000000\n');
    });

    it('sets what flags say, as docker reads them', async () => {
      chmodSync(folder, 0o755);
      const file = join(folder, 'variables');
      writeFileSync(file, '# comment\n\nA=from file\nB=from file\nHOME\nNOT_SET\n');
      const flags = ['-e', 'B=from flag', '-e', 'DOCKER_HOST', '--env-file', file];
      const more = ['-w', '/tmp', '-u', '7:8', '-v', `${folder}:/far:ro`, '--entrypoint', 'sh'];
      const script = 'echo "$A|$B|$HOME|$NOT_SET|$DOCKER_HOST"; pwd; id -u; id -g; ls /far/variables';
      const ended = await run([...flags, ...more, '-l', 'a=b', '--name', 'named', 'base:1', '-c', script]);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(ended.stdout).toBe(
        `from file|from flag|/nonexistent||${engine.host}\n/tmp\n7\n8\n/far/variables\n`,
      );
      const plain = await run(['--entrypoint', '', 'base:1', 'echo', '--rm', '-it', '--', '--host=x']);
      expect(plain.stdout).toBe('--rm -it -- --host=x\n');
    });

    it('ends as a shell would where nothing can be run', async () => {
      for (const [args, code] of [
        [['base:1', 'no-such-command'], 127],
        [['base:1', '/etc'], 126],
        [['-u', 'nobody-knows', 'base:1', 'true'], 125],
        [['--pull', 'never', 'missing:1'], 125],
      ] as const) {
        const ended = await run(args);
        expect({ args, ...ended }).toMatchObject({ code, stdout: '' });
        expect(ended.stderr).toMatch(/^nacre: [^\n]+\. [^\n]+\n$/);
      }
      expect(await containers()).toBe(0);
    });

    it('gets an image that is missing, and tells of it on stderr', async () => {
      const image = `${registry.address}/lab/base:1`;
      const maker = new ImageMaker(engine);
      await maker.tag('base:1', image);
      await maker.push(image);
      await maker.remove(image);
      const first = await run([image, 'echo', 'there']);
      expect(first).toMatchObject({ code: 0, stdout: 'there\n' });
      expect(first.stderr).toContain(`Unable to find image '${image}' locally`);
      expect((await run([image, 'echo', 'again'])).stderr).toBe('');
      // What has the name here runs nothing.
      await maker.tiny(image);
      expect((await run(['--pull', 'always', image, 'echo', 'fresh'])).stdout).toBe('fresh\n');
      await maker.remove(image);
      expect(await run(['-q', image, 'echo', 'quiet'])).toEqual({ code: 0, stdout: 'quiet\n', stderr: '' });
    });

    it('passes signals on, and kills at the third', async () => {
      const polite = started(
        'base:1',
        'sh',
        '-c',
        'trap "echo heard; exit 5" TERM; echo up; while :; do sleep 0.1; done',
      );
      await polite.until('up');
      polite.child.kill('SIGTERM');
      expect(await polite.code).toBe(5);
      expect(polite.said.output).toBe('up\nheard\n');
      const deaf = started('base:1', 'sh', '-c', 'trap "echo no" INT; echo up; while :; do sleep 0.1; done');
      await deaf.until('up');
      for (const count of [1, 2]) {
        deaf.child.kill('SIGINT');
        await deaf.until('no\n'.repeat(count));
      }
      deaf.child.kill('SIGINT');
      expect(await deaf.code).toBe(130);
      expect(await containers()).toBe(0);
    });

    it('ends with whom it writes to', async () => {
      const shell = spawn(
        'sh',
        ['-c', `"$0" "$@" | head -n 1`, process.execPath, PROGRAM, ...RUN, 'base:1', 'yes'],
        {
          env: { ...process.env, ...env },
        },
      );
      const chunks: Buffer[] = [];
      shell.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
      await once(shell, 'close');
      expect(Buffer.concat(chunks).toString()).toBe('y\n');
      expect(await containers()).toBe(0);
    });

    it.each([
      [['-t', 'base:1', 'sh', '-c', 'echo terminal; exit 1']],
      [['-e', 'A=1', '-e', 'NOT_SET', '--entrypoint', 'env', 'base:1']],
      [['base:1', 'sh', '-c', 'kill -9 $$']],
    ])('does what docker does: %j', async (args) => {
      const theirs = await docker([...RUN, ...args], env);
      const ours = await nacre([...RUN, ...args], { env });
      expect({ ...ours, stdout: ours.stdout.split('\n').sort() }).toEqual({
        ...theirs,
        stdout: theirs.stdout.split('\n').sort(),
      });
    });
  });
}

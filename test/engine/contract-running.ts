/** The contract: a command in a container of its own, from its making to its end. */
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { RunOptions } from '../../src/engine/container.ts';
import { StartError } from '../../src/engine/start-error.ts';
import { type ContainerRuns, Sink } from './container-runs.ts';
import { failure, type GetSubject, needContainers } from './contract-subject.ts';

export function runningContract(get: GetSubject, { leftover, run, runAndRemove }: ContainerRuns): void {
  describe('a command', () => {
    test('has input, output, errors and an exit code, and its container is kept', async (context) => {
      const containers = needContainers(get(), context);
      const script = 'cat; echo öut; echo err >&2; exit 7';
      const name = 'ran-here';
      const ran = await run({ command: ['sh', '-c', script], name }, { input: 'from hére\n' });
      expect(ran).toMatchObject({ exitCode: 7, output: 'from hére\nöut\n', errors: 'err\n' });
      expect(await leftover()).toMatchObject([{ id: ran.container, name, running: false, image: 'base:1' }]);
      expect((await failure(run({ name }), 'bad-input')).message).toContain('already in use');
      await containers.remove(name);
      expect(await leftover()).toEqual([]);
      await failure(containers.remove(name), 'not-found');
    });

    test('runs as it is asked to, without input', async (context) => {
      needContainers(get(), context);
      const ran = await runAndRemove({
        entrypoint: ['sh', '-c'],
        command: ['echo $A $B; pwd; id -u; id -g; cat; ls -d /far'],
        env: ['A=1', 'B=two words'],
        workdir: '/tmp',
        user: '12:34',
        volumes: ['/tmp:/far:ro'],
        labels: { made: 'here' },
        platform: get().engine.info.platform,
        log: false,
      });
      expect(ran).toMatchObject({ exitCode: 0, errors: '' });
      expect(ran.output).toBe('1 two words\n/tmp\n12\n34\n/far\n');
      expect((await runAndRemove({ entrypoint: [], command: ['echo', 'bare'] })).output).toBe('bare\n');
    });

    test('on a terminal has its size, follows it, and hears the end of the input', async (context) => {
      needContainers(get(), context);
      const output = new Sink();
      const input = new PassThrough();
      let columns = 77;
      let changed = () => {};
      const terminal = {
        size: () => ({ columns, rows: 33 }),
        listen: (onChange: () => void) => {
          changed = onChange;
          return () => {};
        },
      };
      const script =
        'while ! stty size | grep "33 77"; do :; done; while ! stty size | grep "33 101"; do :; done; cat';
      const ran = run({ command: ['sh', '-c', script], tty: true }, { input, output, terminal });
      await output.until('33 77');
      columns = 101;
      changed();
      await output.until('33 101');
      input.end('typed\n');
      const { exitCode, container } = await ran;
      await get().engine.containers!.remove(container);
      expect(exitCode).toBe(0);
      // What is typed is echoed by the terminal, then repeated by cat.
      expect(output.text).toMatch(/33 101\r\n(typed\r\n){2}/);
    });

    test('that is not there, cannot be executed or cannot be as asked says so, and leaves nothing', async (context) => {
      const subject = get();
      needContainers(subject, context);
      const codes: number[] = [];
      for (const command of [['no-such-command'], ['/etc/passwd']]) {
        const error = await failure(run({ command }), 'bad-input');
        expect(error.message).toContain(command[0]);
        expect(error).toBeInstanceOf(StartError);
        codes.push((error as StartError).exitCode);
      }
      expect(codes).toEqual([127, 126]);
      const wrong: Partial<RunOptions>[] = [
        { user: 'nobody-knows' },
        { workdir: 'not/absolute' },
        { network: 'no-such-network' },
        { volumes: ['a:b:c:d'] },
        { env: ['=x'] },
        { name: 'not/a name' },
        { image: 'Not An Image' },
        { platform: 'linux//' },
      ];
      for (const options of wrong) await failure(run({ command: ['true'], ...options }), 'bad-input');
      expect((await failure(run({ image: 'missing:1' }), 'not-found')).message).toContain('missing:1');
      const other = subject.engine.info.platform === 'linux/arm64' ? 'linux/amd64' : 'linux/arm64';
      const error = await failure(run({ command: ['true'], platform: other }), 'not-found');
      expect(error.message).toContain(other);
      expect(await leftover()).toEqual([]);
    });

    test('hears signals', async (context) => {
      needContainers(get(), context);
      const output = new Sink();
      let send = (_name: string): void => {};
      const signals = {
        listen: (onSignal: (name: string) => void) => {
          send = onSignal;
          return () => {};
        },
      };
      const script = 'trap "echo heard; exit 5" USR2; echo ready; while :; do sleep 0.05; done';
      const ran = runAndRemove({ command: ['sh', '-c', script] }, { output, signals });
      await output.until('ready');
      send('SIGUSR2');
      expect((await ran).exitCode).toBe(5);
      expect(output.text).toBe('ready\nheard\n');
    });

    test('is killed and removed when it is aborted', async (context) => {
      needContainers(get(), context);
      const stop = new AbortController();
      const output = new Sink();
      const command = ['sh', '-c', 'trap : TERM; echo ready; while :; do sleep 1; done'];
      const input = new PassThrough();
      const ran = run({ command, signal: stop.signal }, { output, input });
      await output.until('ready');
      stop.abort();
      await failure(ran, 'cancelled');
      expect(await leftover()).toEqual([]);
      expect([input.listenerCount('data'), output.listenerCount('error')]).toEqual([0, 0]);
      await failure(run({ command, signal: AbortSignal.abort() }), 'cancelled');
    });

    test('waits for whom it writes to, and all of it comes', async (context) => {
      needContainers(get(), context);
      const size = 20_000_000;
      const sink = new Sink();
      const take = sink._write.bind(sink);
      const stuck = Promise.withResolvers<void>();
      let release = () => {};
      sink._write = (chunk, encoding, done) => {
        release = () => take(chunk, encoding, done);
        stuck.resolve();
      };
      const script = `head -c ${size} /dev/zero; echo late >&2`;
      const errors = new Sink();
      const ran = runAndRemove({ command: ['sh', '-c', script], log: false }, { output: sink, errors });
      await stuck.promise;
      await sleep(500);
      expect(sink.writableLength).toBeLessThan(2_000_000);
      expect(errors.text).toBe('');
      sink._write = take;
      release();
      expect((await ran).exitCode).toBe(0);
      expect([sink.bytes, errors.text]).toEqual([size, 'late\n']);
    });

    test('is killed when nobody reads what it writes, and fails when that cannot be written', async (context) => {
      needContainers(get(), context);
      const broken = (code: string) =>
        new Writable({
          write: (_chunk, _encoding, done) => done(Object.assign(new Error('it is over'), { code })),
        });
      const command = ['yes'];
      expect((await runAndRemove({ command, log: false }, { output: broken('EPIPE') })).exitCode).toBe(137);
      await failure(run({ command, log: false }, { output: broken('ENOSPC') }), 'no-space');
      expect(await leftover()).toEqual([]);
    });
  });
}

/** The contract: containers as somebody works with them: run, looked into, committed, removed. */
import { PassThrough, Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerStreams, RunOptions, RunResult } from '../../src/engine/container.ts';
import { StartError } from '../../src/engine/start-error.ts';
import { failure, type GetSubject, imageOf, needContainers } from './contract-subject.ts';

/** Takes all, at its own pace. */
class Sink extends Writable {
  bytes = 0;
  #text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.bytes += chunk.length;
    if (this.#text.length < 100_000) this.#text += chunk.toString('latin1');
    done();
  }

  get text(): string {
    return Buffer.from(this.#text, 'latin1').toString('utf8');
  }

  /** Until it has been told this. */
  async until(wanted: string | RegExp): Promise<void> {
    for (let round = 0; round < 400; round++) {
      if (typeof wanted === 'string' ? this.text.includes(wanted) : wanted.test(this.text)) return;
      await sleep(25);
    }
    throw new Error(`${String(wanted)} never came: ${this.text}`);
  }
}

interface Ran extends RunResult {
  readonly output: string;
  readonly errors: string;
}

export function containersContract(get: GetSubject): void {
  describe('containers', () => {
    let known = new Set<string>();
    let knownImages = new Set<string>();
    beforeAll(async () => {
      const { engine } = get();
      known = new Set((await engine.containers?.list())?.map(({ id }) => id));
      knownImages = new Set((await engine.list({ all: true })).map(({ id }) => id));
    });
    // What comes after finds the store as it was.
    afterAll(async () => {
      const { engine, maker } = get();
      for (const { id } of (await engine.containers?.list()) ?? [])
        if (!known.has(id)) await maker.removeContainer(id);
      for (const { id, references } of await engine.list()) {
        if (!knownImages.has(id))
          for (const name of [...references, id]) await maker.remove(name).catch(() => {});
      }
    });
    const leftover = async () =>
      ((await get().engine.containers?.list()) ?? []).filter(({ id }) => !known.has(id));

    /** Runs it to its end; what it is given on `input` may be text. */
    const run = async (
      options: Partial<RunOptions>,
      streams: Partial<Omit<ContainerStreams, 'input'>> & { readonly input?: string | Readable } = {},
    ): Promise<Ran> => {
      const { engine } = get();
      const output = new Sink();
      const errors = new Sink();
      const input =
        typeof streams.input === 'string' ? Readable.from([Buffer.from(streams.input)]) : streams.input;
      const result = await engine.containers!.run(
        { image: 'base:1', network: 'host', ...options },
        { output, errors, ...streams, input },
      );
      return { ...result, output: output.text, errors: errors.text };
    };
    const runAndRemove: typeof run = async (...given) => {
      const ran = await run(...given);
      await get().engine.containers!.remove(ran.container);
      return ran;
    };

    describe('a command', () => {
      test('has input, output, errors and an exit code, and its container is kept', async (context) => {
        const containers = needContainers(get(), context);
        const script = 'cat; echo öut; echo err >&2; exit 7';
        const name = 'ran-here';
        const ran = await run({ command: ['sh', '-c', script], name }, { input: 'from hére\n' });
        expect(ran).toMatchObject({ exitCode: 7, output: 'from hére\nöut\n', errors: 'err\n' });
        expect(await leftover()).toMatchObject([
          { id: ran.container, name, running: false, image: 'base:1' },
        ]);
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
        const size = 50_000_000;
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

    describe('what it changed', () => {
      const CHANGING = [
        'trap exit TERM',
        'mkdir -p /new/in',
        'echo x >/new/in/file',
        'rm /bin/vi',
        'echo >>/etc/passwd',
        'while :; do sleep 0.2; done',
      ].join('; ');
      let container = '';
      beforeAll(async () => {
        const { engine, maker } = get();
        if (engine.containers === undefined) return;
        container = await maker.container('base:1', { name: 'changing', command: ['sh', '-c', CHANGING] });
        for (let round = 0; round < 100; round++) {
          if ((await engine.containers.changes(container)).some(({ path }) => path === '/etc/passwd')) break;
          await sleep(50);
        }
      });

      test('is listed by path', async (context) => {
        const containers = needContainers(get(), context);
        const changes = await containers.changes('changing');
        expect(changes).toEqual(await containers.changes(container));
        // Engines disagree about folders that something was changed in.
        const files = changes.filter(({ path }) => !['/etc', '/bin', '/run'].includes(path));
        expect(files).toEqual([
          { path: '/bin/vi', kind: 'deleted' },
          { path: '/etc/passwd', kind: 'modified' },
          { path: '/new', kind: 'added' },
          { path: '/new/in', kind: 'added' },
          { path: '/new/in/file', kind: 'added' },
        ]);
        const { container: idle } = await run({ command: ['true'] });
        expect((await containers.changes(idle)).filter(({ path }) => path !== '/etc')).toEqual([]);
        await containers.remove(idle);
        for (const name of ['nobody', 'base', idle]) await failure(containers.changes(name), 'not-found');
        await failure(containers.changes('../images/base:1'), 'bad-input');
      });

      test('becomes an image, as it is described', async (context) => {
        const { engine, kind } = get();
        const containers = needContainers(get(), context);
        const made = await containers.commit(container, {
          reference: 'committed:1',
          author: 'Ann <ann@acme.com>',
          message: 'by händ',
          changes: [
            'CMD ["/bin/sh", "-c", "cat /new/in/file"]',
            'ENV A=1 B="two words"',
            'ENV C=$A/c',
            'EXPOSE 80 53/udp',
            'LABEL one=1 two="2 2"',
            'STOPSIGNAL SIGINT',
            'USER 5',
            'VOLUME /data /more',
            'WORKDIR /srv',
            'WORKDIR app',
            'ONBUILD RUN true',
          ],
        });
        expect(made).toEqual({
          id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
          reference: 'committed:1',
        });
        expect((await imageOf(engine, made.id)).references).toEqual(['committed:1']);
        const { author, comment, config } = await engine.inspect('committed:1');
        expect([author, comment]).toEqual(['Ann <ann@acme.com>', 'by händ']);
        expect(config).toMatchObject({
          cmd: ['/bin/sh', '-c', 'cat /new/in/file'],
          env: expect.arrayContaining(['A=1', 'B=two words', 'C=1/c']),
          exposedPorts: ['53/udp', '80/tcp'],
          labels: { one: '1', two: '2 2' },
          stopSignal: expect.stringMatching(/^(SIGINT|2)$/),
          user: '5',
          volumes: ['/data', '/more'],
          workingDir: '/srv/app',
        });
        // Podman keeps it, and leaves it out of what it tells.
        if (kind !== 'podman') expect(config.onBuild).toEqual(['RUN true']);
        const ran = await runAndRemove({ image: 'committed:1', workdir: '/' });
        expect(ran).toMatchObject({ exitCode: 0, output: 'x\n' });
      });

      test('becomes an image without a name, and with one that another image had', async (context) => {
        const { engine, maker } = get();
        const containers = needContainers(get(), context);
        const nameless = await containers.commit('changing', { pause: false });
        expect(nameless.reference).toBe('');
        expect((await imageOf(engine, nameless.id)).references).toEqual([]);
        await maker.tag('base:1', 'moving:1');
        const named = await containers.commit('changing', { reference: 'moving:1', message: 'second' });
        expect((await engine.inspect('moving:1')).id).toBe(named.id);
      });

      test('becomes none where something is wrong with what was asked', async (context) => {
        const { engine } = get();
        const containers = needContainers(get(), context);
        const before = (await engine.list({ all: true })).length;
        await failure(containers.commit('nobody', { reference: 'none:1' }), 'not-found');
        await failure(containers.commit(container, { reference: 'Not:a:name' }), 'bad-input');
        await failure(
          containers.commit(container, { reference: `none@sha256:${'0'.repeat(64)}` }),
          'bad-input',
        );
        const error = await failure(containers.commit(container, { changes: ['RUN true'] }), 'bad-input');
        expect(error.message).toContain('RUN true');
        await failure(containers.commit(container, { signal: AbortSignal.abort() }), 'cancelled');
        expect(await engine.list({ all: true })).toHaveLength(before);
      });

      test('goes with the container, once that has been stopped', async (context) => {
        const containers = needContainers(get(), context);
        await failure(containers.remove('changing'), 'in-use');
        await containers.stop!('changing');
        await containers.stop!('changing');
        await containers.remove('changing');
        await failure(containers.stop!('changing'), 'not-found');
        expect(await leftover()).toEqual([]);
      });
    });
  });
}

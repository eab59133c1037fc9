/** A folder as a build's context: what is sent of it, and what cannot be. */
import { execFileSync, spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, linkSync, mkdirSync, readdirSync, truncateSync } from 'node:fs';
import { chmod, link, mkdir, readFile, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from 'vitest';
import { openContext } from '../../../src/engine/context/open-context.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { failureOf } from '../archive/archive-tools.ts';
import { type Files, makeFolder, membersOf, namesIn, openBelow } from './context-tools.ts';

const scratch = await realpath(scratchFolder());
afterAll(() => removeScratch(scratch));

let made = 0;
const folderOf = (files: Files = {}) =>
  makeFolder(join(scratch, `context${made++}`), { Dockerfile: 'FROM scratch\n', ...files });

describe('what is sent', () => {
  test('everything, folders first, in the order of names, with modes and times', async () => {
    const folder = await folderOf({
      'b/2': 'two',
      'b/1': 'one',
      'a.txt': 'a',
      'empty/': '',
      'empty.txt': '',
      'b.link': '-> b/1',
      '日本語/ファイル.txt': 'cjk',
      [`${'long/'.repeat(40)}${'n'.repeat(200)}`]: 'long',
    });
    await chmod(join(folder, 'b/1'), 0o4751);
    await chmod(join(folder, 'b'), 0o1777);
    await utimes(join(folder, 'b/1'), 1_000_000_000.9, 1_000_000_000.9);
    await link(join(folder, 'b/1'), join(folder, 'b/hard'));
    const context = await openContext(folder);
    expect(context).toMatchObject({ dockerfile: 'Dockerfile', text: 'FROM scratch\n', name: folder });
    expect(context.file).toBe(join(folder, 'Dockerfile'));
    const members = await membersOf(context.stream);
    const names = [...members.keys()].filter((name) => !name.startsWith('long'));
    const top = ['Dockerfile', 'a.txt', 'b/', 'b/1', 'b/2', 'b/hard', 'b.link', 'empty/', 'empty.txt'];
    expect(names).toEqual([...top, '日本語/', '日本語/ファイル.txt']);
    expect(members.get(`${'long/'.repeat(40)}${'n'.repeat(200)}`)?.body.toString()).toBe('long');
    expect(members.get('b/1')?.header).toMatchObject({ mode: 0o4751, uid: 0, gid: 0, type: 'file' });
    expect(members.get('b/1')?.header.mtime?.getTime()).toBe(1_000_000_000_000);
    expect(members.get('b/')?.header).toMatchObject({ mode: 0o1777, type: 'directory' });
    expect(members.get('b.link')?.header).toMatchObject({ type: 'symlink', linkname: 'b/1' });
    expect(members.get('b/hard')?.header.type).toBe('file');
    expect(members.get('b/hard')?.body.toString()).toBe('one');
    expect(members.get('日本語/ファイル.txt')?.body.toString()).toBe('cjk');
    expect(context.sent()).toMatchObject({ files: members.size, ignored: 0 });
    await context.close();
  });

  test('the same as the tar program unpacks: files of all sizes, byte by byte', async () => {
    const sizes = [0, 1, 511, 512, 513, 262_143, 262_144, 262_145, 1_048_576, 1_048_577, 5_000_000];
    const bytes = randomFillSync(Buffer.alloc(5_000_000));
    const folder = await folderOf(
      Object.fromEntries(sizes.map((size) => [`f${size}`, bytes.subarray(0, size)])),
    );
    const context = await openContext(folder);
    const tar = await buffer(context.stream);
    expect(context.sent().bytes).toBe(tar.length);
    const out = await makeFolder(join(scratch, 'unpacked'), {});
    execFileSync('tar', ['-xf', '-', '-C', out], { input: tar });
    execFileSync('diff', ['-r', folder, out]);
    await context.close();
  });

  test('the same when the memory of its chunks is used again', async () => {
    const files = Array.from({ length: 40 }, (_, at): [string, Buffer] => {
      return [`f${at}`, randomFillSync(Buffer.alloc(at * 25_000))];
    });
    const folder = await folderOf({
      ...Object.fromEntries(files),
      large: randomFillSync(Buffer.alloc(20e6)),
    });
    const kept = await buffer((await openContext(folder)).stream);
    const context = await openContext(folder);
    const memory = new Set<ArrayBufferLike>();
    const copies: Buffer[] = [];
    for await (const chunk of context.stream as AsyncIterable<Buffer>) {
      memory.add(chunk.buffer);
      copies.push(Buffer.from(chunk));
      context.stream.recycle?.(chunk);
    }
    expect(Buffer.concat(copies).equals(kept)).toBe(true);
    expect(memory.size).toBeLessThan(copies.length / 2);
  });

  test('names that are no UTF-8', async () => {
    const folder = await folderOf();
    const odd = Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]);
    await mkdir(odd);
    await writeFile(Buffer.concat([odd, Buffer.from('/x')]), 'x');
    const input = await buffer((await openContext(folder)).stream);
    const listed = execFileSync('tar', ['--quoting-style=literal', '-tf', '-'], {
      input,
      encoding: 'latin1',
    });
    expect(listed.trim().split('\n')).toEqual(['Dockerfile', 'caf\xe9/', 'caf\xe9/x']);
  });

  test('a hundred thousand files, in the memory of a few chunks', { timeout: 120_000 }, async () => {
    const folder = await folderOf();
    for (let count = 0; count < 10; count++) linkFiles(join(folder, `${count}`), 9_000);
    linkFiles(join(folder, 'many'), 10_000);
    const context = await openContext(folder);
    const memory = new Set<ArrayBufferLike>();
    for await (const chunk of context.stream as AsyncIterable<Buffer>) {
      memory.add(chunk.buffer);
      context.stream.recycle?.(chunk);
    }
    expect(context.sent().files).toBe(100_012);
    expect(context.sent().bytes).toBeGreaterThan(100e6);
    expect(memory.size).toBeLessThan(15);
  });

  test('by a path from the working directory, or a link to the folder', async () => {
    const folder = await folderOf({ 'sub/Dockerfile': 'FROM a\n' });
    await makeFolder(folder, { link: '-> sub' });
    const context = await openContext('./link', { cwd: folder });
    expect(context).toMatchObject({ name: './link', file: join(folder, 'sub', 'Dockerfile') });
    expect(await namesIn(context)).toEqual(['Dockerfile']);
  });
});

describe('.dockerignore', () => {
  test('keeps back what it names, but never the Dockerfile and itself', async () => {
    const folder = await folderOf({
      '.dockerignore': '*\n!src/**/*.ts\n!docs\n',
      'src/a/x.ts': '1',
      'src/a/x.js': '2',
      'src/b/x.js': '3',
      'docs/x': '4',
      'node_modules/x/y': '5',
    });
    const context = await openContext(folder);
    const sent = ['.dockerignore', 'Dockerfile', 'docs/', 'docs/x', 'src/', 'src/a/', 'src/a/x.ts'];
    expect(await namesIn(context)).toEqual(sent);
    // node_modules as a whole, and two files of src.
    expect(context.sent()).toMatchObject({ files: 7, ignored: 3 });
  });

  test('the one of the Dockerfile wins; engines that look for the common one find its rules there', async () => {
    const folder = await folderOf({
      '.dockerignore': 'a\n',
      'build/prod.Dockerfile': 'FROM scratch\n',
      'build/prod.Dockerfile.dockerignore': 'b\nbuild',
      a: '',
      b: '',
    });
    const context = await openContext(folder, { dockerfile: 'build/prod.Dockerfile', cwd: folder });
    expect(context.dockerfile).toBe('build/prod.Dockerfile');
    const members = await membersOf(context.stream);
    expect([...members.keys()]).toEqual([
      '.dockerignore',
      'Dockerfile',
      'a',
      'build/',
      'build/prod.Dockerfile',
    ]);
    expect(members.get('.dockerignore')?.body.toString()).toBe('b\nbuild\n');
    await context.close();
  });

  test('that is no list of patterns', async () => {
    const bad = await folderOf({ '.dockerignore': 'a\n[b\n' });
    expect(await failureOf(openContext(bad))).toMatchObject({
      code: 'bad-input',
      message: '.dockerignore:2: "[b" is not a pattern',
    });
    const folder = await folderOf({ '.dockerignore/': '' });
    expect(await failureOf(openContext(folder))).toMatchObject({
      code: 'bad-input',
      message: 'cannot read .dockerignore: it is no file',
    });
  });
});

describe('the Dockerfile', () => {
  test('a usual name, or a path from the working directory or within the context', async () => {
    const folder = await makeFolder(join(scratch, 'usual'), {
      Containerfile: 'FROM a\n',
      'x/other': 'FROM b\n',
    });
    expect(await openContext(folder)).toMatchObject({ dockerfile: 'Containerfile' });
    expect(await openContext(folder, { dockerfile: 'x/other', cwd: scratch })).toMatchObject({
      dockerfile: 'x/other',
      text: 'FROM b\n',
    });
    expect(await openContext('..', { dockerfile: 'other', cwd: join(folder, 'x') })).toMatchObject({
      dockerfile: 'x/other',
    });
  });

  test('outside of the context is sent under a name of its own', async () => {
    const folder = await makeFolder(join(scratch, 'outside'), {
      'ctx/a': '',
      'ctx/.nacre.Dockerfile': '',
      Other: 'FROM o\n',
    });
    const context = await openContext('ctx', { dockerfile: 'Other', cwd: folder });
    expect(context).toMatchObject({
      dockerfile: '.nacre-1.Dockerfile',
      text: 'FROM o\n',
      file: join(folder, 'Other'),
    });
    const members = await membersOf(context.stream);
    expect([...members.keys()]).toEqual(['.dockerignore', '.nacre-1.Dockerfile', '.nacre.Dockerfile', 'a']);
    expect(members.get('.nacre-1.Dockerfile')?.body.toString()).toBe('FROM o\n');
    expect(members.get('.dockerignore')?.body.toString()).toBe('.dockerignore\n.nacre-1.Dockerfile\n');
    await context.close();
  });

  test('that is a link to outside', async () => {
    const folder = await makeFolder(join(scratch, 'linked'), {
      'ctx/Dockerfile': '-> ../real',
      real: 'FROM r\n',
    });
    const context = await openContext(join(folder, 'ctx'));
    expect(context).toMatchObject({
      dockerfile: '.nacre.Dockerfile',
      text: 'FROM r\n',
      file: join(folder, 'real'),
    });
    await context.close();
  });

  test('from standard input', async () => {
    const folder = await folderOf({ '.dockerignore': 'Dockerfile' });
    const stdin = Readable.from([Buffer.from('FROM '), Buffer.from('stdin\n')]);
    const context = await openContext(folder, { dockerfile: '-', stdin });
    expect(context).toMatchObject({ dockerfile: '.nacre.Dockerfile', text: 'FROM stdin\n', file: undefined });
    const members = await membersOf(context.stream);
    expect([...members.keys()]).toEqual(['.dockerignore', '.nacre.Dockerfile']);
    expect(members.get('.dockerignore')?.body.toString()).toBe('Dockerfile\n.nacre.Dockerfile\n');
  });

  test('that is missing, with those nearby', async () => {
    const folder = await makeFolder(join(scratch, 'none'), {
      'api/Dockerfile': 'FROM a\n',
      'web/x.Dockerfile': 'FROM a\n',
    });
    expect(await failureOf(openContext(folder))).toMatchObject({
      code: 'bad-input',
      message: `there is no Dockerfile in ${folder}`,
      hint: 'Nearby: api/Dockerfile, web/x.Dockerfile. Name one with --file PATH.',
    });
    expect(await failureOf(openContext(folder, { dockerfile: 'nope' }))).toMatchObject({
      code: 'bad-input',
      message: 'there is no Dockerfile nope',
    });
  });

  test('that is a folder, a circle of links, or empty', async () => {
    const folder = await makeFolder(join(scratch, 'odd'), { 'd/': '', loop: '-> loop', empty: ' \n' });
    const failure = (dockerfile: string) => failureOf(openContext(folder, { dockerfile, cwd: folder }));
    expect((await failure('d')).message).toContain('odd/d: it is a folder');
    expect((await failure('loop')).message).toContain('its links lead in a circle');
    expect((await failure('empty')).message).toContain('odd/empty is empty');
  });
});

describe('what cannot be sent', () => {
  test('sockets are passed over with a note, FIFOs and loops of links go along unread', async () => {
    const folder = await folderOf({ loop: '-> loop', up: '-> ..', dead: '-> /nowhere/at/all' });
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    const server = createServer().listen(join(folder, 'app.sock'));
    await once(server, 'listening');
    try {
      const context = await openContext(folder);
      const members = await membersOf(context.stream);
      expect([...members.keys()]).toEqual(['Dockerfile', 'dead', 'fifo', 'loop', 'up']);
      expect(members.get('fifo')?.header.type).toBe('fifo');
      expect(members.get('loop')?.header).toMatchObject({ type: 'symlink', linkname: 'loop' });
      expect(context.warnings).toEqual(['passed over app.sock: it is a socket']);
      await context.close();
    } finally {
      server.close();
    }
  });

  test('a file, and a folder, that may not be read', async () => {
    const folders = await Promise.all(
      ['', '', 'secrets\n', 'secrets\n!**/*.md\n'].map((ignore) =>
        folderOf({ 'secrets/key.pem': 'x', '.dockerignore': ignore }),
      ),
    );
    await chmod(join(folders[0]!, 'secrets/key.pem'), 0);
    for (const folder of folders.slice(1)) await chmod(join(folder, 'secrets'), 0);
    const hint = 'Let your user read it, or name it in .dockerignore to leave it out.';
    expect(await readAsNobody(folders)).toEqual([
      { code: 'permission', message: 'cannot send secrets/key.pem: permission denied', hint },
      { code: 'permission', message: 'cannot send secrets: permission denied', hint },
      { ok: true },
      // Even where an exception makes it look into what it may not.
      { ok: true },
    ]);
  });

  test.each([
    ['grew', (path: string) => appendFileSync(path, 'more')],
    ['shrank', (path: string) => truncateSync(path, 3_000_000)],
  ] as const)('a large file that %s while it was read', async (how, change) => {
    const folder = await folderOf({ 'big.log': Buffer.alloc(12_000_000), last: 'x' });
    const context = await openContext(folder);
    const iterator = context.stream[Symbol.asyncIterator]();
    const first = (await iterator.next()) as { value: Buffer };
    const chunks = [first.value];
    change(join(folder, 'big.log'));
    const rest = (async () => {
      for (;;) {
        const { value, done } = (await iterator.next()) as { value: Buffer; done?: boolean };
        if (done) return;
        chunks.push(value);
      }
    })();
    const failure = await failureOf(rest);
    expect(failure).toMatchObject({
      code: 'bad-input',
      message: `cannot send big.log: it ${how} while it was read`,
    });
    expect(failure.hint).toContain('.dockerignore');
    // No end: nobody can take it for a whole one.
    expect(Buffer.concat(chunks).includes('last')).toBe(false);
    expect(openBelow(folder)).toEqual([]);
  });

  test('small files that change all the time never spoil the tar', async () => {
    const folder = await folderOf(
      Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`f${at}`, 'x'.repeat(3_000)])),
    );
    const script = `let n = 0; setInterval(() => { for (let i = 0; i < 300; i++) require('fs').writeFileSync(process.argv[1] + '/f' + i, 'y'.repeat((n += 37) % 9000)); }, 0)`;
    const writer = spawn(process.execPath, ['-e', script, folder], { stdio: 'ignore' });
    try {
      for (let round = 0; round < 10; round++) {
        const tar = await buffer((await openContext(folder)).stream);
        expect((await membersOf(tar)).size).toBe(301);
      }
    } finally {
      writer.kill();
      await once(writer, 'close');
    }
  });

  test('a file or folder that is removed meanwhile is passed over with a note', async () => {
    const folder = await folderOf({ big: Buffer.alloc(8_000_000), 'later/x': 'x', z: 'z' });
    const context = await openContext(folder);
    const iterator = context.stream[Symbol.asyncIterator]();
    const chunks = [((await iterator.next()) as { value: Buffer }).value];
    await rm(join(folder, 'z'));
    await rm(join(folder, 'later'), { recursive: true });
    for (;;) {
      const { value, done } = (await iterator.next()) as { value: Buffer; done?: boolean };
      if (done) break;
      chunks.push(value);
    }
    expect([...(await membersOf(Buffer.concat(chunks))).keys()]).toEqual(['Dockerfile', 'big']);
    expect(context.warnings).toEqual([
      'passed over later: it was removed or replaced meanwhile',
      'passed over what was in later: it was removed meanwhile',
      'passed over z: it was removed or replaced meanwhile',
    ]);
    await context.close();
  });

  test('a place where nothing is', async () => {
    expect(await failureOf(openContext('no/where', { cwd: scratch }))).toMatchObject({
      code: 'bad-input',
      message: 'cannot build from no/where: there is no such folder or file',
    });
    await makeFolder(scratch, { circle: '-> circle' });
    expect(await failureOf(openContext('circle', { cwd: scratch }))).toMatchObject({ code: 'bad-input' });
  });
});

describe('the stream', () => {
  test('reads only a little ahead', async () => {
    const folder = await folderOf({ big: Buffer.alloc(40_000_000) });
    const context = await openContext(folder);
    const file = join(folder, 'big');
    const iterator = context.stream[Symbol.asyncIterator]();
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(context.sent().bytes).toBeLessThan(4_000_000);
    expect(await positionOf(file)).toBeLessThan(10_000_000);
    await context.close();
    expect(openBelow(folder)).toEqual([]);
  });

  test('ends when it is aborted, at any moment, and closes what is open', async () => {
    const folder = await folderOf({ big: Buffer.alloc(20_000_000), 'a/b': 'x' });
    for (const chunks of [0, 1, 5]) {
      const stop = new AbortController();
      const context = await openContext(folder, { signal: stop.signal });
      const iterator = context.stream[Symbol.asyncIterator]();
      for (let at = 0; at < chunks; at++) await iterator.next();
      stop.abort();
      const rest = (async () => {
        while (!(await iterator.next()).done);
      })();
      expect(await failureOf(rest)).toMatchObject({ code: 'cancelled' });
      await context.close();
      expect(openBelow(folder)).toEqual([]);
    }
    expect(await failureOf(openContext(folder, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'cancelled',
    });
  });

  test('can be closed without being read, and twice', async () => {
    const context = await openContext(await folderOf());
    await context.close();
    await context.close();
    expect(context.stream.destroyed).toBe(true);
    expect(context.sent()).toEqual({ bytes: 0, files: 0, ignored: 0 });
  });

  test('gives others their turn', async () => {
    const folder = await folderOf();
    linkFiles(join(folder, 'many'), 2_000);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await buffer((await openContext(folder)).stream);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});

/** Many files that cost little. */
function linkFiles(folder: string, count: number): void {
  mkdirSync(folder);
  appendFileSync(join(folder, 'f0'), 'x');
  for (let at = 1; at < count; at++) linkSync(join(folder, 'f0'), join(folder, `f${at}`));
}

/** How far this process has read a file. */
async function positionOf(path: string): Promise<number> {
  for (const fd of readdirSync('/proc/self/fd')) {
    const target = await realpath(`/proc/self/fd/${fd}`).catch(() => '');
    if (target === path)
      return Number(/pos:\s+(\d+)/.exec(await readFile(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1]);
  }
  return 0;
}

/** Reads contexts in a process without rights: this one may be root, who may read everything. */
async function readAsNobody(folders: readonly string[]): Promise<unknown> {
  await chmod(scratch, 0o755);
  const module = new URL('../../../src/engine/context/open-context.ts', import.meta.url).href;
  const script = `
    import { openContext } from ${JSON.stringify(module)};
    const outcomes = [];
    for (const folder of process.argv.slice(1)) {
      try {
        const context = await openContext(folder);
        for await (const chunk of context.stream);
        outcomes.push({ ok: true });
      } catch ({ code, message, hint }) {
        outcomes.push({ code, message, hint });
      }
    }
    console.log(JSON.stringify(outcomes));`;
  const isRoot = process.getuid?.() === 0;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script, ...folders], {
    encoding: 'utf8',
    ...(isRoot && { uid: 65_534, gid: 65_534 }),
  });
  return JSON.parse(out) as unknown;
}

/** Contexts of every kind, built by real engines. */
import { execFileSync } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BuilderKind, BuildResult } from '../../../src/engine/build.ts';
import { connect } from '../../../src/engine/connect.ts';
import type { ContextOptions } from '../../../src/engine/context/build-context.ts';
import { openContext } from '../../../src/engine/context/open-context.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { engineGroup } from '../../support/engine-group.ts';
import { type EngineName, startEngine, type TestEngine } from '../../support/engines.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { makeFolder } from './context-tools.ts';

const scratch = await realpath(scratchFolder());
afterAll(() => removeScratch(scratch));

const long = `${'deep/'.repeat(30)}${'n'.repeat(120)}`;
const dockerfile = [
  'FROM scratch',
  `COPY ["日本 語/ファイル", "${long}", "link", "/x/"]`,
  'COPY a /y/a',
  '',
].join('\n');
const folder = await makeFolder(join(scratch, 'context'), {
  Dockerfile: dockerfile,
  '.dockerignore': '*\n!a\n!deep\n!日本*\n!l*\n',
  '日本 語/ファイル': 'x',
  [long]: 'y',
  link: '-> a',
  a: 'z',
  large: Buffer.alloc(3_000_000, 'l'),
  other: 'not sent',
});
execFileSync('mkfifo', [join(folder, 'a-fifo')]);
const tar = await buffer((await openContext(folder)).stream);
const packed = (program: string) => execFileSync(program, ['-c'], { input: tar, maxBuffer: 1e8 });

// One of each kind: the others take a context as these do.
const ENGINES: readonly EngineName[] = ['docker20', 'docker28-containerd', 'podman43'];

for (const name of ENGINES) engineGroup('a context', name, () => onEngine(name));

function onEngine(name: EngineName): void {
  let server: TestEngine;
  let engine: Engine;
  beforeAll(async () => {
    server = await startEngine(name);
    engine = await connect({ endpoint: { address: server.host }, chosenBy: 'the test says so', tried: [] });
  });
  afterAll(async () => {
    await engine?.close();
    await server?.stop();
  });

  async function build(
    place: string,
    options: ContextOptions = {},
    builder: BuilderKind = engine.builder!.kinds[0]!,
  ): Promise<BuildResult> {
    const context = await openContext(place, options);
    try {
      const events = engine.builder!.build(context.stream, { dockerfile: context.dockerfile, builder });
      for (;;) {
        const next = await events.next();
        if (next.done) return next.value;
      }
    } finally {
      await context.close();
    }
  }

  test('from a folder, with names of any length and script, links and a FIFO', async () => {
    for (const kind of engine.builder!.kinds) expect((await build(folder, {}, kind)).id).not.toBe('');
  });

  test('from a folder with a Dockerfile from elsewhere', async () => {
    const stdin = Readable.from([Buffer.from(`FROM scratch\nCOPY a /\n`)]);
    expect((await build(folder, { dockerfile: '-', stdin })).id).not.toBe('');
  });

  test.each([
    ['plain', () => tar],
    ['gzip', () => gzipSync(tar)],
    ['bzip2', () => packed('bzip2')],
    ['xz', () => packed('xz')],
    ['zstd', () => zstdCompressSync(tar)],
  ] as const)('from a tar on standard input: %s', async (_, make) => {
    expect((await build('-', { stdin: Readable.from([make()]) })).id).not.toBe('');
  });

  test('from a lone Dockerfile', async () => {
    const stdin = Readable.from([Buffer.from('FROM scratch\nLABEL a=b\n')]);
    expect((await build('-', { stdin })).id).not.toBe('');
  });
}

/** What is sent of a folder is what the machine's docker sends of it. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, realpath, utimes } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openContext } from '../../../src/engine/context/open-context.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { makeFolder, membersOf } from './context-tools.ts';

const scratch = await realpath(scratchFolder());
const socket = join(scratch, 'engine.sock');
afterAll(() => removeScratch(scratch));

/** What its tar says of each member but its bytes. */
type Description = readonly string[];

async function describeTar(stream: Readable): Promise<Description> {
  return [...(await membersOf(stream)).values()].map(({ header, body }) =>
    [
      header.name,
      header.type,
      // Older ones add the bits of the file's type.
      ((header.mode ?? 0) & 0o7777).toString(8),
      `${header.uid}:${header.gid}`,
      header.mtime?.toISOString(),
      header.linkname ?? '',
      body.toString('latin1', 0, 20),
    ].join(' '),
  );
}

/** Takes a context in place of an engine. */
let received: Promise<Description>;
const engine = createServer((request, response) => {
  response.setHeader('api-version', '1.41').setHeader('ostype', 'linux');
  if (!request.url?.includes('/build')) {
    response.end('OK');
    return;
  }
  received = describeTar(request);
  received.then(
    () => response.end('{"stream":"done"}\n'),
    () => response.destroy(),
  );
});

async function sentByDocker(folder: string): Promise<Description> {
  const env = {
    PATH: process.env['PATH'],
    HOME: scratch,
    DOCKER_HOST: `unix://${socket}`,
    DOCKER_BUILDKIT: '0',
  };
  const docker = spawn('docker', ['build', folder], { env, stdio: 'ignore' });
  const [status] = (await once(docker, 'close')) as [number];
  expect(status).toBe(0);
  return await received;
}

async function sentByUs(folder: string): Promise<Description> {
  const context = await openContext(folder);
  try {
    return await describeTar(context.stream);
  } finally {
    await context.close();
  }
}

const RULES: readonly (readonly [name: string, ignore: string | undefined])[] = [
  ['nothing left out', undefined],
  ['a plain list', 'node_modules\n*.log\n# comment\n\n/docs/\n./tmp'],
  ['wildcards', '**/*.txt\n?.md\n[a-c]x\n*/*/deep\nDocker*\n.docker*'],
  ['exceptions', '*\n!src\n!docs/a.md\n!/tmp/x\nsrc/*.log'],
  ['an order that matters', '!README.md\n*.md\n!docs\ndocs/b.md'],
  ['letters of all kinds', '日*\n\\[q\\]\nspace name'],
];

const isThere = spawnSync('docker', ['--version']).status === 0;

describe.skipIf(!isThere)("as this machine's docker sends it", () => {
  beforeAll(async () => {
    engine.listen(socket);
    await once(engine, 'listening');
  });
  afterAll(() => {
    engine.close();
    engine.closeAllConnections();
  });

  test.each(RULES)('%s', async (name, ignore) => {
    const folder = await makeFolder(join(scratch, name.replaceAll(' ', '-')), {
      Dockerfile: 'FROM scratch\n',
      ...(ignore !== undefined && { '.dockerignore': ignore }),
      'README.md': 'r',
      'x.md': 'x',
      ax: 'a',
      dx: 'd',
      'app.log': 'l',
      'node_modules/m/index.js': 'm',
      'node_modules/m/readme.txt': 'm',
      'src/main.ts': 's',
      'src/debug.log': 's',
      'src/lib/deep/x.txt': 's',
      'docs/a.md': 'd',
      'docs/b.md': 'd',
      'tmp/x': 't',
      'tmp/y': 't',
      'a+b': '+',
      aab: '+',
      '(p)/x': 'p',
      '日本/語': 'j',
      '[q]': 'q',
      'space name': ' ',
      link: '-> src',
      loop: '-> loop',
      'empty/': '',
      [`${'long/'.repeat(25)}${'n'.repeat(150)}`]: 'n',
    });
    await chmod(join(folder, 'src/main.ts'), 0o2755);
    await utimes(join(folder, 'ax'), 1_234_567_890.5, 1_234_567_890.5);
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const theirs = await sentByDocker(folder);
    expect(theirs.length).toBeGreaterThan(2);
    // Folders that hold an exception are sent with their modes here; docker leaves them to be made up.
    const ours = await sentByUs(folder);
    expect(ours.filter((row) => theirs.includes(row) || !row.includes(' directory '))).toEqual(theirs);
  });
});

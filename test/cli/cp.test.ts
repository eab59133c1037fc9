/** `nacre cp` against `docker cp` of a container made of the same image, on each kind of engine. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../support/command.ts';
import { eachKind } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { nacreHere } from './in-process.ts';
import { docker } from './process.ts';

async function filesTar(): Promise<Buffer> {
  const tar = pack();
  const facts = { mtime: new Date(1_200_000_000_000), uid: 1234, gid: 567 };
  const folder = (name: string, mode: number) => tar.entry({ ...facts, name, type: 'directory', mode });
  folder('srv', 0o2750);
  folder('srv/deep', 0o555);
  folder('usr', 0o755);
  folder('usr/lib', 0o755);
  tar.entry({ ...facts, name: 'srv/app', mode: 0o6755 }, 'first');
  tar.entry({ ...facts, name: 'srv/twin', type: 'link', linkname: 'srv/app' });
  tar.entry({ ...facts, name: 'srv/gone' }, 'gone');
  tar.entry({ ...facts, name: 'srv/empty', mode: 0 }, '');
  tar.entry({ ...facts, name: 'srv/deep/large' }, Buffer.alloc(700_000, 'large'));
  tar.entry({ ...facts, name: 'srv/deep/日本語 and blanks' }, 'name');
  tar.entry({ ...facts, name: `srv/deep/${'l'.repeat(150)}` }, 'a long name');
  tar.entry({ ...facts, name: 'srv/near', type: 'symlink', linkname: 'app' });
  tar.entry({ ...facts, name: 'srv/far', type: 'symlink', linkname: '/etc/passwd' });
  tar.entry({ ...facts, name: 'usr/lib/so', mode: 0o600 }, 'so');
  tar.entry({ ...facts, name: 'lib', type: 'symlink', linkname: 'usr/lib' });
  tar.finalize();
  return await buffer(tar);
}

/** All that two copies can differ in; folders that were there before tell of the copy only what is in them. */
function treeOf(top: string): string[] {
  const told: string[] = [];
  const inodes = new Map<number, string>();
  for (const name of readdirSync(top, { recursive: true }).map(String).sort()) {
    const path = join(top, name);
    const facts = lstatSync(path);
    const content = facts.isFile()
      ? createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 12)
      : facts.isSymbolicLink()
        ? readlinkSync(path)
        : '';
    const first = inodes.get(facts.ino) ?? name;
    inodes.set(facts.ino, first);
    const mtime = name === 'there' ? '' : Math.floor(facts.mtimeMs / 1000);
    told.push([name, facts.mode.toString(8), facts.uid, facts.gid, mtime, content, first].join(' '));
  }
  return told;
}

/** A path of the image, and where it goes: a folder that is there, or a new name. */
const COPIES: readonly (readonly [from: string, to: string])[] = [
  ['/srv', 'there'],
  ['/srv/.', 'new'],
  ['/srv/.', 'there'],
  ['/srv/', 'there/new'],
  ['/srv/app', 'there'],
  ['/srv/near', 'new'],
  ['/lib', 'new'],
  ['/lib/', 'new'],
  ['/lib/so', 'there'],
  ['/srv/empty', 'new'],
];

eachKind('copying files out of an image', (name) => {
  let engine: TestEngine;
  let folder: string;
  let container: string;
  beforeAll(async () => {
    engine = await startEngine(name);
    folder = scratchFolder();
    const maker = new ImageMaker(engine);
    await maker.importImage(await filesTar(), 'rootfs:1');
    await maker.build('rootfs:1', ['COPY later /srv/later', 'COPY later /srv/app'], {
      tags: ['app:1'],
      files: { later: 'later' },
    });
    container = await maker.container('app:1', { start: false, command: ['/none'] });
  });
  afterAll(async () => {
    await engine?.stop();
    await removeScratch(folder);
  });
  const env = () => ({
    DOCKER_HOST: engine.host,
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_STATE_HOME: folder,
    HOME: folder,
  });
  let count = 0;
  const emptyPlace = (): string => {
    const place = join(folder, `to-${count++}`);
    mkdirSync(join(place, 'there'), { recursive: true });
    return place;
  };

  it('puts there what docker cp puts there', async () => {
    for (const [from, to] of COPIES) {
      // Podman 4.3 has its own mind about `/.` and symbolic links, and takes a second for each.
      if (name === 'podman43' && from !== '/srv' && from !== '/srv/app') continue;
      const theirs = emptyPlace();
      const ours = emptyPlace();
      const copied = await docker(['cp', `${container}:${from}`, join(theirs, to)], env());
      expect({ from, ...copied }).toMatchObject({ code: 0 });
      const ended = await nacreHere(['cp', '-q', `app:1:${from}`, join(ours, to)], env());
      expect({ from, ...ended }).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(treeOf(ours), `${from} to ${to}`).toEqual(treeOf(theirs));
    }
  });

  it('writes a tar with the owners of the image, takes a single layer, and leaves alone what is there', async (context) => {
    context.skip(name !== 'docker20', 'the tar is made by nacre: one engine tells enough');
    const place = emptyPlace();
    const tar = join(place, 'a.tar');
    // Bytes of a tar are no text: the program itself writes them.
    const { extracted } = await tarOfApp(tar);
    expect(extracted).toContain('-rw------- 1234/567');
    const { stdout } = await nacreHere(['cp', '--json', '--layer', '1', 'app:1:/srv/app', place], env());
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({
      type: 'result',
      path: join(place, 'app'),
      files: 1,
      bytes: 5,
    });
    expect(readFileSync(join(place, 'app'), 'utf8')).toBe('first');
    const refused = await nacreHere(['cp', 'app:1:/srv/app', place], env());
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toMatch(/^nacre: cannot write \S+\/app: it is there already\. Choose [^\n]+\n$/);
    expect(await nacreHere(['cp', '-f', '-q', 'app:1:/srv/app', place], env())).toMatchObject({ code: 0 });
    expect(readFileSync(join(place, 'app'), 'utf8')).toBe('later');
    expect(await nacreHere(['cp', 'app:1', place], env())).toMatchObject({ code: 2 });
    expect(await nacreHere(['cp', '-l', '9', 'app:1:/srv', place], env())).toMatchObject({ code: 2 });
    expect((await nacreHere(['cp', 'app:1:/srv/gone/x', place], env())).stderr).toContain(
      'there is no /srv/gone/x',
    );
  });

  async function tarOfApp(file: string) {
    const { parseArguments, runCommand } = await import('../../src/cli/cli.ts');
    const { createWriteStream } = await import('node:fs');
    const { finished } = await import('node:stream/promises');
    const { Readable } = await import('node:stream');
    const parsed = parseArguments(['cp', '-q', 'app:1:/usr', '-']);
    if (parsed.kind === 'app') throw new Error('no command');
    const stdout = createWriteStream(file);
    const stdin = Readable.from([]) as unknown as NodeJS.ReadStream;
    expect(await runCommand(parsed, { stdin, stdout, stderr: process.stderr, env: env() })).toBe(0);
    stdout.end();
    await finished(stdout);
    return { extracted: await run('tar', ['--numeric-owner', '-tvf', file]) };
  }
});

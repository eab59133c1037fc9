/** `nacre journal` and `nacre undo` , run one after the other: what one has done the next takes back. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OciMaker } from '../support/oci-maker.ts';
import { startRegistry } from '../support/registry.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { nacreHere } from './in-process.ts';

let folder: string;
let env: Record<string, string>;
let maker: OciMaker;
beforeEach(async () => {
  folder = scratchFolder();
  maker = new OciMaker(join(folder, 'store'));
  await maker.init();
  await maker.tiny('app:1');
  env = {
    NACRE_STORE: maker.folder,
    NACRE_TRASH: join(folder, 'trash'),
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
});
afterEach(() => removeScratch(folder));

const run = async (args: readonly string[], code = 0) => {
  const ended = await nacreHere(args, env);
  expect({ args, ...ended }).toMatchObject({ code });
  return ended;
};
const names = async (): Promise<string[]> =>
  (await run(['images', '--format', '{{.Repository}}:{{.Tag}}'])).stdout.split('\n').filter(Boolean).sort();

it('lists what was done, takes the last of it back, and that back again by its id', async () => {
  expect((await run(['journal'])).stdout).toBe('');
  await run(['tag', 'app:1', 'app:2']);
  await run(['rmi', 'app:1']);
  expect((await run(['journal'])).stdout).toMatch(
    /^ID +WHEN +WHAT +SIZE +COMES BACK\n[0-9a-f]{10} +\S.* ago +untagged app:1 +at once: the names are given back\n[0-9a-f]{10} .* tagged app:2 +no: app:2 is the only name of [0-9a-f]{12}: /,
  );
  const shown = await run(['undo', '--dry-run']);
  expect(shown.stdout).toMatch(/^[0-9a-f]{10} {2}untagged app:1\n {2}give app:1 back to [0-9a-f]{12}\n$/);
  expect(await names()).toEqual(['app:2']);

  expect((await run(['undo'])).stdout).toMatch(/^app:1 is [0-9a-f]{12} again\n$/);
  expect(await names()).toEqual(['app:1', 'app:2']);
  const acts = JSON.parse((await run(['journal', '--json'])).stdout);
  expect(acts).toMatchObject([
    { what: 'by undo: tagged app:1', undoes: acts[1].id, back: { kind: 'retag', whole: true } },
    {
      what: 'untagged app:1',
      undone: { by: acts[0].id, lacks: [] },
      calls: [{ action: 'remove', state: 'done' }],
    },
    { what: 'tagged app:2' },
  ]);
  await run(['undo', acts[0].id]);
  expect(await names()).toEqual(['app:2']);
  expect((await run(['journal', '-n', '1'])).stdout.split('\n')).toHaveLength(3);
});

it('asks before it pulls, and pulls what was deleted', async () => {
  await using registry = await startRegistry();
  const name = `${registry.address}/lab/app:1`;
  await run(['tag', 'app:1', name]);
  await run(['push', '-q', name]);
  const [{ Id: id }] = JSON.parse((await run(['inspect', name])).stdout);
  await run(['rmi', '-f', id]);
  expect(await names()).toEqual([]);
  const refused = await run(['undo'], 2);
  expect(refused.stderr).toContain(
    'undo pulls and cannot ask here, because stdin is no terminal: give --yes or --dry-run',
  );
  const { stdout } = await run(['undo', '--yes', '--json']);
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text));
  expect(events[0]).toMatchObject({ type: 'undo', kind: 'pull', lacks: [] });
  expect(events.at(-1)).toMatchObject({ type: 'result', lacks: [] });
  expect(events.some(({ type }) => type === 'part')).toBe(true);
  expect(await names()).toEqual([name, 'app:1'].sort());
});

it('says in one line what cannot be taken back', async () => {
  const nothing = await run(['undo'], 1);
  expect(nothing.stderr).toBe(
    'nacre: nothing that was done to this engine can be taken back. See what was done with nacre journal.\n',
  );
  await run(['rmi', 'app:1']);
  const { id } = JSON.parse((await run(['journal', '--json'])).stdout)[0];
  const gone = await run(['undo', id], 1);
  expect(gone.stderr).toBe(
    `nacre: ${id} cannot be taken back: app:1: it came from no registry, and the trash does not have it. See nacre journal for what can be.\n`,
  );
  expect((await run(['undo', 'zzz'], 1)).stderr).toContain('has the id zzz');
  expect((await run(['journal', '-n', 'x'], 2)).stderr).toContain('--limit needs a number');
  expect((await run(['--read-only', 'undo'], 1)).stderr).toContain('--read-only forbids that');
});

it('takes nothing older back unasked where the last change cannot come back', async () => {
  await maker.tiny('lost:1', { salt: 'lost' });
  await run(['tag', 'app:1', 'app:2']);
  await run(['rmi', 'lost:1']);
  const [{ id: last }, { id: before }] = JSON.parse((await run(['journal', '--json'])).stdout);
  const told = `nacre: the last change, ${last} deleted lost:1, cannot be taken back: lost:1: it came from no registry, and the trash does not have it`;
  for (const args of [['undo'], ['undo', '--yes']]) {
    const { stdout, stderr } = await run(args, 1);
    expect({ stdout, stderr }).toEqual({
      stdout: '',
      stderr: `${told}. To take back the one before it: nacre undo ${before}.\n`,
    });
  }
  expect((await run(['undo', '--dry-run'])).stderr).toContain(told);
  expect(await names()).toEqual(['app:1', 'app:2']);
  await run(['undo', before]);
  expect(await names()).toEqual(['app:1']);
});

it('deletes nothing where the journal cannot be written, unless it is told to go without', async () => {
  mkdirSync(join(folder, 'state', 'nacre', 'changes'), { recursive: true });
  symlinkSync('/dev/full', join(folder, 'state', 'nacre', 'changes', 'changes.jsonl'));
  const refused = await run(['rmi', 'app:1'], 1);
  expect(refused).toMatchObject({ stdout: '' });
  expect(refused.stderr).toMatch(
    /^nacre: nothing was changed, because the journal of changes in \S+ cannot be written: the disk is full\. .*\[journal\] keep = false.*\n$/,
  );
  expect(await names()).toEqual(['app:1']);
  mkdirSync(join(folder, 'config', 'nacre'), { recursive: true });
  writeFileSync(join(folder, 'config', 'nacre', 'config.toml'), '[journal]\nkeep = false\n');
  expect((await run(['rmi', 'app:1'])).stdout).toContain('Untagged: app:1\n');
  rmSync(join(folder, 'state', 'nacre', 'changes', 'changes.jsonl'));
  expect((await run(['journal'])).stderr).toMatch(/^nacre: \[journal\] keep = false in the settings: /);
});

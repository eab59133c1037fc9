/** Volumes without a screen, on a real engine: planned, kept in a file and a script, pruned, pinned, and told afterwards. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { VolumeMaker } from '../support/volume-maker.ts';
import { nacreHere } from './in-process.ts';

engineGroup('volumes without a screen', 'docker20', () => {
  let engine: TestEngine;
  let maker: VolumeMaker;
  let home: string;
  beforeAll(async () => {
    engine = await startEngine('docker20');
    maker = new VolumeMaker(engine);
    await new ImageMaker(engine).base('base:1');
    home = scratchFolder();
  });
  afterAll(async () => {
    await engine?.stop();
    await removeScratch(home);
  });
  let nameless: string;
  beforeEach(async () => {
    await maker.clear();
    nameless = await maker.volume({ bytes: 7_000 });
    await maker.volume({ name: 'data', bytes: 2_000, labels: { team: 'core' } });
    await maker.volume({ name: 'used', bytes: 500 });
    await maker.container('base:1', ['used'], { name: 'web' });
  });

  const run = (...args: string[]) =>
    nacreHere(args, {
      DOCKER_HOST: engine.host,
      XDG_CACHE_HOME: home,
      XDG_CONFIG_HOME: home,
      XDG_STATE_HOME: home,
    });
  const left = async () => (await maker.volumes()).map(({ Name }) => Name).sort();
  const kept = async (...args: string[]) => {
    const { stdout } = await run('plan', '--json', ...args);
    const file = join(home, 'plan.json');
    writeFileSync(file, stdout);
    return { file, document: JSON.parse(stdout) };
  };

  it('are told when they are gone, even where the engine cannot be measured any more', async () => {
    let measured = 0;
    const proxy = createServer((asked, answer) => {
      const { method, url = '', headers } = asked;
      if (url.endsWith('/system/df') && ++measured > 1) {
        answer.writeHead(500).end('{"message":"the disk went away"}');
        return;
      }
      const onward = request({ socketPath: engine.socket, method, path: url, headers }, (came) => {
        answer.writeHead(came.statusCode!, came.headers);
        came.pipe(answer);
      });
      asked.pipe(onward);
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const { port } = proxy.address() as AddressInfo;
    const args = ['prune', '--yes', '--json', '--rule', 'unused-volumes=name=data'];
    const { stdout, stderr } = await run('--host', `tcp://127.0.0.1:${port}`, ...args);
    proxy.close();
    proxy.closeAllConnections();
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'done',
      removed: { volumes: ['data'] },
      engineTotals: { before: { volumeBytes: 9_500 }, after: null },
    });
    expect(stderr).toContain('what is left was not measured');
    expect(await left()).not.toContain('data');
  });

  it('are part of a plan only by their rule, and said to be lost', async () => {
    expect((await run('plan', '--rule', 'unused', '--rule', 'stopped-containers')).stdout).not.toMatch(
      /volume/,
    );
    const { stdout } = await run('plan', '--rule', 'unused-volumes=all');
    expect(stdout).toMatch(/^Rule +unused-volumes=all: 2 volumes, 9kB\n/);
    expect(stdout).toContain(`volume ${nameless.slice(0, 12)}: 7kB, cannot come back\n`);
    expect(stdout).toContain('volume data: 2kB, cannot come back\n');
    expect(stdout).toMatch(/\nFree +9kB\n/);
    const { document } = await kept('--rule', 'unused-volumes');
    expect(document).toMatchObject({
      volumes: [{ name: nameless, anonymous: true, size: 7_000, users: [] }],
      freedBytes: 7_000,
      exact: true,
      weight: 'irreversible',
      parts: { volumes: { bytes: 7_000 } },
      rules: [{ rule: 'unused-volumes', volumes: [nameless] }],
    });
    expect(document.disk.before.bytes - document.disk.after.bytes).toBe(7_000);
  });

  it('go as planned, and the engine says the same; the journal says that they are lost', async () => {
    const { stdout, code } = await run('prune', '--rule', 'unused-volumes=all', '--yes', '--json');
    const document = JSON.parse(stdout);
    expect({ code, outcome: document.outcome, failures: document.failures }).toEqual({
      code: 0,
      outcome: 'done',
      failures: [],
    });
    expect(document).toMatchObject({ freedBytes: 9_000, predictedBytes: 9_000, exact: true });
    expect(document.removed.volumes.toSorted()).toEqual([nameless, 'data'].toSorted());
    const { before, after } = document.engineTotals;
    expect(before.volumeBytes - after.volumeBytes).toBe(9_000);
    expect(await left()).toEqual(['used']);
    const [act] = JSON.parse((await run('journal', '--json')).stdout);
    expect(act).toMatchObject({ sizeBytes: 9_000, back: { kind: 'none', whole: false } });
    expect(act.what).toMatch(/^removed volume \S+ and 1 more$/);
    expect(act.back.lacks).toContain('volume data: what was in it is gone');
    expect(act.calls).toContainEqual(
      expect.objectContaining({
        action: 'remove-volume',
        subject: 'data',
        state: 'done',
        volume: expect.objectContaining({ name: 'data', anonymous: false, bytes: 2_000 }),
      }),
    );
  });

  it('go with the containers that have them where that is asked for', async () => {
    const { file } = await kept(
      '--rule',
      'stopped-containers',
      '--rule',
      'unused-volumes=name=used,released',
    );
    const done = await run('prune', '--plan', file, '--yes');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toMatch(/^Removed: web\nRemoved: volume used\n\nTotal reclaimed space: 500B\n/);
    expect(await left()).toEqual([nameless, 'data'].toSorted());
  });

  it('stay, all of them, where a container took one since the plan was made', async () => {
    const { file } = await kept('--rule', 'unused-volumes=all');
    const script = (await run('plan', '--rule', 'unused-volumes=all', '--script')).stdout;
    await maker.container('base:1', ['data'], { name: 'late', start: true });
    const refused = await run('prune', '--plan', file, '--yes');
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('volume data is used by a container now'),
    });
    const env = { PATH: process.env['PATH'], HOME: '/nonexistent', DOCKER_HOST: engine.host };
    const sh = () => spawnSync('sh', ['-s'], { input: script, env, encoding: 'utf8' });
    expect(sh()).toMatchObject({ status: 1, stderr: 'stopped: volume data is used by a container\n' });
    expect(await left()).toEqual([nameless, 'data', 'used'].toSorted());
    await engine.api.text('DELETE', '/containers/late', { query: { force: 'true' } });
    expect(sh()).toMatchObject({ status: 0, stderr: '' });
    expect(await left()).toEqual(['used']);
  });

  it('stay where they are pinned by name or label, and pins tell what they hold', async () => {
    expect(await run('pin', 'volume=da*', `volume=${nameless}`)).toMatchObject({ code: 0, stderr: '' });
    const { stdout } = await run('prune', '--rule', 'unused-volumes=all', '--yes');
    expect(stdout).toMatch(/^Total reclaimed space: 0B\n/);
    expect(await left()).toEqual([nameless, 'data', 'used'].toSorted());
    const pins = JSON.parse((await run('pins', '--json')).stdout);
    expect(pins[0]).toMatchObject({ pin: 'volume=da*', holds: [{ names: ['volume data'] }] });
    await run('unpin', 'volume=da*', `volume=${nameless}`);
    await run('pin', 'label=team');
    const plan = await run('plan', '--rule', 'unused-volumes=all');
    expect(plan.stdout).toMatch(/\nStays +volume data: pinned \(label team\)\n/);
    await run('unpin', 'label=team');
  });
});

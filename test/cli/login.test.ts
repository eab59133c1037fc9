/** Saying who one is to registries that ask. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { type RegistryFront, startFront } from '../support/registry-front.ts';
import { publish } from '../support/registry-image.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { openTerminal } from '../support/terminal.ts';
import { nacre } from './process.ts';

const RUN = fileURLToPath(new URL('../../dist/nacre.js', import.meta.url));

describe.each(['basic', 'token'] as const)('a registry with %s authentication', (auth) => {
  let registry: TestRegistry;
  let front: RegistryFront;
  let folder: string;
  let env: Record<string, string>;
  let count = 0;

  beforeAll(async () => {
    registry = await startRegistry();
    front = await startFront(registry.address, { auth });
    folder = scratchFolder();
    await publish(`${registry.address}/lab/private:1`);
  });
  afterAll(async () => {
    await front?.stop();
    await registry?.stop();
    await removeScratch(folder);
  });
  beforeEach(() => {
    const own = join(folder, String(++count));
    mkdirSync(own);
    env = { NACRE_STORE: join(own, 'store'), DOCKER_CONFIG: own };
  });

  const config = () => join(env['DOCKER_CONFIG']!, 'config.json');
  const run = (args: readonly string[], input = '') => nacre(args, { env, input });

  it('is pulled from after login, and not after logout', async () => {
    const image = `${front.address}/lab/private:1`;
    const { username, secret } = front.credentials;
    const before = await run(['pull', image]);
    expect(before).toMatchObject({ code: 1, stdout: '' });
    expect(before.stderr).toContain(`nacre login ${front.address}`);

    const login = await run(
      ['login', '--username', username, '--password-stdin', front.address],
      `${secret}\n`,
    );
    expect(login).toEqual({
      code: 0,
      stdout: 'Login Succeeded\n',
      stderr: `warning: the password is kept unencrypted in ${config()}\n`,
    });
    expect((await run(['pull', '-q', image])).stdout).toBe(`${image}\n`);
    expect((await run(['push', '-q', image])).stdout).toBe(`${image}\n`);
    expect(await run(['logout', front.address])).toMatchObject({
      code: 0,
      stdout: `Removing login credentials for ${front.address}\n`,
    });
    expect(readFileSync(config(), 'utf8')).not.toContain(front.address);
    expect(await run(['pull', `${front.address}/lab/private:1`])).toMatchObject({ code: 1 });
  });

  it('keeps nothing of wrong credentials, and no output has them', async () => {
    const ended = await run(['login', '-u', 'ada', '--password-stdin', front.address], 'wr0ng-secret');
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^nacre: [^\n]+\n$/);
    expect(ended.stderr).not.toContain('wr0ng-secret');
    expect(existsSync(config())).toBe(false);
    const { secret } = front.credentials;
    const warned = await run(['login', '-u', 'ada', '-p', secret, '--json', front.address]);
    expect(JSON.parse(warned.stdout)).toEqual({ domain: front.address, where: config(), encrypted: false });
    expect(warned.stderr).toContain('use --password-stdin');
    expect(warned.stdout + warned.stderr).not.toContain(secret);
  });

  it('asks on a terminal, and shows nothing of the password', async () => {
    const open = () =>
      openTerminal({
        command: process.execPath,
        args: [RUN, 'login', front.address],
        env,
        columns: 80,
        rows: 10,
      });
    const { username, secret } = front.credentials;
    const terminal = open();
    await terminal.waitFor('Username:');
    terminal.type(`${username}\r`);
    await terminal.waitFor('Password:');
    // A slip of the finger, taken back; and one line that is begun anew.
    terminal.type('oops\u0015');
    terminal.type(`${secret}x`);
    terminal.type('\u007f\r');
    await terminal.waitFor('Login Succeeded');
    expect(await terminal.exit).toMatchObject({ code: 0 });
    expect(terminal.text()).not.toContain(secret.slice(0, 4));
    expect(terminal.text()).not.toContain('oops');

    const again = open();
    await again.waitFor('Login Succeeded');
    expect(again.text()).toContain('Authenticating with existing credentials...');
  });

  it('leaves the terminal as it was on ctrl+c', async () => {
    const shell = openTerminal({
      command: '/bin/sh',
      args: [
        '-c',
        `"$0" "$1" login -u ada "$2"; echo "code $?"; stty -a`,
        process.execPath,
        RUN,
        front.address,
      ],
      env,
      columns: 100,
      rows: 20,
    });
    await shell.waitFor('Password:');
    shell.type('half\u0003');
    await shell.waitFor('code 130');
    expect(await shell.exit).toMatchObject({ code: 0 });
    expect(shell.text()).toMatch(/ echo /);
    expect(shell.text()).not.toContain('half');
    expect(existsSync(config())).toBe(false);
  });

  it.each([
    [['login', '-u', 'a', '-p', 'b', '--password-stdin']],
    [['login', '--password-stdin']],
    [['login', '-u', '', '--password-stdin']],
    [['login', '-u', 'a']],
    [['login', '-u', 'a', '--password-stdin']],
    [['login', 'a', 'b']],
  ])('%j is wrong usage', async (args) => {
    expect(await run(args)).toMatchObject({ code: 2, stdout: '' });
    expect(existsSync(config())).toBe(false);
  });
});

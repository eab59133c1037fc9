import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { EngineError } from '../../../src/engine/errors.ts';
import {
  eraseCredentials,
  readCredentials,
  storeCredentials,
} from '../../../src/engine/registry/credentials.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';

const root = scratchFolder();
let folder = '';
let env: Record<string, string> = {};
let count = 0;

beforeEach(() => {
  folder = join(root, String(++count));
  mkdirSync(folder);
  env = { DOCKER_CONFIG: folder, PATH: `${folder}:${process.env['PATH']}` };
});
afterAll(() => removeScratch(root));

const file = () => join(folder, 'config.json');
const write = (config: unknown) =>
  writeFileSync(file(), typeof config === 'string' ? config : JSON.stringify(config));
const read = () => JSON.parse(readFileSync(file(), 'utf8'));
const base64 = (text: string) => Buffer.from(text).toString('base64');
const ADA = { username: 'ada', secret: 'love:lace' };

/** A helper that keeps what it is given in a file a registry, and writes down how it was called. */
function installHelper(name: string): void {
  const script = `#!/bin/sh
echo "$0 $*" >> ${folder}/calls
case "$1" in
  get) read -r key; name=$(printf %s "$key" | tr -c 'a-z0-9\\n' _); if [ -f ${folder}/$name ]; then cat ${folder}/$name; else echo "credentials not found in native keychain"; exit 1; fi ;;
  store) read -r all; key=$(printf %s "$all" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/'); name=$(printf %s "$key" | tr -c 'a-z0-9\\n' _); printf %s "$all" > ${folder}/$name ;;
  erase) read -r key; name=$(printf %s "$key" | tr -c 'a-z0-9\\n' _); rm ${folder}/$name || { echo "credentials not found in native keychain"; exit 1; } ;;
esac
`;
  const path = join(folder, `docker-credential-${name}`);
  writeFileSync(path, script);
  chmodSync(path, 0o755);
}

async function failure(promise: Promise<unknown>): Promise<EngineError> {
  return await promise.then(
    () => expect.fail('nothing was thrown'),
    (thrown) => thrown,
  );
}

describe('credentials in config.json', () => {
  it('are none where there is no file', async () => {
    expect(await readCredentials('ghcr.io', env)).toBeUndefined();
    expect(await readCredentials('ghcr.io', { HOME: folder })).toBeUndefined();
  });

  it.each([
    ['ghcr.io', 'ghcr.io'],
    ['ghcr.io', 'https://ghcr.io'],
    ['ghcr.io', 'https://ghcr.io/v1/'],
    ['lab.example:5000', 'http://lab.example:5000/v2/'],
    ['docker.io', 'https://index.docker.io/v1/'],
    ['docker.io', 'docker.io'],
    ['docker.io', 'index.docker.io'],
  ])('of %s are found under %s', async (domain, key) => {
    write({ auths: { 'other.example': { auth: base64('x:y') }, [key]: { auth: base64('ada:love:lace') } } });
    expect(await readCredentials(domain, env)).toEqual({ credentials: ADA, from: 'config.json' });
    expect(await readCredentials('nothing.example', env)).toBeUndefined();
  });

  it('may be an identity token, padded, or plain', async () => {
    write({
      auths: {
        'a.example': { auth: base64('ada:'), identitytoken: 'abc' },
        'b.example': { auth: base64('ada:pw\0\0') },
        'c.example': { username: 'ada', password: 'pw' },
        'd.example': { auth: '' },
        'e.example': {},
        'f.example': { auth: base64('no colon') },
      },
    });
    expect((await readCredentials('a.example', env))?.credentials).toEqual({
      username: '',
      secret: 'abc',
      identityToken: true,
    });
    for (const domain of ['b.example', 'c.example']) {
      expect((await readCredentials(domain, env))?.credentials).toEqual({ username: 'ada', secret: 'pw' });
    }
    for (const domain of ['d.example', 'e.example', 'f.example']) {
      expect(await readCredentials(domain, env)).toBeUndefined();
    }
  });

  it.each(['{', '[]', '"x"', '{"auths": {"a": "secret-text"', 'secret-text'])(
    'that cannot be read are told without repeating them: %s',
    async (text) => {
      write(text);
      const error = await failure(readCredentials('ghcr.io', env));
      expect(error).toMatchObject({ code: 'bad-input' });
      expect(error.message).toContain(file());
      expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain('secret-text');
    },
  );

  it('of a strange shape are none', async () => {
    write({ auths: { 'ghcr.io': { auth: 5 }, 'x.example': null }, credHelpers: [], credsStore: 7 });
    expect(await readCredentials('ghcr.io', env)).toBeUndefined();
    expect(await readCredentials('x.example', env)).toBeUndefined();
  });

  it('are written as docker writes them: for the owner only, and nothing else is touched', async () => {
    write({
      HttpHeaders: { a: 'b' },
      auths: { 'other.example': { auth: base64('x:y') } },
      psFormat: 'table',
    });
    chmodSync(file(), 0o644);
    expect(await storeCredentials('ghcr.io', ADA, env)).toEqual({ where: file(), encrypted: false });
    expect(read()).toEqual({
      HttpHeaders: { a: 'b' },
      auths: { 'other.example': { auth: base64('x:y') }, 'ghcr.io': { auth: base64('ada:love:lace') } },
      psFormat: 'table',
    });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readFileSync(file(), 'utf8')).toContain('\n\t"auths": {');
    expect((await readCredentials('ghcr.io', env))?.credentials).toEqual(ADA);
    expect(await eraseCredentials('ghcr.io', env)).toBe(true);
    expect(await eraseCredentials('ghcr.io', env)).toBe(false);
    expect(read().auths).toEqual({ 'other.example': { auth: base64('x:y') } });
  });

  it('make the folder where there is none, and follow a link to where it leads', async () => {
    const fresh = { DOCKER_CONFIG: join(folder, 'a', 'b') };
    await storeCredentials('docker.io', { username: '', secret: 'abc', identityToken: true }, fresh);
    const stored = JSON.parse(readFileSync(join(folder, 'a', 'b', 'config.json'), 'utf8'));
    expect(stored).toEqual({
      auths: { 'https://index.docker.io/v1/': { auth: base64(':'), identitytoken: 'abc' } },
    });
    writeFileSync(join(folder, 'elsewhere.json'), '{}');
    symlinkSync(join(folder, 'elsewhere.json'), file());
    await storeCredentials('ghcr.io', ADA, env);
    expect(lstatSync(file()).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'elsewhere.json'), 'utf8')).toContain('ghcr.io');
  });
});

describe('credentials of a helper', () => {
  it('are asked of the one for that registry, else of the common one, else of the file', async () => {
    installHelper('own');
    installHelper('common');
    write({
      credHelpers: { 'ghcr.io': 'own' },
      credsStore: 'common',
      auths: { 'c.example': { auth: base64('ada:love:lace') } },
    });
    await storeCredentials('ghcr.io', ADA, env);
    await storeCredentials('b.example', ADA, env);
    expect(await readCredentials('ghcr.io', env)).toEqual({ credentials: ADA, from: 'credHelper own' });
    expect(await readCredentials('b.example', env)).toEqual({ credentials: ADA, from: 'credsStore common' });
    expect(await readCredentials('c.example', env)).toEqual({ credentials: ADA, from: 'config.json' });
    expect(await readCredentials('d.example', env)).toBeUndefined();
    // Docker's other commands look for an entry; the secret itself is only with the helper, and on no command line.
    expect(read().auths['ghcr.io']).toEqual({});
    expect(readFileSync(join(folder, 'calls'), 'utf8')).not.toContain('love');
    expect(await eraseCredentials('ghcr.io', env)).toBe(true);
    expect(await readCredentials('ghcr.io', env)).toBeUndefined();
    expect(await eraseCredentials('ghcr.io', env)).toBe(false);
  });

  it('may be an identity token', async () => {
    installHelper('own');
    write({ credsStore: 'own' });
    const token = { username: '', secret: 'abc', identityToken: true };
    expect(await storeCredentials('docker.io', token, env)).toEqual({
      where: 'credsStore own',
      encrypted: true,
    });
    expect((await readCredentials('docker.io', env))?.credentials).toEqual(token);
  });

  it.each([
    ['exit 3', /failed to get/],
    ['echo nonsense', /no credentials/],
    ['echo "cannot unlock: \u001b[31mno display"; exit 1', /cannot unlock: no display/],
    ['echo {}', /no credentials/],
  ])('that fails says so: %s', async (does, said) => {
    const path = join(folder, 'docker-credential-bad');
    writeFileSync(path, `#!/bin/sh\n${does}\n`);
    chmodSync(path, 0o755);
    write({ credsStore: 'bad' });
    const error = await failure(readCredentials('ghcr.io', env));
    expect(error).toMatchObject({ code: 'engine' });
    expect(error.message).toMatch(said);
    expect(error.hint).not.toBe('');
  });

  it('that is not installed, or is none, is named', async () => {
    write({ credsStore: 'missing' });
    expect((await failure(readCredentials('ghcr.io', env))).message).toContain('docker-credential-missing');
    write({ credsStore: '../../bin/sh' });
    expect((await failure(readCredentials('ghcr.io', env))).message).toContain('not the name of a helper');
  });
});

/** The contract: builds that need what not everybody may know, and keep it to themselves. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { BuildEvent, BuildOptions } from '../../src/engine/build.ts';
import { EngineError } from '../../src/engine/errors.ts';
import type { Credentials } from '../../src/engine/transfer.ts';
import { contextOf, followBuild, startBuild } from './contract-build-events.ts';
import { builders } from './contract-builders.ts';
import { failure, type GetSubject, stringsOf } from './contract-subject.ts';
import { follow } from './contract-transfer.ts';

const SECRET = 'wr0ng-s3cret-of-nobody';

export function buildingSecretsContract(get: GetSubject): void {
  const { each, build } = builders(get);

  each('with secrets gives them to the steps that ask, or says that it takes none', async (builder) => {
    const dockerfile = [
      'FROM base:1',
      'RUN --mount=type=secret,id=password rev /run/secrets/password',
      'RUN --mount=type=secret,id=none test ! -s /run/secrets/none',
      'COPY . /context',
      'RUN ls /context; test ! -e /run/secrets/password',
    ];
    let reads = 0;
    const read = async () => {
      reads++;
      return Buffer.from('terces ruo');
    };
    const options: BuildOptions = { builder, secrets: [{ id: 'password', read }], noCache: true };
    if (builder === 'classic') {
      await failure(build(dockerfile, options), 'unsupported');
      expect(reads).toBe(0);
      return;
    }
    const { printed, events } = await build(dockerfile, options);
    expect(printed).toEqual(['out our secret', 'out Dockerfile']);
    expect(JSON.stringify(events)).not.toContain('terces ruo');
    expect(reads).toBeGreaterThan(0);
    const wanting = ['FROM base:1', 'RUN --mount=type=secret,id=password,required=true true'];
    const error = await failure(build(wanting, { builder }), 'build-failed');
    expect(error.message).toContain('the secret password');
    const locked = new EngineError({
      code: 'permission',
      message: 'the secret is locked away',
      hint: 'Unlock it.',
    });
    const broken = { id: 'password', read: () => Promise.reject(locked) };
    expect(await failure(build(wanting, { builder, secrets: [broken], noCache: true }), 'permission')).toBe(
      locked,
    );
  });

  describe('on a private base image', () => {
    let folder = '';
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'nacre-build-'));
      process.env['DOCKER_CONFIG'] = folder;
    });
    afterAll(() => {
      delete process.env['DOCKER_CONFIG'];
      rmSync(folder, { recursive: true });
    });
    const logIn = (address: string, credentials?: Credentials) => {
      const text = `${credentials?.username}:${credentials?.secret}`;
      const auths = credentials && { [address]: { auth: Buffer.from(text).toString('base64') } };
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths }));
    };

    for (const way of ['basic', 'token'] as const) {
      each(`behind ${way} authentication is for who may, and no password is told`, async (builder) => {
        const { engine, maker, registries } = get();
        const { address, credentials } = registries[way];
        const base = `${address}/private/${builder}:1`;
        await maker.tiny(base);
        await follow(engine.push(base, { credentials }));
        await engine.remove(base);
        const dockerfile = [`FROM ${base}`, 'COPY Dockerfile /'];
        const wrong = { username: credentials.username, secret: SECRET };
        for (const login of [undefined, wrong]) {
          logIn(address, login);
          const seen: BuildEvent[] = [];
          const failed = followBuild(startBuild(engine, await contextOf(dockerfile), { builder }), seen);
          const error = await failure(failed, 'unauthorized', 'forbidden');
          expect(error.message).toContain(base);
          expect(error.hint).toContain(`nacre login ${address}`);
          const said = stringsOf([
            seen,
            { ...error, message: error.message, stack: error.stack, cause: String(error.cause) },
          ]);
          const encoded = Buffer.from(`${wrong.username}:${SECRET}`).toString('base64');
          for (const text of said) for (const secret of [SECRET, encoded]) expect(text).not.toContain(secret);
        }
        logIn(address, credentials);
        const { events } = await build(dockerfile, { builder });
        const lines = events.flatMap((event) =>
          event.type === 'line' && event.topic === 'auth' ? [event.text] : [],
        );
        expect(lines).toEqual([`${address}: credentials from config.json`]);
        expect(JSON.stringify(events)).not.toContain(credentials.secret);
      });
    }
  });
}

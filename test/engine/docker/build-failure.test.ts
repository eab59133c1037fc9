/** What builders say when they fail, told apart by what it means. */
import { describe, expect, test } from 'vitest';
import type { BuildStep } from '../../../src/engine/build.ts';
import { buildFailure, buildRefusal } from '../../../src/engine/docker/build/build-failure.ts';

const STEP: BuildStep = {
  type: 'step',
  id: '1',
  name: 'RUN make all',
  stage: 'build',
  position: 2,
  of: 5,
  internal: false,
  inputs: [],
  state: 'failed',
  startedAt: 1,
  endedAt: 2,
  error: 'x',
};
const AUTH = { headers: {}, credentials: { username: 'ada', secret: 's3cret-of-ada' }, from: 'config.json' };
const purpose = {
  dockerfile: 'web/Dockerfile',
  auths: new Map([['reg.test', AUTH]]),
} as const;
const explain = (said: string, step?: Partial<BuildStep>, tail: readonly string[] = []) =>
  buildFailure({ said, step: step && { ...STEP, ...step }, tail }, purpose);

describe('a failed build', () => {
  test.each<[said: string, step: Partial<BuildStep> | undefined, wanted: object]>([
    [
      'process "/bin/sh -c make all" did not complete successfully: exit code: 137',
      {},
      {
        code: 'build-failed',
        message: 'cannot build: [build 2/5] RUN make all: exit code 137',
        hint: expect.stringContaining('memory'),
      },
    ],
    [
      'exit code: 127',
      { stage: '0' },
      { message: 'cannot build: [2/5] RUN make all: exit code 127', hint: expect.stringContaining('PATH') },
    ],
    [
      'exit code: 1',
      { internal: true, position: undefined, name: 'exporting to image' },
      { message: 'cannot build: exporting to image: exit code 1' },
    ],
    [
      'exit code: 1',
      { name: `RUN ${'x'.repeat(1000)}` },
      { message: expect.stringMatching(/^.{200,260}…: exit code 1$/) },
    ],
    [
      'rpc error: code = Unknown desc = mount failed\nbadly',
      undefined,
      { code: 'build-failed', message: 'cannot build: mount failed badly' },
    ],
    ['write /x: no space left on device', {}, { code: 'no-space' }],
    [
      'process "/bin/sh -c make all" did not complete successfully: context canceled',
      {},
      { code: 'build-failed', message: 'cannot build: it was stopped on the engine' },
    ],
    [
      'process "/bin/sh -c echo no space left on device; exit 3" did not complete successfully: exit code: 3',
      { name: 'RUN echo no space left on device; exit 3' },
      { code: 'build-failed', message: expect.stringMatching(/: exit code 3$/) },
    ],
    [
      'connection refused',
      { name: 'resolve image config for docker-image://reg.test/a/syntax:1', internal: true },
      {
        code: 'unreachable',
        message: expect.stringMatching(/^cannot pull the image of its syntax reg.test/),
      },
    ],
    [
      'rpc error: code = Unavailable desc = closing transport: graceful_stop',
      {},
      { code: 'unreachable', retryable: true },
    ],
    [
      'network mode "lan" not supported by buildkit',
      undefined,
      { code: 'unsupported', hint: expect.stringContaining('classic') },
    ],
    [
      'Dockerfile parse error line 7: FROM requires either one or three arguments',
      undefined,
      { code: 'bad-input', message: 'web/Dockerfile, line 7: FROM requires either one or three arguments' },
    ],
    [
      'stat /var/tmp/libpod_builder1/build/web/Dockerfile: no such file or directory',
      undefined,
      { code: 'bad-input', message: 'cannot build: the context has no web/Dockerfile' },
    ],
    ['stat /var/tmp/other: no such file or directory', undefined, { code: 'build-failed' }],
    [
      'creating build container: short-name "app" did not resolve to an alias and no unqualified-search registries are defined',
      { name: 'FROM app' },
      { code: 'not-found', hint: expect.stringContaining('docker.io') },
    ],
    [
      'no match for platform in manifest: not found',
      { name: 'load metadata for reg.test/a/b:1', internal: true, position: undefined },
      {
        code: 'not-found',
        message: 'cannot pull the base image reg.test/a/b:1: reg.test does not have it for that platform',
      },
    ],
    [
      'failed to authorize: failed to fetch oauth token: unauthorized: wrong password',
      { name: 'FROM reg.test/a/b:1' },
      {
        code: 'unauthorized',
        message: 'cannot pull the base image reg.test/a/b:1: reg.test does not accept the credentials',
      },
    ],
    [
      'invalid from flag value reg.test/a/b:1: manifest unknown: manifest unknown',
      { name: 'COPY --from=reg.test/a/b:1 /x /' },
      { code: 'not-found' },
    ],
  ])('%j', (said, step, wanted) => {
    const error = explain(said, step);
    expect(error).toMatchObject(wanted);
    expect(error.hint).not.toBe('');
  });

  test('repeats what its step printed last, and no credentials', () => {
    expect(explain('exit code: 1', {}, ['one', 'two']).detail).toBe('one\ntwo');
    expect(explain('exit code: 1', {}).detail).toBe('exit code: 1');
    const basic = Buffer.from('ada:s3cret-of-ada').toString('base64');
    const error = explain(
      `denied: ada sent s3cret-of-ada, ${basic}, https://bob:hidden@reg.test and token=abcdef`,
      {},
    );
    const said = `${error.message} ${error.detail}`;
    for (const secret of ['s3cret', basic, 'hidden', 'abcdef']) expect(said).not.toContain(secret);
    const refused = buildRefusal(401, '{"message":"no s3cret-of-ada here"}', purpose);
    expect(refused.code).toBe('unauthorized');
    expect(`${refused.message} ${refused.detail}`).not.toContain('s3cret-of-ada');
  });
});

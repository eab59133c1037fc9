import { describe, expect, test } from 'vitest';
import { connectionFailure } from '../../src/engine/docker/failure.ts';
import { refusal, refusalMessage } from '../../src/engine/docker/refusal.ts';
import { asEngineError, EngineError, isAbort } from '../../src/engine/errors.ts';
import { redact } from '../../src/engine/redact.ts';

describe('any thrown value', () => {
  test('is an engine error', () => {
    const known = new EngineError({ code: 'in-use', message: 'm', hint: 'h' });
    expect(asEngineError(known)).toBe(known);
    expect(asEngineError(new DOMException('x', 'AbortError')).code).toBe('cancelled');
    expect(asEngineError('text')).toMatchObject({ code: 'engine', message: 'text' });
    expect(asEngineError(new TypeError('odd')).cause).toBeInstanceOf(TypeError);
  });

  test('an abort is told from the rest', () => {
    expect(isAbort(AbortSignal.abort().reason)).toBe(true);
    expect(isAbort(new Error('x'))).toBe(false);
  });
});

describe("an engine's refusal", () => {
  const remove = { doing: 'remove app:1', subject: 'image app:1' };
  // What Docker 20, 28 (classic and containerd store) and Podman 4 and 5 say.
  test.each([
    [404, '{"message":"No such image: app:1"}', 'not-found'],
    [404, '{"message":"no such image: app:1: No such image: app:1"}', 'not-found'],
    [
      404,
      '{"cause":"x","message":"failed to find image app:1: docker.io/library/app:1: No such image","response":404}',
      'not-found',
    ],
    [
      500,
      '{"cause":"image not known","message":"could not find local image for filter \\"since\\": nope: image not known","response":500}',
      'not-found',
    ],
    [500, '{"message":"sha256:abc: no 64-byte hexadecimal value","response":500}', 'not-found'],
    [
      409,
      '{"message":"conflict: unable to delete ff60817cf4b5 (must be forced) - image is referenced in multiple repositories"}',
      'several-names',
    ],
    [
      500,
      '{"message":"unable to delete image \\"8a2c\\" by ID with more than one tag ([a b]): please force removal"}',
      'several-names',
    ],
    [
      409,
      '{"message":"conflict: unable to delete ff60817cf4b5 (cannot be forced) - image has dependent child images"}',
      'has-children',
    ],
    [
      409,
      '{"message":"conflict: unable to remove repository reference \\"app:1\\" (must force) - container 6bf07ff64387 is using its referenced image ff60817cf4b5"}',
      'in-use',
    ],
    [
      409,
      '{"message":"image app:1 is in use: image used by 6bf0: image is in use by a container: consider listing external containers"}',
      'in-use',
    ],
    [409, '{"message":"container state improper"}', 'in-use'],
    [400, '{"message":"invalid reference format"}', 'bad-input'],
    [500, '{"message":"invalid tag format"}', 'bad-input'],
    [500, '{"message":"unsupported image filter \\"bogus\\""}', 'bad-input'],
    [400, '{"message":"Invalid filter \'bogus\'"}', 'bad-input'],
    [
      500,
      '{"errorDetail":{"message":"unauthorized: authentication required"},"error":"unauthorized"}',
      'unauthorized',
    ],
    [500, '{"message":"Head \\"https://r/v2/\\": no basic auth credentials"}', 'unauthorized'],
    [403, '{"message":"denied by the policy"}', 'forbidden'],
    [500, '{"message":"write /var/lib/x: no space left on device"}', 'no-space'],
    [501, '{"message":"not here"}', 'unsupported'],
    [500, '{"message":"something else"}', 'engine'],
    [500, '', 'engine'],
  ])('%i %s is %s', (status, body, code) => {
    const error = refusal(status, body, remove);
    expect(error.code).toBe(code);
    expect(error.message).toContain('app:1');
    expect(error.hint).not.toBe('');
  });

  test('of a route it does not have is unsupported', () => {
    expect(refusal(404, 'Not Found', { doing: 'prune the build cache' }).code).toBe('unsupported');
  });

  test('says of containers whether they run', () => {
    const running =
      '{"message":"conflict: unable to delete 1 (cannot be forced) - image is being used by running container 2"}';
    const stopped =
      '{"message":"conflict: unable to delete 1 (must be forced) - image is being used by stopped container 2"}';
    expect(refusal(409, running, remove).hint).toContain('Stop');
    expect(refusal(409, stopped, remove).hint).toContain('force');
  });

  test('is read from JSON, from text, and made safe', () => {
    expect(refusalMessage('client version 1.12 is too old')).toBe('client version 1.12 is too old');
    expect(refusalMessage('{"errorDetail":{"message":"deep"}}')).toBe('deep');
    expect(refusalMessage('{"message":"a\\u001b[31mb"}')).toBe('ab');
    expect(refusalMessage('[1]')).toBe('[1]');
  });
});

describe('secrets', () => {
  test.each([
    'https://user:hunter2@registry.example/v2/',
    'Authorization: Bearer hunter2.abc',
    'Authorization: Basic hunter2==',
    '{"password":"hunter2"}',
    '{"identitytoken": "hunter2"}',
    'password=hunter2&x=1',
    'token: hunter2',
  ])('do not survive in %s', (text) => {
    expect(redact(text)).not.toContain('hunter2');
  });

  test('are not seen in what is none', () => {
    const text = 'manifest for registry.example:5000/a@sha256:0123 not found';
    expect(redact(text)).toBe(text);
  });
});

describe('a failed connection', () => {
  test.each([
    ['ENOENT', 'unreachable', 'no such socket'],
    ['ECONNREFUSED', 'unreachable', 'nothing listens'],
    ['EACCES', 'permission', 'permission denied'],
    ['EPERM', 'permission', 'permission denied'],
    ['ENOTFOUND', 'unreachable', 'no such host'],
    ['UND_ERR_SOCKET', 'unreachable', 'broke'],
    ['UND_ERR_CONNECT_TIMEOUT', 'unreachable', 'does not answer'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'unreachable', 'certificate'],
    ['EWHATEVER', 'unreachable', 'odd'],
  ])('%s', (code, expected, why) => {
    const error = connectionFailure('unix:///x.sock', Object.assign(new Error('odd'), { code }));
    expect(error.code).toBe(expected);
    expect(error.message).toContain('unix:///x.sock');
    expect(error.message).toContain(why);
    expect(error.hint).not.toBe('');
  });

  test('keeps no password of its address', () => {
    expect(connectionFailure('tcp://me:hunter2@host:1', new Error('x')).message).not.toContain('hunter2');
  });

  test('of several addresses tells of the first', () => {
    const one = Object.assign(new Error('a'), { code: 'ECONNREFUSED' });
    expect(connectionFailure('tcp://h:1', new AggregateError([one])).message).toContain('nothing listens');
  });
});

/** What engines said, as recorded, and what it means. */
import { describe, expect, test } from 'vitest';
import {
  type TransferPurpose,
  transferFailure,
  transferRefusal,
} from '../../../src/engine/docker/transfer-failure.ts';
import { EngineError } from '../../../src/engine/errors.ts';

const HOST = '127.0.0.1:5000';
const NAME = `${HOST}/acme/app:1`;
const CREDENTIALS = { username: 'ada', secret: 's3cret' };
const purpose = (verb: TransferPurpose['verb'], isKnown = false): TransferPurpose =>
  verb === 'pull' || verb === 'push'
    ? { verb, subject: NAME, registry: HOST, ...(isKnown && { credentials: CREDENTIALS }) }
    : { verb, subject: verb === 'save' ? 'app:1' : '', registry: '' };

const said = (text: string) => text.replaceAll('HOST', HOST);

describe('a failed pull', () => {
  test.each<[engine: string, status: number, message: string, code: string]>([
    [
      'Docker 20',
      404,
      'manifest for HOST/acme/app:9 not found: manifest unknown: manifest unknown',
      'not-found',
    ],
    [
      'containerd',
      404,
      'failed to resolve reference "HOST/acme/app:9": HOST/acme/app:9: not found',
      'not-found',
    ],
    [
      'Podman 4',
      200,
      'initializing source docker://HOST/a/one:9: reading manifest 9 in HOST/a/one: manifest unknown: manifest unknown',
      'not-found',
    ],
    ['Docker 20', 500, 'Head "http://HOST/v2/a/one/manifests/1": no basic auth credentials', 'unauthorized'],
    ['Docker 28', 401, 'unauthorized: authentication required', 'unauthorized'],
    [
      'containerd',
      500,
      'failed to resolve reference "HOST/a/one:1": pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials',
      'unauthorized',
    ],
    [
      'containerd',
      500,
      'unknown: failed to resolve reference "HOST/a/one:1": unexpected status from HEAD request to http://HOST/v2/a/one/manifests/1: 401 Unauthorized',
      'unauthorized',
    ],
    [
      'Podman 4',
      200,
      'reading manifest 1 in HOST/a/one: unauthorized: authentication required',
      'unauthorized',
    ],
    ['Docker 20', 500, 'Get "http://HOST/v2/": dial tcp HOST: connect: connection refused', 'unreachable'],
    [
      'Docker 28',
      500,
      'Get "https://nowhere.invalid/v2/": dial tcp: lookup nowhere.invalid on 10.0.0.1:53: no such host',
      'unreachable',
    ],
    [
      'Podman 4',
      200,
      'pinging container registry HOST: Get "https://HOST/v2/": http: server gave HTTP response to HTTPS client',
      'unreachable',
    ],
    ['Docker', 500, 'Get "https://HOST/v2/": x509: certificate signed by unknown authority', 'unreachable'],
    ['Docker', 500, 'toomanyrequests: You have reached your pull rate limit.', 'unreachable'],
    ['Docker', 500, 'received unexpected HTTP status: 500 Internal Server Error', 'unreachable'],
    [
      'containerd',
      500,
      'unexpected status from HEAD request to http://HOST/v2/a/manifests/1: 503 Service Unavailable',
      'unreachable',
    ],
    ['Docker', 200, 'filesystem layer verification failed for digest sha256:01', 'corrupt'],
    [
      'containerd',
      200,
      'failed to copy: httpReadSeeker: failed open: content at http://HOST/v2/ not found',
      'corrupt',
    ],
    ['containerd', 200, 'short read: expected 10 bytes but got 5: unexpected EOF', 'corrupt'],
    ['Podman', 200, 'writing blob: Digest did not match, expected sha256:01, got sha256:02', 'corrupt'],
    ['Docker', 200, 'write /var/lib/docker/tmp/x: no space left on device', 'no-space'],
    ['Docker', 404, 'no matching manifest for linux/s390x in the manifest list entries', 'not-found'],
    ['Docker', 200, 'image operating system "windows" cannot be used on this platform', 'unsupported'],
    ['Docker', 400, 'invalid reference format', 'bad-input'],
    ['none', 500, 'something nobody has seen before', 'engine'],
    ['none', 500, '', 'engine'],
  ])('on %s, %i %j', (_, status, message, code) => {
    const text = said(message);
    const error =
      status === 200
        ? transferFailure(text, purpose('pull'))
        : transferRefusal(status, text && JSON.stringify({ message: text }), purpose('pull'));
    expect(error).toMatchObject({ code, detail: text, message: expect.stringContaining(NAME) });
    expect(error.hint).not.toBe('');
    if (code === 'unauthorized') expect(error.hint).toContain(`nacre login ${HOST}`);
    if (code === 'unreachable') expect(error.retryable).toBe(true);
  });

  test('tells who has no credentials from who has not the right ones, and from who may not', () => {
    const denied = 'pull access denied for acme/app, repository does not exist or may require docker login';
    expect(transferFailure(denied, purpose('pull'))).toMatchObject({ code: 'unauthorized' });
    expect(transferFailure(denied, purpose('pull', true))).toMatchObject({ code: 'forbidden' });
    const wrong = transferFailure('unauthorized: incorrect username or password', purpose('pull', true));
    expect(wrong).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('does not accept'),
    });
    const hub = { ...purpose('pull'), registry: 'docker.io', subject: 'acme/app:1' };
    expect(transferFailure(denied, hub).hint).toContain('`nacre login`');
  });

  test('is not told by what the image is called', () => {
    for (const name of ['acme/certificate', 'unauthorized', 'a', 'timeout.d/denied-access']) {
      const missing = `failed to resolve reference "${HOST}/${name}:1": ${HOST}/${name}:1: not found`;
      const about = { ...purpose('pull'), subject: `${HOST}/${name}:1` };
      expect(transferRefusal(404, missing, about)).toMatchObject({ code: 'not-found', detail: missing });
      const refused = `Head "http://${HOST}/v2/${name}/manifests/1": no basic auth credentials`;
      expect(transferFailure(refused, about)).toMatchObject({ code: 'unauthorized', detail: refused });
    }
  });

  test('repeats no secret', () => {
    for (const text of [
      'Get "https://ada:s3cret@HOST/v2/": Authorization: Basic YWRhOnMzY3JldA== refused',
      'ada may not come in with s3cret',
      'what is YWRhOnMzY3JldA== for?',
      'Get "https://storage.test/data?verify=17-YWRhOnMzY3JldA%3D&X-Amz-Signature=s3cret": EOF',
    ]) {
      const error = transferFailure(text, purpose('pull', !text.includes('storage')));
      expect(`${error.message} ${error.hint} ${error.detail}`).not.toMatch(/s3cret|YWRhOnMzY3JldA/);
    }
  });
});

describe('a failed push', () => {
  test.each([
    ['An image does not exist locally with the tag: HOST/acme/app', 'not-found'],
    ['tag does not exist: HOST/acme/app:1', 'not-found'],
    ['no basic auth credentials', 'unauthorized'],
    [
      'trying to reuse blob sha256:01 at destination: checking whether a blob sha256:01 exists in HOST/a: unauthorized: authentication required',
      'unauthorized',
    ],
    [
      'failed to do request: Head "https://HOST/v2/": dial tcp HOST: connect: connection refused',
      'unreachable',
    ],
    [
      'image with reference x was found but does not provide the specified platform (linux/arm64)',
      'not-found',
    ],
  ])('%j', (message, code) => {
    expect(transferFailure(said(message), purpose('push'))).toMatchObject({ code });
  });

  test('of Podman 5 is a refusal in the shape of a line', () => {
    const text = 'unauthorized: authentication required';
    const body = JSON.stringify({ errorDetail: { message: text }, error: text });
    expect(transferRefusal(500, body, purpose('push'))).toMatchObject({ code: 'unauthorized', detail: text });
  });
});

describe('a failed load or import', () => {
  const podman = (why: string) =>
    `failed to load image: payload does not match any of the supported image formats:\n * oci: parsing "localhost/x": invalid reference format: repository name must be lowercase\n * docker-archive: loading tar component manifest.json: ${why}`;
  test.each([
    ['load', 'Error processing tar file(exit status 1): archive/tar: invalid tar header', 'bad-input'],
    ['load', 'open /var/lib/docker/tmp/docker-import-1/repositories: no such file or directory', 'bad-input'],
    ['load', 'unrecognized image format', 'bad-input'],
    ['load', podman('file does not exist'), 'bad-input'],
    ['load', podman('unexpected EOF'), 'corrupt'],
    ['load', 'Error processing tar file(exit status 1): unexpected EOF', 'corrupt'],
    [
      'load',
      'failed to ingest "blobs/sha256/01": short read: expected 9 bytes but got 5: unexpected EOF',
      'corrupt',
    ],
    ['load', 'write /x: no space left on device', 'no-space'],
    ['import', 'archive/tar: invalid tar header', 'bad-input'],
    ['import', 'FROB is not a valid change command', 'bad-input'],
    ['import', 'unable to import tarball: invalid change "FROB x" - invalid instruction FROB', 'bad-input'],
    ['import', 'processing tar file(unexpected EOF): exit status 1', 'corrupt'],
  ] as const)('of %s %j', (verb, message, code) => {
    const error = transferFailure(message, purpose(verb));
    expect(error).toMatchObject({ code, message: expect.stringMatching(`cannot ${verb} the archive: `) });
    expect(error.hint).not.toMatch(/login|registry/);
  });
});

test('a credential helper that is gone is named where the registry wants a login', () => {
  const problem = new EngineError({
    code: 'engine',
    message: 'the credential helper docker-credential-gone failed to get: it is not installed',
    hint: 'Install or repair it.',
  });
  const error = transferFailure('no basic auth credentials', {
    ...purpose('pull'),
    credentialsProblem: problem,
  });
  expect(error).toMatchObject({
    code: 'unauthorized',
    hint: `Here ${problem.message}. ${problem.hint}`,
  });
});

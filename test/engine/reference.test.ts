import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/errors.ts';
import { familiarize, isImageId, parseNewName, parseReference, shortId } from '../../src/engine/reference.ts';

const HEX = '0123456789abcdef'.repeat(4);

describe('a reference', () => {
  test.each([
    // text, domain, path, tag, digest, familiar
    ['app', 'docker.io', 'library/app', '', '', 'app'],
    ['app:1', 'docker.io', 'library/app', '1', '', 'app:1'],
    ['team/app', 'docker.io', 'team/app', '', '', 'team/app'],
    ['docker.io/app', 'docker.io', 'library/app', '', '', 'app'],
    ['docker.io/library/app:1', 'docker.io', 'library/app', '1', '', 'app:1'],
    ['index.docker.io/app:1', 'docker.io', 'library/app', '1', '', 'app:1'],
    ['index.docker.io/team/app', 'docker.io', 'team/app', '', '', 'team/app'],
    ['docker.io/library/a/b', 'docker.io', 'library/a/b', '', '', 'library/a/b'],
    ['localhost/app', 'localhost', 'app', '', '', 'localhost/app'],
    ['localhost:5000/a/b:tag', 'localhost:5000', 'a/b', 'tag', '', 'localhost:5000/a/b:tag'],
    ['localhost:5000/app', 'localhost:5000', 'app', '', '', 'localhost:5000/app'],
    ['app:5000', 'docker.io', 'library/app', '5000', '', 'app:5000'],
    ['127.0.0.1:5000/a:b', '127.0.0.1:5000', 'a', 'b', '', '127.0.0.1:5000/a:b'],
    ['[::1]:5000/app:1', '[::1]:5000', 'app', '1', '', '[::1]:5000/app:1'],
    ['[2001:db8::1]/a/b', '[2001:db8::1]', 'a/b', '', '', '[2001:db8::1]/a/b'],
    ['ghcr.io/a/b/c/d:v1.2-rc_3', 'ghcr.io', 'a/b/c/d', 'v1.2-rc_3', '', 'ghcr.io/a/b/c/d:v1.2-rc_3'],
    ['UPPER/app', 'UPPER', 'app', '', '', 'UPPER/app'],
    ['a--b/c__d.e-f', 'docker.io', 'a--b/c__d.e-f', '', '', 'a--b/c__d.e-f'],
    [`app@sha256:${HEX}`, 'docker.io', 'library/app', '', `sha256:${HEX}`, `app@sha256:${HEX}`],
    [`r.io:1/a:t@sha256:${HEX}`, 'r.io:1', 'a', 't', `sha256:${HEX}`, `r.io:1/a:t@sha256:${HEX}`],
    [
      `app@sha512:${HEX}${HEX}`,
      'docker.io',
      'library/app',
      '',
      `sha512:${HEX}${HEX}`,
      `app@sha512:${HEX}${HEX}`,
    ],
    ['cafe', 'docker.io', 'library/cafe', '', '', 'cafe'],
    [`x:${'t'.repeat(128)}`, 'docker.io', 'library/x', 't'.repeat(128), '', `x:${'t'.repeat(128)}`],
    [`a/${'b'.repeat(253)}`, 'docker.io', `a/${'b'.repeat(253)}`, '', '', `a/${'b'.repeat(253)}`],
  ])('%s', (text, domain, path, tag, digest, familiar) => {
    const reference = parseReference(text);
    expect({ ...reference }).toEqual({ domain, path, tag, digest });
    expect(reference.familiar()).toBe(familiar);
    // The full form means the same, and so does the familiar one.
    expect({ ...parseReference(reference.full()) }).toEqual({ domain, path, tag, digest });
    expect({ ...parseReference(familiar) }).toEqual({ domain, path, tag, digest });
  });

  test.each([
    ['', 'empty', 'app:1'],
    [' app', 'blanks', 'Write app.'],
    ['App', 'lower case', 'Try "app".'],
    ['team/App:V1', 'lower case', 'Try "team/app:V1".'],
    ['localhost:5000/Team/App:V1', 'lower case', 'Try "localhost:5000/team/app:V1".'],
    ['app:', 'not a tag', 'tag'],
    ['app:-x', 'not a tag', 'tag'],
    ['app:a:b', 'not a tag', 'tag'],
    [`app:${'t'.repeat(129)}`, 'longer than 128', 'tag'],
    [`a/${'b'.repeat(254)}`, 'longer than 255', 'shorter'],
    ['a..b', 'not a repository name', 'lower-case'],
    ['a___b', 'not a repository name', 'lower-case'],
    ['-a', 'not a repository name', 'lower-case'],
    ['a/', 'not a repository name', 'lower-case'],
    ['/a', 'not a repository name', 'lower-case'],
    ['a//b', 'not a repository name', 'lower-case'],
    ['<none>:<none>', 'not a repository name', 'lower-case'],
    ['a b', 'not a repository name', 'lower-case'],
    ['exa_mple.com:5000/a', 'not a registry host', 'registry.example'],
    ['host.:5000/a', 'not a registry host', 'registry.example'],
    [HEX, 'image id', 'app:1'],
    ['app@sha256:abc', 'not a digest', '64'],
    [`app@sha256:${HEX.toUpperCase()}`, 'not a digest', '64'],
    [`app@md5:${HEX}`, 'not a known digest algorithm', 'sha256'],
    ['app@', 'not a digest', '64'],
    ['漢字', 'not a repository name', 'lower-case'],
  ])('cannot be %j', (text, why, hint) => {
    const error = failureOf(() => parseReference(text));
    expect(error.code).toBe('bad-input');
    expect(error.message).toContain(why);
    expect(error.hint).toContain(hint);
  });

  test('is tagged latest only where it says nothing', () => {
    expect(parseReference('app').withDefaultTag().familiar()).toBe('app:latest');
    expect(parseReference('app:1').withDefaultTag().familiar()).toBe('app:1');
    expect(parseReference(`app@sha256:${HEX}`).withDefaultTag().tag).toBe('');
  });

  test('keeps its domain where the rest would read as another registry', () => {
    expect(familiarize('docker.io/my.team/app')).toBe('docker.io/my.team/app');
    expect(parseReference('docker.io/my.team/app').familiar()).toBe('docker.io/my.team/app');
  });
});

describe('an id', () => {
  test.each([`sha256:${HEX}`, HEX, HEX.slice(0, 12), 'sha256:01', 'cafe', 'deadbeef'])(
    'can be %s',
    (text) => {
      expect(isImageId(text)).toBe(true);
    },
  );

  test.each([
    '',
    'abc',
    'app',
    'cafe:1',
    `${HEX}0`,
    'sha256:',
    HEX.toUpperCase(),
    'sha512:01',
    'g'.repeat(12),
  ])('cannot be %j', (text) => {
    expect(isImageId(text)).toBe(false);
  });

  test('is short with twelve digits', () => {
    expect(shortId(`sha256:${HEX}`)).toBe('0123456789ab');
    expect(shortId(HEX)).toBe('0123456789ab');
  });
});

describe('a new name', () => {
  test('is tagged latest where no tag is said', () => {
    expect(parseNewName('app').familiar()).toBe('app:latest');
    expect(parseNewName('reg.io/a/b:1').familiar()).toBe('reg.io/a/b:1');
  });

  test.each([
    [`app@sha256:${HEX}`, 'app:latest'],
    [`team/app:1@sha256:${HEX}`, 'team/app:1'],
  ])('cannot be %j', (text, instead) => {
    expect(failureOf(() => parseNewName(text))).toMatchObject({
      code: 'bad-input',
      hint: expect.stringContaining(instead),
    });
  });
});

function failureOf(run: () => unknown): EngineError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof EngineError) return thrown;
    throw thrown;
  }
  throw new Error('it was accepted');
}

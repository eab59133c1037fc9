import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import type { Descriptor, OciPlatform } from '../../../src/engine/oci/descriptor.ts';
import { digestOf } from '../../../src/engine/oci/digest.ts';
import {
  choosePlatform,
  HOST_PLATFORM,
  normalPlatform,
  parsePlatform,
  showPlatform,
} from '../../../src/engine/oci/platform.ts';

const entry = (platform?: OciPlatform): Descriptor => ({
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: digestOf(JSON.stringify(platform ?? 'none')),
  size: 1,
  ...(platform && { platform }),
});
const named = (text: string): OciPlatform => {
  const [os = '', architecture = '', variant] = text.split('/');
  return { os, architecture, ...(variant && { variant }) };
};
const chosen = (offered: readonly string[], wanted: string): string | undefined => {
  const found = choosePlatform(
    offered.map((text) => entry(named(text))),
    parsePlatform(wanted),
  );
  return found?.platform && showPlatform(found.platform);
};

describe('a platform', () => {
  test.each([
    ['linux/amd64', 'linux/amd64'],
    ['amd64', 'linux/amd64'],
    ['x86_64', 'linux/amd64'],
    ['aarch64', 'linux/arm64'],
    ['linux/aarch64', 'linux/arm64'],
    ['arm64/v8', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm', 'linux/arm/v7'],
    ['armel', 'linux/arm/v6'],
    ['linux/arm/v6', 'linux/arm/v6'],
    ['LINUX/AMD64', 'linux/amd64'],
    ['windows/amd64', 'windows/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['linux/s390x', 'linux/s390x'],
  ])('%s is read as %s', (text, shown) => {
    expect(showPlatform(parsePlatform(text))).toBe(shown);
  });

  test.each([
    '',
    '/',
    'linux/',
    '/amd64',
    'linux/amd64/v1/x',
    'linux/am d64',
    'linux/amd64/\u001b[2J',
    '../x/y',
  ])('%j is refused with what to write', (text) => {
    expect(() => parsePlatform(text)).toThrow(EngineError);
    expect(() => parsePlatform(text)).toThrow(/is no platform/);
  });

  test('of this machine is a Linux one', () => {
    expect(showPlatform(HOST_PLATFORM)).toMatch(/^linux\/[a-z0-9]+/);
    expect(normalPlatform(HOST_PLATFORM)).toEqual(HOST_PLATFORM);
  });
});

describe('choosing from an index', () => {
  test('takes the same architecture, whatever the order', () => {
    expect(chosen(['linux/arm64/v8', 'linux/amd64', 'linux/arm/v7'], 'linux/amd64')).toBe('linux/amd64');
    expect(chosen(['linux/amd64', 'linux/arm64'], 'linux/arm64/v8')).toBe('linux/arm64');
  });

  test('prefers the same variant and takes the next lower one', () => {
    const offered = ['linux/arm/v5', 'linux/arm/v7', 'linux/arm/v6'];
    expect(chosen(offered, 'linux/arm')).toBe('linux/arm/v7');
    expect(chosen(offered, 'linux/arm/v6')).toBe('linux/arm/v6');
    expect(chosen(['linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v7')).toBe('linux/arm/v6');
    expect(chosen(['linux/arm/v7'], 'linux/arm/v6')).toBeUndefined();
    expect(chosen(['linux/amd64/v2', 'linux/amd64'], 'linux/amd64/v3')).toBe('linux/amd64/v2');
    expect(chosen(['linux/amd64/v2'], 'linux/amd64')).toBeUndefined();
    expect(chosen(['linux/arm/v7'], 'linux/arm64')).toBe('linux/arm/v7');
  });

  test('never takes another system, an attestation or an entry that names no platform', () => {
    expect(chosen(['windows/amd64', 'unknown/unknown'], 'linux/amd64')).toBeUndefined();
    expect(choosePlatform([entry()], parsePlatform('linux/amd64'))).toBeUndefined();
  });

  test('takes the first of two that fit alike', () => {
    const first = { ...entry(named('linux/amd64')), digest: digestOf('first') };
    const second = { ...entry(named('linux/amd64')), digest: digestOf('second') };
    expect(choosePlatform([first, second], parsePlatform('amd64'))).toBe(first);
  });
});

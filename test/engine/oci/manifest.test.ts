import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { readDescriptor } from '../../../src/engine/oci/descriptor.ts';
import { digestOf, isDigest } from '../../../src/engine/oci/digest.ts';
import { readManifest } from '../../../src/engine/oci/manifest.ts';
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  isForeignLayer,
  OCI_INDEX,
  OCI_LAYER_GZIP,
  OCI_MANIFEST,
} from '../../../src/engine/oci/media-type.ts';

const blob = (text: string, mediaType = OCI_LAYER_GZIP) => ({
  mediaType,
  digest: digestOf(text),
  size: text.length,
});
const read = (value: unknown, type = '') =>
  readManifest(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), type, 'app:1');
const failing = (value: unknown, type = ''): EngineError => {
  try {
    read(value, type);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(EngineError);
    return thrown as EngineError;
  }
  return expect.fail('it was read');
};
const manifest = { schemaVersion: 2, config: blob('config'), layers: [blob('one'), blob('two')] };

describe('a manifest', () => {
  test('is read with its layers from the base up', () => {
    const found = read({ ...manifest, mediaType: DOCKER_MANIFEST });
    expect(found).toMatchObject({ kind: 'manifest', mediaType: DOCKER_MANIFEST, config: blob('config') });
    expect(found.kind === 'manifest' && found.layers.map(({ digest }) => digest)).toEqual([
      digestOf('one'),
      digestOf('two'),
    ]);
  });

  test('takes its type from itself, then from what pointed at it, then from its form', () => {
    expect(read({ ...manifest, mediaType: OCI_MANIFEST }, DOCKER_MANIFEST).mediaType).toBe(OCI_MANIFEST);
    expect(read(manifest, DOCKER_MANIFEST).mediaType).toBe(DOCKER_MANIFEST);
    expect(read(manifest, 'application/json').mediaType).toBe(OCI_MANIFEST);
    expect(read({ schemaVersion: 2, manifests: [] }, DOCKER_LIST).mediaType).toBe(DOCKER_LIST);
    expect(read({ schemaVersion: 2, manifests: [] }).mediaType).toBe(OCI_INDEX);
  });

  test('that is an index too is refused: it would mean two images', () => {
    expect(failing({ ...manifest, manifests: [blob('x', OCI_MANIFEST)] })).toMatchObject({
      code: 'corrupt',
      message: 'app:1 cannot be used: it is both a manifest and an index',
    });
  });

  test.each([
    [{ schemaVersion: 1, name: 'app', fsLayers: [] }, ''],
    [{ schemaVersion: 2 }, 'application/vnd.docker.distribution.manifest.v1+prettyjws'],
  ])('of schema 1 is refused with the reason', (value, type) => {
    const error = failing(value, type);
    expect(error.code).toBe('unsupported');
    expect(error.message).toContain('schema 1');
    expect(error.hint).not.toBe('');
  });

  test.each([
    ['<html>', 'not JSON'],
    [[], 'not an object'],
    [{}, 'neither'],
    [{ config: blob('c') }, 'neither'],
    [{ config: { digest: 'sha256:../../x', size: 1 }, layers: [] }, 'config has no valid digest'],
    [{ config: blob('c'), layers: [{ ...blob('l'), size: -1 }] }, 'no valid digest and size'],
    [{ config: blob('c'), layers: [{ ...blob('l'), size: 1e300 }] }, 'no valid digest and size'],
    [{ manifests: [{ digest: digestOf('m') }] }, 'no valid digest and size'],
    [{ manifests: [], mediaType: OCI_MANIFEST }, 'calls itself'],
    [{ ...manifest, mediaType: OCI_INDEX }, 'calls itself'],
  ])('%j is corrupt: %s', (value, why) => {
    const error = failing(value);
    expect(error.code).toBe('corrupt');
    expect(error.message).toContain(why);
  });
});

describe('digests and descriptors', () => {
  test('only sha256 in lower case is a digest', () => {
    expect(isDigest(digestOf('x'))).toBe(true);
    for (const wrong of [
      '',
      'sha256:',
      `sha256:${'A'.repeat(64)}`,
      `sha512:${'a'.repeat(128)}`,
      `${digestOf('x')}/..`,
    ])
      expect(isDigest(wrong), wrong).toBe(false);
  });

  test('a descriptor keeps what is understood and drops what is not', () => {
    const platform = { os: 'linux', architecture: 'arm', variant: 'v7', 'os.features': ['a', 1] };
    expect(
      readDescriptor({ ...blob('x'), platform, annotations: { a: 'b', c: 1 }, urls: ['u', 2], more: true }),
    ).toEqual({
      ...blob('x'),
      platform: { os: 'linux', architecture: 'arm', variant: 'v7', 'os.features': ['a'] },
      annotations: { a: 'b' },
      urls: ['u'],
    });
    expect(readDescriptor(null)).toBeUndefined();
    expect(readDescriptor({ ...blob('x'), mediaType: 7 })).toBeUndefined();
  });

  test('layers that may not be handed on are known by their type', () => {
    expect(isForeignLayer('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip')).toBe(true);
    expect(isForeignLayer('application/vnd.oci.image.layer.nondistributable.v1.tar+gzip')).toBe(true);
    expect(isForeignLayer(OCI_LAYER_GZIP)).toBe(false);
  });
});

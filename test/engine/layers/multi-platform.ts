/** An OCI archive of one image for two platforms, with what attests the first: layers packed in all the ways there are. */
import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { tarOf } from '../../support/tar.ts';

export const MULTI_PLATFORM = 'docker.io/test/platforms:1';

type Descriptor = Readonly<Record<string, unknown>>;
const JSON_TYPE = 'application/vnd.oci.image';

export async function multiPlatformArchive(): Promise<Buffer> {
  const blobs = new Map<string, Buffer>();
  const keep = (content: Buffer | object, mediaType: string): Descriptor & { digest: string } => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const hex = createHash('sha256').update(bytes).digest('hex');
    blobs.set(`blobs/sha256/${hex}`, bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const image = (
    architecture: string,
    tars: readonly Buffer[],
    pack: readonly ((tar: Buffer) => Buffer)[],
  ) => {
    const diffIds = tars.map((tar) => `sha256:${createHash('sha256').update(tar).digest('hex')}`);
    const config = {
      architecture,
      os: 'linux',
      config: { Cmd: ['/x'] },
      rootfs: { type: 'layers', diff_ids: diffIds },
      history: diffIds.map((_, at) => ({ created: '2024-01-02T03:04:05Z', created_by: `COPY ${at} /` })),
    };
    const layers = tars.map((tar, at) => {
      const packed = pack[at]!(tar);
      return keep(packed, `${JSON_TYPE}.layer.v1.tar${suffixOf(packed)}`);
    });
    return { ...manifestOf(config, layers), platform: { os: 'linux', architecture } };
  };
  const manifestOf = (config: object, layers: readonly Descriptor[]) =>
    keep(
      {
        schemaVersion: 2,
        mediaType: `${JSON_TYPE}.manifest.v1+json`,
        config: keep(config, `${JSON_TYPE}.config.v1+json`),
        layers,
      },
      `${JSON_TYPE}.manifest.v1+json`,
    );

  const layer = (name: string) =>
    tarOf([{ name: 'etc/' }, { name: `etc/${name}`, content: name.repeat(500) }]);
  const none = (tar: Buffer) => tar;
  const [one, two, three, other] = await Promise.all(['one', 'two', 'three', 'other'].map(layer));
  const amd64 = image('amd64', [one!, two!, three!], [gzipSync, zstdCompressSync, none]);
  const arm64 = image('arm64', [one!, other!], [gzipSync, gzipSync]);
  const statement = keep(
    { _type: 'https://in-toto.io/Statement/v0.1', subject: [] },
    'application/vnd.in-toto+json',
  );
  const attestation = {
    ...manifestOf(
      {
        architecture: 'unknown',
        os: 'unknown',
        config: {},
        rootfs: { type: 'layers', diff_ids: [statement.digest] },
      },
      [statement],
    ),
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': amd64.digest,
    },
  };
  const mediaType = `${JSON_TYPE}.index.v1+json`;
  const index = keep({ schemaVersion: 2, mediaType, manifests: [amd64, arm64, attestation] }, mediaType);
  const annotations = {
    'io.containerd.image.name': MULTI_PLATFORM,
    'org.opencontainers.image.ref.name': '1',
  };
  const top = { schemaVersion: 2, mediaType, manifests: [{ ...index, annotations }] };
  return await tarOf([
    { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    { name: 'index.json', content: JSON.stringify(top) },
    ...[...blobs].map(([name, content]) => ({ name, content })),
  ]);
}

function suffixOf(packed: Buffer): string {
  if (packed[0] === 0x1f) return '+gzip';
  return packed[0] === 0x28 ? '+zstd' : '';
}

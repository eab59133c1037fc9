/** What is inside an image of a registry: its layers are read as they come, and kept nowhere. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { layerStream } from '../archive/layer-stream.ts';
import { expectPlatform, platformOfConfig } from '../embedded/image-platform.ts';
import { wantedImage } from '../embedded/wanted-image.ts';
import { cancelled, EngineError } from '../errors.ts';
import { contentImage, readDocument } from '../layers/content-image.ts';
import type { ContentImage, ContentSource, TarOptions } from '../layers/contents.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import { isForeignLayer } from '../oci/media-type.ts';
import { HOST_PLATFORM, parsePlatform } from '../oci/platform.ts';
import { parseReference } from '../reference.ts';
import { openRegistry, type Registry, type RegistryClientOptions } from './registry.ts';

export interface RegistryContentsOptions extends Omit<RegistryClientOptions, 'insecure'> {
  /** As pulls take it, `linux/arm64`; default: this machine's. */
  readonly platform?: string | undefined;
  /** Registries, as `host:port`, that may be spoken to without TLS or with certificates nobody vouches for. */
  readonly insecureRegistries?: readonly string[];
}

/** A config that is larger is none. */
const CONFIG_LIMIT = 64 * 1024 * 1024;
/** Bytes of a layer that wait for whoever reads it. */
const WAITING = 2 * 1024 * 1024;

interface Found {
  readonly image: ContentImage;
  readonly layers: readonly Descriptor[];
}

/** `name`: tag or digest in a registry; the registry is asked at the first question. Errors: `bad-input` for what is no reference. */
export function registryContents(name: string, options: RegistryContentsOptions = {}): ContentSource {
  const { platform, insecureRegistries = [], ...client } = options;
  const reference = parseReference(name).withDefaultTag();
  const asked = platform === undefined ? undefined : parsePlatform(platform);
  const open = () => openRegistry(reference.domain, { ...client, insecure: insecureRegistries });
  let found: Found | undefined;

  async function find(registry: Registry, signal: AbortSignal | undefined): Promise<Found> {
    const repository = reference.path;
    const called = reference.familiar();
    const manifest = (which: string, expected?: Descriptor) =>
      registry.manifest(repository, which, {
        signal,
        ...(expected === undefined ? { subject: called } : { expected }),
      });
    const root = await manifest(reference.digest || reference.tag);
    const image = await wantedImage(root, asked ?? HOST_PLATFORM, called, (one) => manifest(one.digest, one));
    // The one that was chosen of an index is read last.
    const { content } = image.below.find((one) => one.content.kind === 'manifest') ?? root;
    if (content.kind !== 'manifest' || content.config.size > CONFIG_LIMIT) throw noImage(called);
    const config = await registry.smallBlob(repository, content.config, { signal });
    if (asked !== undefined && root.content.kind === 'manifest') {
      expectPlatform(platformOfConfig(config), asked, called);
    }
    const { layers } = content;
    const of = { name: called, id: root.descriptor.digest };
    const digests = layers.map(({ digest }) => digest);
    return { image: contentImage(of, readDocument(called, config), digests), layers };
  }

  return {
    where: `the registry ${reference.domain}`,
    async describe({ signal } = {}) {
      const registry = open();
      try {
        found = await find(registry, signal);
        return found.image;
      } finally {
        registry.close();
      }
    },
    async *tars(wanted, { signal, onRead = () => {} } = {}) {
      const registry = open();
      try {
        // A tag may mean another image by now, but not to one and the same source.
        found ??= await find(registry, signal);
        const { layers } = found;
        const places = layers.flatMap((_, at) => (wanted.has(at) ? [at] : []));
        const total = places.reduce((sum, at) => sum + layers[at]!.size, 0);
        let before = 0;
        for (const at of places) {
          if (signal?.aborted) throw cancelled();
          const layer = layers[at]!;
          const source = downloaded(registry, reference.path, layer, signal);
          yield* layerStream(source, at, (bytes) => onRead(before + bytes, total));
          before += layer.size;
          onRead(before, total);
        }
        return places;
      } finally {
        registry.close();
      }
    },
  };
}

/** A blob as it comes; it ends with `corrupt` instead of an end where its digest is another. */
function downloaded(
  registry: Registry,
  repository: string,
  blob: Descriptor,
  signal: TarOptions['signal'],
): PassThrough {
  const stream = new PassThrough({ highWaterMark: WAITING });
  const stop = new AbortController();
  stream.once('close', () => stop.abort());
  const hash = createHash('sha256');
  const sink = {
    offset: 0,
    write(chunk: Uint8Array) {
      hash.update(chunk);
      // Copied: its place is filled again before the reader has come to it.
      if (stream.write(Buffer.from(chunk))) return;
      return once(stream, 'drain', { signal: stop.signal }).then(() => {});
    },
  };
  const signals = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const download = async () => {
    if (isForeignLayer(blob.mediaType)) throw elsewhere(blob);
    await registry.download(repository, blob, sink, { signal: signals });
    if (`sha256:${hash.digest('hex')}` !== blob.digest) throw changed(repository, blob);
    stream.end();
  };
  download().catch((thrown: unknown) => stream.destroy(thrown as Error));
  return stream;
}

function changed(repository: string, { digest }: Descriptor): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: `the layer ${shortDigest(digest)} of ${repository} is not what its digest says`,
    hint: 'Something on the way changed it, or the registry is damaged: try again, or ask who runs it.',
  });
}

function elsewhere({ digest }: Descriptor): EngineError {
  return new EngineError({
    code: 'unsupported',
    message: `nobody can look into the layer ${shortDigest(digest)}: its maker keeps it out of registries`,
    hint: 'Pull the image with an engine that runs it, and look into it there.',
  });
}

function noImage(called: string): EngineError {
  return new EngineError({
    code: 'unsupported',
    message: `${called} is no image that has files`,
    hint: 'Charts and other artifacts have none: see what it is with inspect.',
  });
}

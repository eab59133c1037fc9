/** Reads docker's document about one image; the embedded engine writes such documents too. */
import type { EngineKind } from '../engine.ts';
import type { ImageConfig, ImageDetail } from '../image.ts';
import { repositoryOf } from '../reference.ts';
import { block, deep } from '../text.ts';
import { imageId, keys, labels, names, number, platform, text, texts, timestamp } from './normalise.ts';
import type { ImageInspect } from './wire.ts';

/** Source: `GET /images/{name}/json`. */
export function readInspect(
  { kind }: { readonly kind: EngineKind },
  answer: Partial<ImageInspect>,
): ImageDetail {
  const config = answer.Config ?? {};
  const [tags, digests] = [strings(answer.RepoTags), strings(answer.RepoDigests)];
  return {
    id: imageId(answer.Id),
    references: names(kind === 'docker-containerd' ? [...tags, ...namedByDigest(tags, digests)] : tags),
    digests: names(digests),
    parentId: imageId(answer.Parent),
    created: timestamp(answer.Created),
    author: text(answer.Author),
    comment: block(typeof answer.Comment === 'string' ? answer.Comment : ''),
    platform: platform(answer.Os, answer.Architecture, answer.Variant),
    size: number(answer.Size),
    sizeMeaning: SIZE_MEANING[kind],
    config: readImageConfig(config),
    diffIds: texts(answer.RootFS?.Layers),
    lastTagged: timestamp(answer.Metadata?.LastTagTime),
    raw: deep(answer),
  };
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/**
 * Names by digest, which Docker 26 leaves out of the tags with a containerd store: its digests are made up, one for each
 * tag, so what stands there once more is a name of its own.
 */
function namedByDigest(tags: readonly string[], digests: readonly string[]): readonly string[] {
  const left = tags.map(repositoryOf);
  return digests.filter((digest) => {
    const made = left.indexOf(repositoryOf(digest));
    if (made !== -1) left.splice(made, 1);
    return made === -1;
  });
}

/** Source: the `Config` of that answer, and `config` of an image's config document, which is the same. */
export function readImageConfig(config: Readonly<Record<string, unknown>>): ImageConfig {
  const health = (config['Healthcheck'] ?? {}) as Record<string, unknown>;
  return {
    cmd: texts(config['Cmd']),
    entrypoint: texts(config['Entrypoint']),
    env: texts(config['Env']),
    exposedPorts: keys(config['ExposedPorts']),
    volumes: keys(config['Volumes']),
    workingDir: text(config['WorkingDir']),
    user: text(config['User']),
    stopSignal: text(config['StopSignal']),
    labels: labels(config['Labels']),
    onBuild: texts(config['OnBuild']),
    healthcheck: texts(health['Test']),
  };
}

const SIZE_MEANING: Readonly<Record<EngineKind, string>> = {
  'docker-classic': 'the unpacked files of all its layers',
  'docker-containerd': 'the compressed layers alone; the list counts the unpacked files too',
  podman: 'its layers as tar archives',
  embedded: 'all its blobs as they are stored: manifests, configs, compressed layers',
};

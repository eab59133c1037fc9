/** Reads docker's document about one image; the embedded engine writes such documents too. */
import type { EngineKind } from '../engine.ts';
import type { ImageConfig, ImageDetail } from '../image.ts';
import { block, deep } from '../text.ts';
import { imageId, keys, labels, names, number, platform, text, texts, timestamp } from './normalise.ts';
import type { ImageInspect } from './wire.ts';

/** Source: `GET /images/{name}/json`. */
export function readInspect(
  { kind }: { readonly kind: EngineKind },
  answer: Partial<ImageInspect>,
): ImageDetail {
  const config = answer.Config ?? {};
  const isContainerd = kind === 'docker-containerd';
  return {
    id: imageId(answer.Id),
    references: names([...asList(answer.RepoTags), ...(isContainerd ? repeated(answer.RepoDigests) : [])]),
    digests: names(answer.RepoDigests),
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

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Docker 26 leaves names by digest out of the tags; a digest that it has made up itself stands there once. */
function repeated(digests: unknown): readonly unknown[] {
  return asList(digests).filter((digest, at, all) => all.indexOf(digest) !== at);
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

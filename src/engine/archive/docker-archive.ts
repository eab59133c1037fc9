/** Finds images by an archive's manifest.json. Source: Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset Format". */

import { EngineError } from '../errors.ts';
import { type Descriptor, isRecord } from '../oci/descriptor.ts';
import { digestOf } from '../oci/digest.ts';
import { OCI_CONFIG, OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD, OCI_MANIFEST } from '../oci/media-type.ts';
import type { TransferLine } from '../transfer.ts';
import type { Compression } from './compression.ts';
import { damaged, shown } from './fault.ts';
import { addName, type FoundImage } from './found-image.ts';
import { readConfigFile } from './image-tree.ts';
import type { Intake } from './intake.ts';
import { readTable } from './table.ts';

const LAYER_TYPES: Readonly<Partial<Record<Compression, string>>> = {
  none: OCI_LAYER,
  gzip: OCI_LAYER_GZIP,
  zstd: OCI_LAYER_ZSTD,
};

interface Item {
  /** Paths in the archive. */
  readonly config: string;
  readonly layers: readonly string[];
  readonly tags: readonly string[];
}

/**
 * Adds to `known`, which the archive's index.json told of: its images get the names that stand here, and what
 * it does not know comes as another image. Errors: `corrupt`, `unsupported` for layers packed in other ways.
 */
export async function findDockerImages(
  intake: Intake,
  known: readonly FoundImage[],
  log: (line: TransferLine) => void,
): Promise<FoundImage[]> {
  const images = [...known];
  for (const item of await readItems(intake)) {
    const bytes = await intake.read(item.config);
    if (bytes === undefined)
      throw damaged(`its manifest.json names the config ${shown(item.config)}, which is not in it`);
    const digest = digestOf(bytes);
    let image = images.find(({ configs }) => configs.has(digest));
    if (image === undefined) {
      const { diffIds } = readConfigFile(bytes, `the config ${shown(item.config)}`);
      image = await assemble(intake, bytes, diffIds, item.layers);
      images.push(image);
    }
    for (const tag of item.tags) {
      const line = addName(image, tag);
      if (line !== undefined) log(line);
    }
  }
  return images;
}

/** An image of a config and the members that hold its layers. */
export async function assemble(
  intake: Intake,
  configBytes: Buffer,
  diffIds: readonly string[],
  paths: readonly string[],
): Promise<FoundImage> {
  if (diffIds.length !== paths.length) {
    throw damaged(`it lists ${paths.length} layers for an image whose config names ${diffIds.length}`);
  }
  const layers: Descriptor[] = [];
  for (const [at, path] of paths.entries()) {
    const blob = await intake.blob(path);
    if (blob === undefined) throw damaged(`the layer ${shown(path)} is not in it`);
    const compression = await intake.compressionOf(blob.digest);
    const mediaType = LAYER_TYPES[compression];
    if (mediaType === undefined) throw packedBy(path, compression);
    if (compression === 'none' && blob.digest !== diffIds[at]) {
      throw damaged(`the layer ${shown(path)} is not the one that the config names`);
    }
    layers.push({ mediaType, ...blob });
  }
  const config: Descriptor = { mediaType: OCI_CONFIG, ...(await intake.put(configBytes)) };
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };
  const root = await intake.put(Buffer.from(JSON.stringify(manifest)));
  return {
    root: { mediaType: OCI_MANIFEST, ...root },
    references: [],
    digests: [],
    needed: new Set([root, config, ...layers].map((one) => one.digest)),
    configs: new Set([config.digest]),
  };
}

async function readItems(intake: Intake): Promise<Item[]> {
  const table = await readTable(intake, 'manifest.json');
  if (!Array.isArray(table)) throw damaged('its manifest.json is no list of images');
  return table.map((value: unknown) => {
    const { Config, Layers, RepoTags } = isRecord(value) ? value : {};
    if (typeof Config !== 'string') throw damaged('its manifest.json lists an image without a config');
    return { config: Config, layers: texts(Layers), tags: texts(RepoTags) };
  });
}

function texts(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw damaged('its manifest.json lists layers or names that are no texts');
}

function packedBy(path: string, compression: Compression): EngineError {
  return new EngineError({
    code: 'unsupported',
    message: `the layer ${shown(path)} is packed with ${compression}, which images cannot hold`,
    hint: 'Load the archive into Docker and save it from there, or pack the layer with gzip or zstd.',
  });
}

/** What a pull needs of an image: all manifests and blobs of the platforms that are wanted. */
import { EngineError } from '../errors.ts';
import type { Descriptor, OciPlatform } from '../oci/descriptor.ts';
import { isForeignLayer, isIndexType, isManifestType } from '../oci/media-type.ts';
import { choosePlatform, showPlatform } from '../oci/platform.ts';
import type { FetchedManifest } from '../registry/manifests.ts';

export interface WantedImage {
  readonly root: FetchedManifest;
  /** Those below the root: what points comes after what it points to. */
  readonly below: readonly FetchedManifest[];
  /** Once each, small ones first among equals: configs, then layers in their manifests' order. */
  readonly configs: readonly Descriptor[];
  readonly layers: readonly Descriptor[];
  /** That was chosen of an index; undefined where there was nothing to choose. */
  readonly platform: OciPlatform | undefined;
  /** Layers that their makers keep for themselves, at other places than registries. */
  readonly foreign: readonly Descriptor[];
}

const MAX_DEPTH = 4;

/** `platform` `'all'` takes every manifest of an index. Errors: `not-found` for a platform that is not there, those of `fetch`. */
export async function wantedImage(
  root: FetchedManifest,
  platform: OciPlatform | 'all',
  called: string,
  fetch: (descriptor: Descriptor) => Promise<FetchedManifest>,
): Promise<WantedImage> {
  const below: FetchedManifest[] = [];
  const configs = new Map<string, Descriptor>();
  const layers = new Map<string, Descriptor>();
  const foreign = new Map<string, Descriptor>();
  let chosen: OciPlatform | undefined;
  const visit = async ({ content }: FetchedManifest, depth: number): Promise<void> => {
    if (content.kind === 'manifest') {
      configs.set(content.config.digest, content.config);
      for (const layer of content.layers) {
        (isForeignLayer(layer.mediaType) ? foreign : layers).set(layer.digest, layer);
      }
      return;
    }
    if (depth === MAX_DEPTH) throw tooDeep(called);
    let wanted = content.manifests.filter(isImage);
    if (platform !== 'all') {
      const one = choosePlatform(wanted, platform) ?? only(wanted);
      if (one === undefined) throw noSuchPlatform(called, platform, wanted);
      chosen = one.platform ?? chosen;
      wanted = [one];
    }
    for (const descriptor of wanted) {
      if (below.some((known) => known.descriptor.digest === descriptor.digest)) continue;
      const child = await fetch(descriptor);
      await visit(child, depth + 1);
      below.push(child);
    }
  };
  await visit(root, 0);
  return {
    root,
    below,
    configs: [...configs.values()],
    layers: [...layers.values()],
    foreign: [...foreign.values()],
    platform: chosen,
  };
}

/** Others of an index are no images, and nothing here knows what they need. */
function isImage({ mediaType }: Descriptor): boolean {
  return mediaType === '' || isManifestType(mediaType) || isIndexType(mediaType);
}

/** An index of one image that says nothing of its platform leaves no choice. */
function only(manifests: readonly Descriptor[]): Descriptor | undefined {
  return manifests.length === 1 && manifests[0]!.platform === undefined ? manifests[0] : undefined;
}

function noSuchPlatform(
  called: string,
  platform: OciPlatform,
  manifests: readonly Descriptor[],
): EngineError {
  const there = manifests
    .map((one) => one.platform && showPlatform(one.platform))
    .filter((text) => text !== undefined && !text.startsWith('unknown'));
  return new EngineError({
    code: 'not-found',
    message: `there is no ${called} for ${showPlatform(platform)}`,
    hint:
      there.length === 0
        ? 'It says of no image what it runs on.'
        : `It exists for ${[...new Set(there)].join(', ')}: choose with --platform.`,
  });
}

function tooDeep(called: string): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: `${called} cannot be used: its indexes are nested more than ${MAX_DEPTH} deep`,
    hint: 'Ask whoever published it to push it again.',
  });
}

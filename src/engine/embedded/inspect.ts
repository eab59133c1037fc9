/** One image in the shape docker's `inspect` gives it, and what is read from that. */

import { readInspect } from '../docker/inspect-document.ts';
import { labels, number } from '../docker/normalise.ts';
import type { ImageInspect } from '../docker/wire.ts';
import type { ImageDetail } from '../image.ts';
import { isRecord, type OciPlatform } from '../oci/descriptor.ts';
import { type Catalog, expectMain } from './catalog.ts';
import { readStoredConfig, type StoredConfig } from './config.ts';
import type { SurveyedImage, Variant } from './survey.ts';

/** Errors: `not-found`, `bad-input`, `corrupt`. */
export async function inspectImage(catalog: Catalog, image: string): Promise<ImageDetail> {
  const surveyed = await catalog.find(image);
  const main = expectMain(surveyed);
  const config = await readStoredConfig(catalog.store, main);
  return readInspect({ kind: 'embedded' }, inspectDocument(surveyed, main, config));
}

/** Source: docker's `GET /images/{name}/json` with the containerd store, whose Descriptor and Manifests these are. */
function inspectDocument(image: SurveyedImage, main: Variant, config: StoredConfig): Partial<ImageInspect> {
  const { root, blobs } = image;
  const { document, diffIds, history } = config;
  const text = (key: string) => (typeof document[key] === 'string' ? (document[key] as string) : '');
  const { mediaType, digest, size, annotations } = root.descriptor;
  const extra = {
    Descriptor: { mediaType, digest, size, ...(annotations && { annotations: labels(annotations) }) },
    Manifests: image.variants.map(describeVariant),
  };
  return {
    Id: root.id,
    RepoTags: root.references,
    RepoDigests: root.digests,
    Parent: '',
    Comment: history.at(-1)?.comment ?? '',
    Created: text('created'),
    Author: text('author'),
    Config: isRecord(document['config']) ? document['config'] : {},
    Architecture: text('architecture') || (main.platform?.architecture ?? ''),
    Variant: text('variant') || (main.platform?.variant ?? ''),
    Os: text('os') || (main.platform?.os ?? ''),
    Size: blobs.reduce((sum, blob) => sum + number(blob.size), 0),
    RootFS: { Layers: diffIds, ...{ Type: 'layers' } },
    Metadata: {},
    ...extra,
  };
}

function describeVariant({ descriptor, platform, facts }: Variant) {
  const { digest, size, mediaType } = descriptor;
  const content = [facts.config, ...facts.layers].reduce((sum, blob) => sum + blob.size, size);
  return {
    ID: digest,
    Descriptor: { mediaType, digest, size },
    Available: true,
    Kind: 'image',
    Size: { Content: content, Total: content },
    ImageData: { Platform: platform satisfies OciPlatform | undefined },
  };
}

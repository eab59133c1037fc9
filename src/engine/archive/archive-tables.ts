/**
 * The files of an archive that say what it holds, for tools that know OCI's layout and for those that know
 * Docker's. Sources: OCI image layout; Docker image specification 1.2.
 */
import { DIGESTS, FORMER_NAME, FULL_NAME, REF_NAME } from '../embedded/entry.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { hexOf } from '../oci/digest.ts';
import { OCI_INDEX } from '../oci/media-type.ts';
import { parseReference } from '../reference.ts';
import type { MainLeaf, SavedImage } from './saved-image.ts';

export interface ArchiveFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** In the order in which they stand in the archive. The same images give the same bytes. */
export function archiveTables(images: readonly SavedImage[]): ArchiveFile[] {
  const runnable = images.flatMap((image) =>
    image.main === undefined ? [] : [dockerItem(image, image.main)],
  );
  return [
    file('oci-layout', { imageLayoutVersion: '1.0.0' }),
    file('index.json', { schemaVersion: 2, mediaType: OCI_INDEX, manifests: ociItems(images) }),
    file('manifest.json', runnable),
  ];
}

export function blobPath(digest: string): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

/** A descriptor a name, since each can have only one. */
function ociItems(images: readonly SavedImage[]): Descriptor[] {
  const taken = new Set<string>();
  return images.flatMap(({ root, references }) => {
    const { annotations = {}, ...bare } = root;
    const own = [FULL_NAME, REF_NAME, DIGESTS, FORMER_NAME];
    const kept = Object.fromEntries(Object.entries(annotations).filter(([key]) => !own.includes(key)));
    if (references.length === 0) return [withAnnotations(bare, kept)];
    return references.map((text) => {
      const reference = parseReference(text);
      // Tools pick an image by this word alone: no two may have the same.
      const word = taken.has(reference.tag) ? reference.full() : reference.tag;
      taken.add(word);
      return withAnnotations(bare, { ...kept, [FULL_NAME]: reference.full(), [REF_NAME]: word });
    });
  });
}

function withAnnotations(descriptor: Descriptor, annotations: Record<string, string>): Descriptor {
  return Object.keys(annotations).length === 0 ? descriptor : { ...descriptor, annotations };
}

function dockerItem({ references }: SavedImage, { manifest, diffIds }: MainLeaf): Record<string, unknown> {
  return {
    Config: blobPath(manifest.config.digest),
    // In full: Podman takes a name without a registry to be one of this machine.
    RepoTags: references.length === 0 ? null : references.map((text) => parseReference(text).full()),
    Layers: manifest.layers.map((layer) => blobPath(layer.digest)),
    LayerSources: Object.fromEntries(
      manifest.layers.map(({ mediaType, size, digest }, at) => [diffIds[at], { mediaType, size, digest }]),
    ),
  };
}

function file(name: string, value: unknown): ArchiveFile {
  return { name, bytes: Buffer.from(JSON.stringify(value)) };
}

/** Finds images by an archive's index.json. Source: OCI image layout. */
import { FULL_NAME, REF_NAME } from '../embedded/entry.ts';
import type { Store } from '../embedded/store.ts';
import { type Descriptor, isRecord, readDescriptor } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import { DOCKER_LAYER, isIndexType, isManifestType, OCI_LAYER } from '../oci/media-type.ts';
import type { TransferLine } from '../transfer.ts';
import { damaged, shown } from './fault.ts';
import { addName, type FoundImage, warning } from './found-image.ts';
import { type ImageTree, readImageTree, readLeafConfig, type TreeLeaf, wholeLeaves } from './image-tree.ts';
import type { Intake } from './intake.ts';
import { readTable } from './table.ts';

/** Errors: `corrupt` for an index that names what is not there, or lies about it. */
export async function findOciImages(
  intake: Intake,
  store: Store,
  log: (line: TransferLine) => void,
): Promise<FoundImage[]> {
  const table = await readTable(intake, 'index.json');
  if (!isRecord(table) || !Array.isArray(table['manifests']))
    throw damaged('its index.json lists no manifests');
  const byDigest = new Map<string, FoundImage>();
  for (const value of table['manifests']) {
    const descriptor = readDescriptor(value);
    if (descriptor === undefined) throw damaged('a manifest in its index.json has no valid digest and size');
    const { mediaType } = descriptor;
    if (mediaType !== '' && !isManifestType(mediaType) && !isIndexType(mediaType)) {
      log(warning(`passed over ${shortDigest(descriptor.digest)}: ${shown(mediaType)} is no image`));
      continue;
    }
    let image = byDigest.get(descriptor.digest);
    if (image === undefined) {
      image = await takeImage(store, descriptor);
      byDigest.set(descriptor.digest, image);
    }
    const line = nameImage(image, descriptor);
    if (line !== undefined) log(line);
  }
  return [...byDigest.values()];
}

async function takeImage(store: Store, descriptor: Descriptor): Promise<FoundImage> {
  if ((await store.blobs.size(descriptor.digest)) === undefined) {
    throw damaged(`its index.json names the manifest ${shortDigest(descriptor.digest)}, which is not in it`);
  }
  const tree = await readImageTree(store.blobs, descriptor);
  const whole = wholeLeaves(tree);
  if (whole.length === 0) throw incomplete(tree);
  for (const leaf of whole) await checkDiffIds(store, leaf);
  const documents = [...tree.indexes, ...whole.map((leaf) => leaf.descriptor)];
  const blobs = whole.flatMap(({ manifest }) => [manifest.config, ...manifest.layers]);
  const [root = descriptor] = documents;
  // Its names stand in the annotations; everything else that was said about it is kept.
  const { annotations = {}, ...bare } = { ...descriptor, mediaType: root.mediaType };
  const { [FULL_NAME]: _, [REF_NAME]: __, ...kept } = annotations;
  return {
    root: Object.keys(kept).length === 0 ? bare : { ...bare, annotations: kept },
    references: [],
    digests: [],
    needed: new Set([...documents, ...blobs].map((one) => one.digest)),
    configs: new Set(whole.map((leaf) => leaf.manifest.config.digest)),
  };
}

/** An uncompressed layer's digest is its diff ID; others are checked when they are first unpacked. */
async function checkDiffIds(store: Store, { manifest, descriptor }: TreeLeaf): Promise<void> {
  const config = await readLeafConfig(store.blobs, manifest);
  if (config === undefined) return;
  const name = shortDigest(descriptor.digest);
  if (config.diffIds.length !== manifest.layers.length) {
    throw damaged(
      `the manifest ${name} has ${manifest.layers.length} layers and its config ${config.diffIds.length}`,
    );
  }
  for (const [at, { mediaType, digest }] of manifest.layers.entries()) {
    const isPlain = mediaType === OCI_LAYER || mediaType === DOCKER_LAYER;
    if (isPlain && config.diffIds[at] !== digest) {
      throw damaged(`layer ${at + 1} of ${name} is not the one that its config names`);
    }
  }
}

/** As containerd and skopeo write names; a bare tag names nothing without a repository. */
function nameImage(image: FoundImage, { annotations = {}, digest }: Descriptor): TransferLine | undefined {
  const full = annotations[FULL_NAME];
  if (full !== undefined) return addName(image, full);
  const ref = annotations[REF_NAME];
  if (ref === undefined) return undefined;
  if (/[:/]/.test(ref)) return addName(image, ref);
  return warning(`the archive knows ${shortDigest(digest)} by the bare tag ${shown(ref)}: name it with tag`);
}

function incomplete(tree: ImageTree): Error {
  const [leaf] = tree.leaves;
  const [blob] = leaf?.missing ?? [];
  if (blob === undefined) {
    return damaged(`no platform of the index ${shortDigest(tree.root.digest)} is in it`);
  }
  const what = blob === leaf?.manifest.config ? 'config' : 'layer';
  return damaged(`the ${what} ${shortDigest(blob.digest)} of ${shortDigest(tree.root.digest)} is not in it`);
}

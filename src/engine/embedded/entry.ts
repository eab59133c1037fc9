/** What a descriptor in index.json means: an image, and what it is called. */
import { basename } from 'node:path';
import { type Descriptor, isRecord, readDescriptor } from '../oci/descriptor.ts';
import { isIndexType, isManifestType } from '../oci/media-type.ts';
import { familiarize, parseReference, type Reference } from '../reference.ts';
import type { IndexFile } from './index-file.ts';

export interface Entry {
  /** Of a manifest or an index. */
  readonly descriptor: Descriptor;
  /** In familiar form with its tag; `''` for one without a name. */
  readonly reference: string;
  /** `repository@sha256:…` in familiar form: where a registry is known to have it. */
  readonly digests: readonly string[];
}

/** The full reference. Source: containerd, which every engine with an image store shares it with. */
export const FULL_NAME = 'io.containerd.image.name';
/** Source: OCI image specification, "Pre-Defined Annotation Keys". */
export const REF_NAME = 'org.opencontainers.image.ref.name';
/** Full references by digest, divided by blanks. */
export const DIGESTS = 'nacre.digests';
/** What an image without a name was called last. */
export const FORMER_NAME = 'nacre.was';

export interface PlacedEntry extends Entry {
  /** Index in the file's list. */
  readonly at: number;
}

/**
 * The images of a store. What is no manifest or index is left out; of two images that claim one name the
 * first has it. `folder` is the store's: a bare tag that another tool wrote names an image called like it.
 */
export function readEntries(index: IndexFile, folder: string): PlacedEntry[] {
  const entries: PlacedEntry[] = [];
  const given = new Map<string, string>();
  for (const [at, value] of index.manifests.entries()) {
    const descriptor = readDescriptor(value);
    if (descriptor === undefined || !isImageType(descriptor.mediaType)) continue;
    const { annotations = {} } = descriptor;
    const name = nameOf(annotations, folder);
    const isFree = name !== '' && !given.has(name);
    if (isFree) given.set(name, descriptor.digest);
    const own = isFree || given.get(name) === descriptor.digest;
    entries.push({
      at,
      descriptor,
      reference: own ? name : '',
      digests: digestsOf(annotations, descriptor.digest),
    });
  }
  return entries;
}

/** Whether a descriptor says nothing of a name, so that it may be given one. */
export function isNameless(value: unknown): boolean {
  const annotations = isRecord(value) && isRecord(value['annotations']) ? value['annotations'] : {};
  return annotations[FULL_NAME] === undefined && annotations[REF_NAME] === undefined;
}

/** A descriptor without a type is one of a manifest: old tools wrote them so. */
function isImageType(mediaType: string): boolean {
  return mediaType === '' || isManifestType(mediaType) || isIndexType(mediaType);
}

/** What nearly all names look like; the others take the whole grammar. */
const PLAIN =
  /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?:\.[a-z0-9-]+)*:\d+)(?:\/[a-z0-9]+(?:[._-][a-z0-9]+)*)+:\w[\w.-]{0,127}$/;
const MAX_PLAIN = 200;

function nameOf(annotations: Readonly<Record<string, string>>, folder: string): string {
  const full = annotations[FULL_NAME];
  if (
    full !== undefined &&
    full.length < MAX_PLAIN &&
    PLAIN.test(full) &&
    !full.startsWith('index.docker.io/')
  ) {
    return familiarize(full);
  }
  const named = full === undefined ? undefined : tagged(full);
  if (named !== undefined) return named.familiar();
  const ref = annotations[REF_NAME];
  if (ref === undefined) return '';
  return tagged(/[:/]/.test(ref) ? ref : `${basename(folder)}:${ref}`)?.familiar() ?? '';
}

function tagged(text: string): Reference | undefined {
  try {
    const reference = parseReference(text);
    // A name with a digest is no tag, though tools write such ones.
    return reference.digest === '' ? reference.withDefaultTag() : undefined;
  } catch {
    return undefined;
  }
}

/** Only such as really mean this image: its own digest. */
function digestsOf(annotations: Readonly<Record<string, string>>, digest: string): string[] {
  const found: string[] = [];
  for (const text of (annotations[DIGESTS] ?? '').split(' ')) {
    if (text === '') continue;
    try {
      const reference = parseReference(text);
      if (reference.digest === digest) found.push(`${reference.familiarName}@${digest}`);
    } catch {
      // Written by somebody else: it names nothing.
    }
  }
  return found;
}

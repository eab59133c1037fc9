/**
 * A deleted image in the trash. The trash's index.json has a descriptor for each, and on it, as an annotation, what
 * the image was: so both come and go in the one step in which that file is replaced.
 */
import { randomBytes } from 'node:crypto';
import type { IndexFile } from '../embedded/index-file.ts';
import type { Root } from '../embedded/root.ts';
import type { EngineInfo, EngineKind } from '../engine.ts';
import type { Image } from '../image.ts';
import { type Descriptor, isRecord, readDescriptor } from '../oci/descriptor.ts';
import { isDigest } from '../oci/digest.ts';

/** What the trash has to know of an image that is to go. */
export type KeptImage = Pick<Image, 'id' | 'references' | 'digests' | 'created'>;

export interface TrashItem extends KeptImage {
  /** Names it in the trash: an image can be deleted more than once. */
  readonly key: string;
  readonly engine: { readonly kind: EngineKind; readonly address: string };
  /** Unix seconds: when it went into the trash, and until when it stays. */
  readonly kept: number;
  readonly until: number;
  /** Bytes of all it needs in the trash, those too that others there need. */
  readonly size: number;
}

export interface TrashEntry {
  readonly item: TrashItem;
  /** Of its manifest or index, without the annotation. */
  readonly root: Descriptor;
  /** Its place in the file's list. */
  readonly at: number;
}

const ANNOTATION = 'nacre.trash';

export function newItem(
  image: KeptImage,
  { kind, address }: EngineInfo,
  times: Pick<TrashItem, 'kept' | 'until'>,
  size: number,
): TrashItem {
  const { id, references, digests, created } = image;
  const key = randomBytes(6).toString('hex');
  return { key, id, references, digests, created, engine: { kind, address }, ...times, size };
}

/** As index.json holds it. */
export function withItem(root: Descriptor, item: TrashItem): Descriptor {
  return { ...root, annotations: { ...root.annotations, [ANNOTATION]: JSON.stringify(item) } };
}

/** Newest first. What other tools put there is no item. */
export function readItems(index: IndexFile): TrashEntry[] {
  const entries: TrashEntry[] = [];
  for (const [at, value] of index.manifests.entries()) {
    const descriptor = readDescriptor(value);
    if (descriptor === undefined) continue;
    const { [ANNOTATION]: text, ...annotations } = descriptor.annotations ?? {};
    const item = text === undefined ? undefined : readItem(text);
    if (item === undefined) continue;
    const { annotations: _, ...bare } = descriptor;
    const root = Object.keys(annotations).length === 0 ? bare : { ...bare, annotations };
    entries.push({ item, root, at });
  }
  return entries.sort((a, b) => b.item.kept - a.item.kept || b.at - a.at);
}

/** The index without some of its items. */
export function withoutItems(index: IndexFile, gone: readonly TrashEntry[]): IndexFile {
  const places = new Set(gone.map(({ at }) => at));
  return { ...index, manifests: index.manifests.filter((_, at) => !places.has(at)) };
}

/** As the store's own code knows an image. */
export function rootOf(descriptor: Descriptor): Root {
  return { id: descriptor.digest, descriptor, references: [], digests: [] };
}

/** A descriptor without the names that its store gives the image. */
export function bareRoot({ annotations: _, ...descriptor }: Descriptor): Descriptor {
  return descriptor;
}

function readItem(text: string): TrashItem | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value['engine'])) return undefined;
  const { key, id, references, digests, created, kept, until, size, engine } = value;
  const { kind, address } = engine as Record<string, unknown>;
  const isItem =
    typeof key === 'string' &&
    isDigest(id) &&
    isTexts(references) &&
    isTexts(digests) &&
    [created, kept, until, size].every((one) => typeof one === 'number') &&
    isKind(kind) &&
    typeof address === 'string';
  if (!isItem) return undefined;
  const times = { created, kept, until, size } as Pick<TrashItem, 'created' | 'kept' | 'until' | 'size'>;
  return { key, id, references, digests, ...times, engine: { kind, address } };
}

const KINDS: readonly string[] = ['docker-classic', 'docker-containerd', 'podman', 'embedded'];

function isKind(value: unknown): value is EngineKind {
  return typeof value === 'string' && KINDS.includes(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** Changes of names in index.json: which descriptors an image has, and what stands on them. */
import { type Descriptor, isRecord } from '../oci/descriptor.ts';
import { parseReference, repositoryOf } from '../reference.ts';
import {
  DIGESTS,
  FORMER_NAME,
  FULL_NAME,
  isNameless,
  type PlacedEntry,
  REF_NAME,
  readEntries,
} from './entry.ts';
import type { IndexFile } from './index-file.ts';

/** What an image is to be called; familiar forms. */
export interface Names {
  readonly references: readonly string[];
  readonly digests: readonly string[];
}

export const NO_NAMES: Names = { references: [], digests: [] };

/** The names an image has in an index, sorted; undefined where it is not there. */
export function namesOf(index: IndexFile, folder: string, digest: string): Names | undefined {
  const own = readEntries(index, folder).filter((entry) => entry.descriptor.digest === digest);
  return own.length === 0 ? undefined : joinNames(own);
}

export function joinNames(
  entries: readonly { readonly reference: string; readonly digests: readonly string[] }[],
): Names {
  const [only, second] = entries;
  if (only !== undefined && second === undefined) {
    return { references: only.reference === '' ? [] : [only.reference], digests: [...only.digests].sort() };
  }
  const references = new Set(entries.map((entry) => entry.reference).filter((name) => name !== ''));
  const digests = new Set(entries.flatMap((entry) => entry.digests));
  return { references: [...references].sort(), digests: [...digests].sort() };
}

/** Names without one of them: with the last tag of a repository its digest references go as well. */
export function withoutName(names: Names, name: string): Names {
  if (name.includes('@')) return { ...names, digests: names.digests.filter((one) => one !== name) };
  const references = names.references.filter((one) => one !== name);
  const repository = repositoryOf(name);
  if (references.some((one) => repositoryOf(one) === repository)) return { ...names, references };
  return { references, digests: names.digests.filter((one) => repositoryOf(one) !== repository) };
}

/**
 * The index with an image called so and not otherwise; without any name it stays as a dangling image.
 * Descriptors that stay are as they were, with all that is foreign on them.
 */
export function withNames(index: IndexFile, folder: string, root: Descriptor, names: Names): IndexFile {
  const entries = readEntries(index, folder);
  const own = entries.filter((entry) => entry.descriptor.digest === root.digest);
  const wanted = new Set(names.references);
  const kept = new Map<number, string>();
  const free: PlacedEntry[] = [];
  for (const entry of own) {
    if (wanted.delete(entry.reference)) kept.set(entry.at, entry.reference);
    else free.push(entry);
  }
  const manifests: unknown[] = [...index.manifests];
  const changed = new Map<number, unknown>();
  const taken = refNames(entries.filter((entry) => !free.includes(entry)));
  for (const reference of wanted) {
    const reused = free.findIndex((entry) => entry.reference !== '' || isNameless(manifests[entry.at]));
    const [entry] = reused === -1 ? [] : free.splice(reused, 1);
    const base = entry === undefined ? root : manifests[entry.at];
    const named = withAnnotations(base, nameAnnotations(reference, taken));
    const at = entry?.at ?? manifests.push(named) - 1;
    changed.set(at, named);
    kept.set(at, reference);
  }
  if (kept.size === 0) {
    const last = free.shift();
    const former = own.map((entry) => entry.reference).filter((name) => name !== '');
    const at = last?.at ?? manifests.push(root) - 1;
    const nameless =
      last?.reference === '' ? manifests[at] : withAnnotations(manifests[at], namelessAnnotations(former));
    changed.set(at, nameless);
    kept.set(at, '');
  }
  // Where an image is known to be stands on its first descriptor.
  const digests = names.digests.map((digest) => parseReference(digest).full()).join(' ');
  for (const [order, at] of [...kept.keys()].sort((a, b) => a - b).entries()) {
    const value = changed.get(at) ?? manifests[at];
    changed.set(
      at,
      withAnnotations(value, { [DIGESTS]: order === 0 && digests !== '' ? digests : undefined }),
    );
  }
  const dropped = new Set(free.map((entry) => entry.at));
  return {
    ...index,
    manifests: manifests.map((value, at) => changed.get(at) ?? value).filter((_, at) => !dropped.has(at)),
  };
}

/** The index without an image. */
export function withoutImage(index: IndexFile, folder: string, digest: string): IndexFile {
  const gone = new Set(
    readEntries(index, folder)
      .filter((entry) => entry.descriptor.digest === digest)
      .map((entry) => entry.at),
  );
  return { ...index, manifests: index.manifests.filter((_, at) => !gone.has(at)) };
}

/** Tools pick an image by this word alone: no two may have the same. */
function refNames(entries: readonly PlacedEntry[]): Set<string> {
  return new Set(entries.map((entry) => entry.descriptor.annotations?.[REF_NAME] ?? ''));
}

function nameAnnotations(familiar: string, taken: Set<string>): Record<string, string | undefined> {
  const reference = parseReference(familiar);
  const full = reference.full();
  const word = taken.has(reference.tag) ? full : reference.tag;
  taken.add(word);
  return { [FULL_NAME]: full, [REF_NAME]: word, [FORMER_NAME]: undefined };
}

function namelessAnnotations(former: readonly string[]): Record<string, string | undefined> {
  const [name] = former;
  return {
    [FULL_NAME]: undefined,
    [REF_NAME]: undefined,
    [FORMER_NAME]: name && parseReference(name).full(),
  };
}

/** A descriptor with some annotations set, or taken away where undefined; the same one where nothing changes. */
function withAnnotations(value: unknown, changes: Readonly<Record<string, string | undefined>>): unknown {
  const descriptor = isRecord(value) ? value : {};
  const old = isRecord(descriptor['annotations']) ? descriptor['annotations'] : {};
  if (Object.entries(changes).every(([key, text]) => old[key] === text)) return value;
  const annotations = { ...old };
  for (const [key, text] of Object.entries(changes)) {
    if (text === undefined) delete annotations[key];
    else annotations[key] = text;
  }
  const { annotations: _, ...rest } = descriptor;
  return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
}

/** Names of images as removals look at them, in familiar form. */
import type { EngineKind } from './engine.ts';
import type { Image } from './image.ts';
import { parseReference, repositoryOf } from './reference.ts';

/** `repository@sha256:…` and not a tag. */
export function isDigestName(name: string): boolean {
  return name.includes('@');
}

/** Docker answers names of one image in the order of their full form, `docker.io/library/` included. */
export function inEngineOrder(names: readonly string[]): string[] {
  return names.length < 2 ? [...names] : [...names].sort((a, b) => compare(fullForm(a), fullForm(b)));
}

/** The order in which names are asked away: tags first, as engines take digest references along with the last of them. */
export function inCallOrder(names: readonly string[]): readonly string[] {
  if (names.length < 2) return names;
  const ordered = inEngineOrder(names);
  return [...ordered.filter((name) => !isDigestName(name)), ...ordered.filter(isDigestName)];
}

const fullForms = new Map<string, string>();

function fullForm(name: string): string {
  const known = fullForms.get(name);
  if (known !== undefined) return known;
  const full = parseReference(name).full();
  if (fullForms.size > 50_000) fullForms.clear();
  fullForms.set(name, full);
  return full;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The names an engine really keeps for an image. Containerd tells all of them as references, those by
 * digest too, and makes up its digests from them. So does Podman, but there an image that was named by
 * its digest can only be told where no tag of that repository is beside it.
 */
export function keptNames(kind: EngineKind, image: Pick<Image, 'references' | 'digests'>): readonly string[] {
  const { references, digests } = image;
  if (kind === 'docker-containerd' || digests.length === 0) return references;
  if (kind !== 'podman') return [...references, ...digests];
  const tagged = new Set(references.map(repositoryOf));
  return [...references, ...digests.filter((digest) => !tagged.has(repositoryOf(digest)))];
}

/** All names are of one repository, and at most one of them is a tag: engines take them for one name. */
export function isSingleReference(names: readonly string[]): boolean {
  if (names.length <= 1) return names.length === 1;
  const repository = repositoryOf(names[0]!);
  let tags = 0;
  for (const name of names) {
    if (!isDigestName(name)) tags++;
    if (tags > 1 || repositoryOf(name) !== repository) return false;
  }
  return true;
}

/** Rules about names: which tags are old, which meet a pattern, which images carry a label. */
import type { Image } from '../image.ts';
import { compilePattern } from '../pattern.ts';
import { repositoryOf } from '../reference.ts';
import { isDigestName, keptNames } from '../removal-names.ts';
import { type Marked, WHOLE } from './marked.ts';
import { factsOf, type Scene } from './scene.ts';

/** Names beside the one a container runs, of older images that no container uses. */
export function superseded({ stock }: Scene): Marked {
  const { repositories, images, containers } = factsOf(stock);
  const marked = new Map<string, Set<string>>();
  for (const [, named] of repositories) {
    let newest = Number.NEGATIVE_INFINITY;
    for (const [id, names] of named) {
      const runs = containers.get(id)?.some((container) => container.running) ?? false;
      if (runs && names.some((name) => !isDigestName(name)))
        newest = Math.max(newest, images.get(id)!.created);
    }
    for (const [id, names] of named) {
      if (images.get(id)!.created < newest && !containers.has(id)) add(marked, id, names);
    }
  }
  return marked;
}

/** Of each repository, the names of all images but the newest ones. */
export function olderThanNewest({ stock }: Scene, count: number): Marked {
  const { repositories, images } = factsOf(stock);
  const marked = new Map<string, Set<string>>();
  for (const [, named] of repositories) {
    if (named.size <= count) continue;
    const newestFirst = [...named].sort(
      ([a], [b]) => images.get(b)!.created - images.get(a)!.created || (a < b ? -1 : 1),
    );
    for (const [id, names] of newestFirst.slice(count)) add(marked, id, names);
  }
  return marked;
}

/** Names that meet a pattern as docker's `reference` filter reads it; an image goes with the last of its names. */
export function named({ stock }: Scene, pattern: string): Marked {
  const matches = compilePattern(pattern);
  const marked = new Map<string, Set<string>>();
  for (const image of stock.images) {
    const names = keptNames(stock.kind, image).filter((name) => matches(name) || matches(repositoryOf(name)));
    if (names.length > 0) add(marked, image.id, names);
  }
  return marked;
}

/** Images with a label `key` or `key=value`. */
export function labelled({ stock }: Scene, label: string): Marked {
  const equals = label.indexOf('=');
  const key = equals === -1 ? label : label.slice(0, equals);
  const value = equals === -1 ? undefined : label.slice(equals + 1);
  const has = ({ labels, role }: Image) =>
    role !== 'intermediate' && Object.hasOwn(labels, key) && (value === undefined || labels[key] === value);
  return new Map(stock.images.filter(has).map((image) => [image.id, WHOLE]));
}

function add(marked: Map<string, Set<string>>, id: string, names: readonly string[]): void {
  const known = marked.get(id);
  if (known === undefined) marked.set(id, new Set(names));
  else for (const name of names) known.add(name);
}

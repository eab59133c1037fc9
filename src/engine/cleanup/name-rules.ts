/** Rules about names: which tags are old, which meet a pattern, which images carry a label. */
import type { Image } from '../image.ts';
import { compilePattern } from '../pattern.ts';
import { repositoryOf } from '../reference.ts';
import { isDigestName, keptNames } from '../removal-names.ts';
import { type Marked, type RuleMatch, WHOLE } from './marked.ts';
import { factsOf, type Scene } from './scene.ts';

const UNDATED = 'their dates do not tell whether they are older';

/** Names beside the one a container runs, of older images that no container uses. */
export function superseded({ stock }: Scene): RuleMatch {
  const { repositories, images, containers } = factsOf(stock);
  const marked = new Map<string, Set<string>>();
  const unsure = new Set<string>();
  for (const [, named] of repositories) {
    let newest = Number.NEGATIVE_INFINITY;
    for (const [id, names] of named) {
      const runs = containers.get(id)?.some((container) => container.running) ?? false;
      if (runs && names.some((name) => !isDigestName(name)))
        newest = Math.max(newest, images.get(id)!.created);
    }
    for (const [id, names] of named) {
      const { created } = images.get(id)!;
      if (created >= newest || containers.has(id)) continue;
      if (created > 0) add(marked, id, names);
      else unsure.add(id);
    }
  }
  return matchOf(marked, unsure);
}

/**
 * Of each repository, the names of all images but the newest ones. Reproducible builds give none or all images the same
 * date: which of those is the newest cannot be told, so they stay.
 */
export function olderThanNewest({ stock }: Scene, count: number): RuleMatch {
  const { repositories, images } = factsOf(stock);
  const marked = new Map<string, Set<string>>();
  const unsure = new Set<string>();
  for (const [, named] of repositories) {
    if (named.size <= count) continue;
    const newestFirst = [...named].sort(
      ([a], [b]) => images.get(b)!.created - images.get(a)!.created || (a < b ? -1 : 1),
    );
    const last = newestFirst[count - 1];
    const limit = last === undefined ? Number.POSITIVE_INFINITY : images.get(last[0])!.created;
    for (const [id, names] of newestFirst.slice(count)) {
      const { created } = images.get(id)!;
      if (last === undefined || (created > 0 && created < limit)) add(marked, id, names);
      else unsure.add(id);
    }
  }
  return matchOf(marked, unsure);
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

function matchOf(marked: Marked, unsure: ReadonlySet<string>): RuleMatch {
  return { marked, unsure: unsure.size, why: unsure.size > 0 ? UNDATED : '' };
}

function add(marked: Map<string, Set<string>>, id: string, names: readonly string[]): void {
  const known = marked.get(id);
  if (known === undefined) marked.set(id, new Set(names));
  else for (const name of names) known.add(name);
}

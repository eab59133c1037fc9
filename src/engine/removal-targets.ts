/** What the arguments of `docker rmi` mean: names, digest references, ids and prefixes of ids. */
import { EngineError } from './errors.ts';
import type { Image } from './image.ts';
import type { Blocker, Target } from './plan.ts';
import { isImageId, parseReference, repositoryOf, shortId } from './reference.ts';
import { displayName } from './removal-blockers.ts';
import { keptNames } from './removal-names.ts';
import type { Stock } from './stock.ts';

export interface ResolvedTargets {
  /** One an image, in the order in which they were named. */
  readonly targets: readonly Target[];
  /** Images that were named by their id. */
  readonly byId: ReadonlySet<string>;
  /** One `not-found` for each argument that means nothing here; its `name` is the argument. */
  readonly blockers: readonly Blocker[];
}

const FULL_ID = /^(?:sha256:)?[0-9a-f]{64}$/;
const FEW_DIGITS = /^[0-9a-f]{1,3}$/;

/**
 * Resolves arguments as docker does: a name first (`latest` where no tag is given), else the beginning
 * of an id. Where docker takes any beginning, here it must have 4 digits or say `sha256:`: a mistyped
 * name such as `db` must not delete an image. Errors: `bad-input` for an ill-formed reference or a beginning that several ids share.
 */
export function targetsFromReferences(stock: Stock, refs: readonly string[]): ResolvedTargets {
  const byName = new Map<string, Image>();
  for (const image of stock.images) {
    for (const name of [...image.references, ...image.digests]) byName.set(name, image);
  }
  const names = new Map<string, string[] | undefined>();
  const byId = new Set<string>();
  const blockers: Blocker[] = [];
  for (const ref of refs) {
    const name = FULL_ID.test(ref) ? undefined : canonical(ref);
    const named = name === undefined ? undefined : byName.get(name);
    if (named && name !== undefined) {
      const meant = meaningOf(stock, named, name);
      const known = names.get(named.id);
      if (known) names.set(named.id, [...new Set([...known, ...meant])]);
      else names.set(named.id, byId.has(named.id) ? undefined : meant);
      continue;
    }
    const image = isImageId(ref) ? findById(stock.images, ref) : undefined;
    if (!image) {
      blockers.push(unknown(ref));
      continue;
    }
    byId.add(image.id);
    names.set(image.id, undefined);
  }
  const targets = [...names].map(([id, references]): Target => (references ? { id, references } : { id }));
  return { targets, byId, blockers };
}

/** A digest that is no name by itself stands for the names of its repository, as the containerd store takes it. */
function meaningOf(stock: Stock, image: Image, name: string): string[] {
  const kept = keptNames(stock.kind, image);
  if (kept.includes(name)) return [name];
  return kept.filter((other) => repositoryOf(other) === repositoryOf(name));
}

/** As the lists have it: familiar, with the implied tag; a digest makes a tag beside it meaningless. */
function canonical(ref: string): string {
  const reference = parseReference(ref).withDefaultTag();
  if (reference.digest === '') return reference.familiar();
  return `${reference.familiarName}@${reference.digest}`;
}

function findById(images: readonly Image[], ref: string): Image | undefined {
  const start = ref.startsWith('sha256:') ? ref : `sha256:${ref}`;
  const found = images.filter((image) => image.id.startsWith(start));
  if (found.length < 2) return found[0];
  const some = found.slice(0, 3).map((image) => `${shortId(image.id)} (${displayName(image)})`);
  throw new EngineError({
    code: 'bad-input',
    message: `${ref} is the beginning of ${found.length} image ids: ${some.join(', ')}${found.length > 3 ? ', …' : ''}`,
    hint: 'Give more digits of the id, or a name.',
  });
}

function unknown(ref: string): Blocker {
  return {
    kind: 'not-found',
    id: '',
    name: ref,
    by: [],
    help: FEW_DIGITS.test(ref)
      ? 'An id needs at least 4 of its digits. See names and ids with: nacre images -a'
      : 'See the names and ids that exist with: nacre images -a',
    forceable: false,
  };
}

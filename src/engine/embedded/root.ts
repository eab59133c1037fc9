/** The images of a store, and which one a person means. */
import { EngineError } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { isImageId, parseReference, repositoryOf, shortId } from '../reference.ts';
import { line } from '../text.ts';
import type { Entry } from './entry.ts';
import { joinNames, type Names } from './naming.ts';

/** An image of the store: what index.json points to, once, with all its names. */
export interface Root extends Names {
  /** The digest of its manifest or index: the image's id. */
  readonly id: string;
  readonly descriptor: Descriptor;
}

/** The images that entries stand for, in their order. */
export function gatherRoots(entries: readonly Entry[]): Root[] {
  const byDigest = new Map<string, Entry[]>();
  for (const entry of entries) {
    const same = byDigest.get(entry.descriptor.digest);
    if (same) same.push(entry);
    else byDigest.set(entry.descriptor.digest, [entry]);
  }
  return [...byDigest].map(([id, own]) => ({ id, descriptor: own[0]!.descriptor, ...joinNames(own) }));
}

const FULL_ID = /^(?:sha256:)?[0-9a-f]{64}$/;

export interface ResolvedRoot {
  readonly root: Root;
  /** The name that was meant, in familiar form; undefined where it was an id. */
  readonly name: string | undefined;
}

/** Errors: `not-found`, `bad-input`. */
export function findRoot(roots: readonly Root[], image: string): Root {
  return resolveRoot(roots, image).root;
}

/**
 * As docker resolves it: a name first, else the beginning of an id.
 * Errors: `not-found`, `bad-input`.
 */
export function resolveRoot(roots: readonly Root[], image: string): ResolvedRoot {
  if (!FULL_ID.test(image)) {
    const named = findByName(roots, image);
    if (named !== undefined) return named;
  }
  const root = isImageId(image) ? findById(roots, image) : undefined;
  if (root !== undefined) return { root, name: undefined };
  throw new EngineError({
    code: 'not-found',
    message: `no image is called ${line(image)}`,
    hint: 'See the names and ids that exist with: nacre images -a',
  });
}

/** A digest of a repository that the image has a name in means it too. */
function findByName(roots: readonly Root[], image: string): ResolvedRoot | undefined {
  const reference = parseReference(image).withDefaultTag();
  const { digest, familiarName } = reference;
  const name = digest === '' ? reference.familiar() : `${familiarName}@${digest}`;
  const root = roots.find(({ id, references, digests }) =>
    digest === ''
      ? references.includes(name)
      : id === digest && [...references, ...digests].some((one) => repositoryOf(one) === familiarName),
  );
  return root && { root, name };
}

function findById(roots: readonly Root[], image: string): Root | undefined {
  const start = image.startsWith('sha256:') ? image : `sha256:${image}`;
  const found = roots.filter((root) => root.id.startsWith(start));
  if (found.length < 2) return found[0];
  const some = found.slice(0, 3).map((root) => shortId(root.id));
  throw new EngineError({
    code: 'bad-input',
    message: `${image} is the beginning of ${found.length} image ids: ${some.join(', ')}${found.length > 3 ? ', …' : ''}`,
    hint: 'Give more digits of the id, or a name.',
  });
}

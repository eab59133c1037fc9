/** What an act did, read from its records; where those do not tell, from the engine as it is now. */
import type { RemovalEntry } from '../engine.ts';
import { isDigestName } from '../removal-names.ts';
import type { ChangedImage, NameHolder, RecordedAct, RecordedChange } from './change.ts';
import type { Facts } from './facts.ts';

/** Whose a name was before the act and is after it; `''`: nobody's. */
export interface MovedName {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

export interface Effects {
  /** In the order in which they were first touched; without those that are as they were. */
  readonly names: readonly MovedName[];
  /** Digest references that were taken from images that stayed. */
  readonly digests: readonly NameHolder[];
  /** Images that were deleted. */
  readonly gone: readonly ChangedImage[];
  /** All images that it touched, as they were before it. */
  readonly images: ReadonlyMap<string, ChangedImage>;
  /** True while something has no answer of the engine, and there are no facts to tell. */
  readonly unsure: boolean;
}

export function effectsOf(act: RecordedAct, facts?: Facts): Effects {
  const images = new Map<string, ChangedImage>();
  const names = new Map<string, { before: string; after: string }>();
  const digests = new Map<string, string>();
  const gone = new Set<string>();
  let unsure = false;
  const untagged = new Set<string>();
  /** Whether the act took all names that the image had. */
  const isBare = ({ references, digests: own }: ChangedImage): boolean =>
    references.length + own.length > 0 && [...references, ...own].every((name) => untagged.has(name));
  const move = (name: string, before: string, after: string): void => {
    names.set(name, { before: names.get(name)?.before ?? before, after });
  };
  for (const recorded of act.changes) {
    const { change, end, state } = recorded;
    for (const image of change.images) if (!images.has(image.id)) images.set(image.id, image);
    const isTold = state === 'done' || state === 'failed';
    if (!isTold && facts === undefined) unsure = true;
    const given = isTold || facts === undefined ? (end?.given ?? []) : givenNow(recorded, facts);
    for (const { name, image } of given)
      move(name, change.names.find((each) => each.name === name)?.image ?? '', image);
    const entries = isTold || facts === undefined ? (end?.entries ?? []) : missingNow(recorded, facts);
    for (const entry of entries) {
      if (entry.action === 'deleted') gone.add(entry.id);
      else {
        untagged.add(entry.reference);
        const owner = ownerOf(change.images, entry.reference);
        if (owner === undefined) continue;
        if (isDigestName(entry.reference)) digests.set(entry.reference, owner);
        else move(entry.reference, owner, '');
      }
    }
  }
  // The containerd store answers no deletion for an image that had only digests.
  if (facts !== undefined)
    for (const image of images.values()) if (isBare(image) && !facts.images.has(image.id)) gone.add(image.id);
  const deleted = [...images.values()].filter(({ id }) => gone.has(id));
  // Not every engine names all that goes with an image.
  for (const { id, references } of deleted) {
    for (const name of references)
      if (!names.has(name) && !isDigestName(name)) names.set(name, { before: id, after: '' });
  }
  return {
    names: [...names].flatMap(([name, { before, after }]) =>
      before === after ? [] : [{ name, before, after }],
    ),
    digests: [...digests].flatMap(([name, image]) => (gone.has(image) ? [] : [{ name, image }])),
    gone: deleted,
    images,
    unsure,
  };
}

function ownerOf(images: readonly ChangedImage[], name: string): string | undefined {
  return images.find(({ references, digests }) => references.includes(name) || digests.includes(name))?.id;
}

/** Names that a call may have given, where it was not told whether it did. */
function givenNow({ change }: RecordedChange, facts: Facts): NameHolder[] {
  return change.names.flatMap(({ name, image }) => {
    const now = facts.holders.get(name) ?? '';
    const isGiven = change.action === 'tag' ? now === change.images[0]?.id : now !== '' && now !== image;
    return isGiven ? [{ name, image: now }] : [];
  });
}

function missingNow({ change }: RecordedChange, facts: Facts): RemovalEntry[] {
  return change.action === 'remove' || change.action === 'prune' ? missingOf(change.images, facts) : [];
}

/** What is missing of all that a call may have taken. */
export function missingOf(images: readonly ChangedImage[], facts: Facts): RemovalEntry[] {
  return images.flatMap(({ id, references, digests }) => {
    const names = references.filter((name) => facts.holders.get(name) !== id);
    const isHere = facts.images.has(id);
    const left = facts.images.get(id)?.digests ?? [];
    const lost = digests.filter((name) => !left.includes(name));
    return [
      ...[...names, ...lost].map((reference): RemovalEntry => ({ action: 'untagged', reference })),
      ...(isHere ? [] : [{ action: 'deleted', id } as const]),
    ];
  });
}

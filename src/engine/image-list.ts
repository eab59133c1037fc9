/** Two lists of images, compared. */
import type { Image } from './image.ts';

/** Whether nothing a person could see differs; cheap for ten thousand images. The order counts for nothing. */
export function sameImages(before: readonly Image[], after: readonly Image[]): boolean {
  if (before.length !== after.length) return false;
  const known = new Map(before.map((image) => [image.id, image]));
  return after.every((image) => {
    const old = known.get(image.id);
    return old !== undefined && sameImage(old, image);
  });
}

function sameImage(a: Image, b: Image): boolean {
  return (
    a.role === b.role &&
    a.parentId === b.parentId &&
    a.size === b.size &&
    a.containers === b.containers &&
    a.sharedSize === b.sharedSize &&
    a.created === b.created &&
    sameTexts(a.references, b.references) &&
    sameTexts(a.digests, b.digests)
  );
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

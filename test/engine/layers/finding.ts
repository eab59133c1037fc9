/** What a search through images made for a test finds, as lines. */
import { type FindEvent, findInImages } from '../../../src/engine/layers/find-in-images.ts';
import { createLayerIndexCache } from '../../../src/engine/layers/layer-index-cache.ts';
import { parsePathPattern } from '../../../src/engine/layers/path-pattern.ts';
import { ManyContents, type ManyImage } from '../../../src/engine/layers/read-many.ts';

/** A cache that keeps nothing: all is read from the images. */
export const NOWHERE = createLayerIndexCache('/dev/null/nowhere');

export async function find(
  images: readonly ManyImage[],
  text: string,
  digests = false,
): Promise<FindEvent[]> {
  const events: FindEvent[] = [];
  const reader = new ManyContents(NOWHERE, { digests });
  for await (const event of findInImages(images, parsePathPattern(text), reader)) events.push(event);
  return events;
}

/** `image path layer/hidden by`. */
export function told(events: readonly FindEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === 'failed'
      ? [`${event.image.name} failed: ${event.error.message}`]
      : event.hits.map(
          ({ file: { path }, layer, hiddenBy }) => `${event.image.name} ${path} ${layer}/${hiddenBy ?? ''}`,
        ),
  );
}

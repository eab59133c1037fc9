/** What the drawn image carries in vain, worked out as the app does once all of it is read. */
import type { FilesPage } from '../../src/app/files-page.ts';
import type { FilesWaste } from '../../src/app/files-waste.ts';
import { wasteOf } from '../../src/engine/layers/waste.ts';

/** Undefined while something of it has not come. */
export function filesWasteOf({ image, indexes, progress }: FilesPage): FilesWaste | undefined {
  return image === undefined || !progress.done ? undefined : { indexes, waste: wasteOf({ image, indexes }) };
}

/** Reads the contents of an image for the page of waste: only they tell what is there twice. */
import { asEngineError } from '../engine/errors.ts';
import type { ImageContents } from '../engine/layers/contents.ts';
import { findWaste } from '../engine/layers/waste.ts';
import type { App } from './app.ts';
import { type WastePage, wasteOfPage, wasteShown, withWastePage } from './files-waste.ts';
import { inSlices } from './in-slices.ts';

export function noComparing(app: App): string | undefined {
  const state = app.store.get();
  const page = wasteShown(state);
  const waste = state.files === undefined ? undefined : wasteOfPage(state, state.files);
  if (page === undefined || waste === undefined) return 'waits until all layers are read';
  if (page.comparing !== undefined) return 'the contents are being read';
  return waste.compared ? 'the contents are read: duplicates are listed' : undefined;
}

/** What was read is kept, so that it is known from then on. Leaving the page ends it. */
export async function compareContents(app: App): Promise<void> {
  const { files } = app.store.get();
  if (files === undefined) return;
  const { opened, source, indexes } = files;
  const reading = new AbortController();
  const { signal } = reading;
  let told: WastePage['comparing'];
  // A page that was left and opened again may be told of by another reading already.
  const put = (comparing: WastePage['comparing']): void => {
    const before = told;
    told = comparing;
    app.store.stream((state) =>
      withWastePage(state, (page) =>
        page.opened === opened && page.comparing === before ? { ...page, comparing } : page,
      ),
    );
  };
  const unsubscribe = app.store.subscribe(() => {
    if (wasteShown(app.store.get())?.opened !== opened) reading.abort();
  });
  put({ bytes: 0, total: undefined });
  try {
    const contents = await read();
    if (contents === undefined) return;
    await new Promise<void>((done) => {
      const stop = inSlices(findWaste(contents), (waste) => {
        app.store.stream((state) =>
          state.files?.opened === opened && state.files.indexes === indexes
            ? { ...state, filesWaste: { indexes, waste } }
            : state,
        );
        done();
      });
      signal.addEventListener('abort', () => {
        stop();
        done();
      });
    });
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code !== 'cancelled') app.fail('reading contents', error);
  } finally {
    unsubscribe();
    put(undefined);
  }

  async function read(): Promise<ImageContents | undefined> {
    const [{ readContents }, { layerIndexCache }] = await Promise.all([
      import('../engine/layers/read-contents.ts'),
      import('../engine/layers/index-folder.ts'),
    ]);
    const events = readContents(source, { cache: layerIndexCache(), digests: true, partial: false, signal });
    for (;;) {
      const step = await events.next();
      if (step.done) return step.value;
      if (step.value.type === 'read') put({ bytes: step.value.bytes, total: step.value.total });
    }
  }
}

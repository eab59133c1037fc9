/** The waste of the image whose files are shown is worked out once all of it is read, a piece at a time. */
import type { LayerIndex } from '../engine/layers/layer-index.ts';
import { findWaste, type Waste } from '../engine/layers/waste.ts';
import type { App } from './app.ts';
import { inSlices } from './in-slices.ts';

/** Call the result to stop. */
export function followWaste({ store }: Pick<App, 'store'>): () => void {
  /** An image that is looked at again is not worked out again. */
  const known = new WeakMap<readonly LayerIndex[], Waste>();
  let working: { readonly indexes: readonly LayerIndex[]; readonly stop: () => void } | undefined;
  const take = (indexes: readonly LayerIndex[], waste: Waste): void => {
    known.set(indexes, waste);
    store.stream((state) =>
      state.filesWaste?.indexes === indexes ? state : { ...state, filesWaste: { indexes, waste } },
    );
  };
  const look = (): void => {
    const { files, filesWaste } = store.get();
    const { indexes, image } = files ?? {};
    if (working !== undefined && working.indexes !== indexes) {
      working.stop();
      working = undefined;
    }
    // The tree comes first: it is what a person waits for.
    if (files?.tree === undefined || image === undefined || indexes === undefined) return;
    if (!files.progress.done || working !== undefined) return;
    if (filesWaste?.indexes === indexes) {
      known.set(indexes, filesWaste.waste);
      return;
    }
    const before = known.get(indexes);
    if (before !== undefined) {
      take(indexes, before);
      return;
    }
    const tree = files.stacks.get(indexes.length);
    working = { indexes, stop: () => clearImmediate(start) };
    // Not in the same turn: whoever changed the state goes on first.
    const start = setImmediate(() => {
      const stop = inSlices(findWaste({ image, indexes }, tree === undefined ? {} : { tree }), (waste) => {
        working = undefined;
        take(indexes, waste);
      });
      if (working !== undefined) working = { indexes, stop };
    });
  };
  const unsubscribe = store.subscribe(look);
  return () => {
    unsubscribe();
    working?.stop();
  };
}

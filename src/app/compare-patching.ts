/** How the text of one file of a comparison differs: it is read as long as somebody looks. */
import type { FileChange } from '../engine/compare/file-changes.ts';
import { asEngineError } from '../engine/errors.ts';
import type { App } from './app.ts';
import { compareShown } from './compare-page.ts';
import { fileRows } from './compare-rows.ts';
import { comparePutter } from './compare-work.ts';

/** Of the file under the cursor. */
export function openPatch(app: App): void {
  const page = compareShown(app.store.get());
  const change = page === undefined ? undefined : fileRows(page)[page.places.files.at];
  if (change !== undefined) readPatch(app, change);
}

/** Opens it, or tries again. */
export function readPatch(app: App, change: FileChange): void {
  const page = app.store.get().compare;
  if (page?.comparison === undefined || page.sources === undefined) return;
  const { comparison, sources, opened } = page;
  const tried = {};
  const patch = {
    ...{ change, tried, diff: undefined, error: undefined, top: 0 },
    read: { bytes: 0, total: undefined },
  };
  app.store.update((state) =>
    state.compare === undefined ? state : { ...state, compare: { ...state.compare, patch } },
  );
  const stop = new AbortController();
  const { signal } = stop;
  const isOpen = (): boolean => {
    const { compare } = app.store.get();
    return compare?.opened === opened && compare.patch?.tried === tried;
  };
  const unsubscribe = app.store.subscribe(() => {
    if (!isOpen()) stop.abort();
  });
  const put = comparePutter(app, opened, signal);
  void (async () => {
    try {
      const { fileDiff } = await import('../engine/compare/file-diff.ts');
      const diff = await fileDiff(comparison, sources, change, {
        signal,
        inTurns: true,
        onRead: (bytes, total) =>
          put((now) => ({ patch: now.patch && { ...now.patch, read: { bytes, total } } })),
      });
      put((now) => ({ patch: now.patch && { ...now.patch, diff } }));
    } catch (thrown) {
      const error = asEngineError(thrown);
      put((now) => ({ patch: now.patch && { ...now.patch, error } }));
    } finally {
      unsubscribe();
    }
  })();
}

/** Reading two images and comparing them; then the packages of both, and the text of single files. */
import { asEngineError } from '../engine/errors.ts';
import type { ContentSource, ImageContents } from '../engine/layers/contents.ts';
import type { App } from './app.ts';
import {
  type Compared,
  type ComparePage,
  type CompareProgress,
  compareShown,
  newComparePage,
} from './compare-page.ts';
import { fileRows } from './compare-rows.ts';
import { beginCompare, endCompare } from './compare-work.ts';
import { connectedEngine } from './connected.ts';

/** Opens the page; what is read goes on until it is left. */
export function openCompare(app: App, before: Compared, after: Compared): void {
  start(app, newComparePage(before, after));
}

/** The same two the other way round, or anew. */
export function compareAgain(app: App, swapped: boolean): void {
  const page = app.store.get().compare;
  if (page === undefined) return;
  const [before, after] = swapped ? [page.after, page.before] : [page.before, page.after];
  start(app, { ...newComparePage(before, after), tab: page.tab });
}

function start(app: App, page: ComparePage): void {
  const signal = beginCompare(app);
  app.store.update((state) => ({ ...state, compare: page, overlay: undefined, field: undefined }));
  const unsubscribe = app.store.subscribe(() => {
    const isOpen = app.store.get().compare?.opened === page.opened;
    if (isOpen && !signal.aborted) return;
    unsubscribe();
    // Another page has ended its work already.
    if (!signal.aborted) endCompare(app);
  });
  void read(app, page, signal);
}

/** Changes the page as long as it is the one that was opened. */
function putter(app: App, opened: object, signal: AbortSignal) {
  return (change: (page: ComparePage) => Partial<ComparePage>): void =>
    app.store.stream((state) => {
      const { compare } = state;
      if (signal.aborted || compare?.opened !== opened) return state;
      return { ...state, compare: { ...compare, ...change(compare) } };
    });
}

async function read(app: App, { opened, before, after }: ComparePage, signal: AbortSignal): Promise<void> {
  const put = putter(app, opened, signal);
  const tell = (progress: CompareProgress): void => put(() => ({ progress }));
  try {
    const [{ compareImages }, { hasPackageChanges, packageChanges }, { readBoth }, { layerIndexCache }] =
      await Promise.all([
        import('../engine/compare/compare-images.ts'),
        import('../engine/compare/package-changes.ts'),
        import('../engine/compare/read-both.ts'),
        import('../engine/layers/index-folder.ts'),
      ]);
    const sources = { before: await sourceOf(app, before), after: await sourceOf(app, after) };
    const names = { before: before.name, after: after.name };
    const contents = await readBoth(sources, {
      cache: layerIndexCache(),
      digests: true,
      signal,
      onRead: (side, bytes, total) => tell({ what: `reading ${names[side]}`, bytes, total }),
    });
    tell({ what: 'comparing', bytes: 0, total: undefined });
    const comparison = await compareImages(named(contents.before, before), named(contents.after, after), {
      signal,
    });
    put(() => ({ comparison, sources }));
    if (!hasPackageChanges(comparison)) {
      put(() => ({ packages: { status: 'read', changes: { list: [], problems: [] } } }));
      return;
    }
    const reading = (bytes: number, total: number | undefined): void =>
      put(() => ({ packages: { status: 'reading', progress: { what: 'reading packages', bytes, total } } }));
    reading(0, undefined);
    try {
      const changes = await packageChanges(comparison, sources, { signal, onRead: reading });
      put(() => ({ packages: { status: 'read', changes } }));
    } catch (thrown) {
      put(() => ({ packages: { status: 'failed', error: asEngineError(thrown) } }));
    }
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code !== 'cancelled') put(() => ({ error }));
  }
}

async function sourceOf(app: App, { id, name }: Compared): Promise<ContentSource> {
  if (id !== undefined) return connectedEngine(app).contents(id);
  const { openContents } = await import('../engine/layers/open-contents.ts');
  return await openContents(async () => connectedEngine(app), name, {
    insecureRegistries: app.insecureRegistries,
  });
}

/** An image that was chosen by its id is shown by its name. */
function named(contents: ImageContents, { id, name }: Compared): ImageContents {
  return id === undefined ? contents : { ...contents, image: { ...contents.image, name } };
}

/** Shows how the text of the file under the cursor differs. */
export function openPatch(app: App): void {
  const page = compareShown(app.store.get());
  const change = page === undefined ? undefined : fileRows(page)[page.places.files.at];
  if (page?.comparison === undefined || page.sources === undefined || change === undefined) return;
  const { comparison, sources, opened } = page;
  const patch = { change, diff: undefined, error: undefined, top: 0 };
  app.store.update((state) =>
    state.compare === undefined ? state : { ...state, compare: { ...state.compare, patch } },
  );
  const stop = new AbortController();
  const isOpen = (): boolean => {
    const { compare } = app.store.get();
    return compare?.opened === opened && compare.patch?.change === change;
  };
  const unsubscribe = app.store.subscribe(() => {
    if (!isOpen()) stop.abort();
  });
  const put = putter(app, opened, stop.signal);
  void (async () => {
    try {
      const { fileDiff } = await import('../engine/compare/file-diff.ts');
      const diff = await fileDiff(comparison, sources, change, { signal: stop.signal, inTurns: true });
      put((now) => ({ patch: now.patch && { ...now.patch, diff } }));
    } catch (thrown) {
      const error = asEngineError(thrown);
      put((now) => ({ patch: now.patch && { ...now.patch, error } }));
    } finally {
      unsubscribe();
    }
  })();
}

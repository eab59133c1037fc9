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

/** Milliseconds for which keys may wait while a text is compared. */
const PATIENCE = 400;

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
    const [{ compareImages }, { hasPackageChanges, packageChanges }] = await Promise.all([
      import('../engine/compare/compare-images.ts'),
      import('../engine/compare/package-changes.ts'),
    ]);
    const sources = { before: await sourceOf(app, before), after: await sourceOf(app, after) };
    // One after the other: what the second shares with the first is read once.
    const a = await contentsOf(sources.before, before.name, tell, signal);
    const b = await contentsOf(sources.after, after.name, tell, signal);
    tell({ what: 'comparing', bytes: 0, total: undefined });
    const comparison = await compareImages(named(a, before), named(b, after), { signal });
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

async function contentsOf(
  source: ContentSource,
  name: string,
  tell: (progress: CompareProgress) => void,
  signal: AbortSignal,
): Promise<ImageContents> {
  const [{ readContents }, { layerIndexCache }] = await Promise.all([
    import('../engine/layers/read-contents.ts'),
    import('../engine/layers/index-folder.ts'),
  ]);
  tell({ what: `reading ${name}`, bytes: 0, total: undefined });
  const reading = readContents(source, { cache: layerIndexCache(), digests: true, partial: false, signal });
  try {
    for (;;) {
      const step = await reading.next();
      if (step.done) return step.value;
      const { value } = step;
      if (value.type === 'read') tell({ what: `reading ${name}`, bytes: value.bytes, total: value.total });
    }
  } finally {
    await reading.return(undefined as never);
  }
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
      const diff = await fileDiff(comparison, sources, change, { signal: stop.signal, patience: PATIENCE });
      put((now) => ({ patch: now.patch && { ...now.patch, diff } }));
    } catch (thrown) {
      const error = asEngineError(thrown);
      put((now) => ({ patch: now.patch && { ...now.patch, error } }));
    } finally {
      unsubscribe();
    }
  })();
}

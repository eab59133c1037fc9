/** Reading two images and comparing them, then the packages of both; what an engine that was lost kept from it is tried again. */
import type { Sources } from '../engine/compare/file-diff.ts';
import { asEngineError } from '../engine/errors.ts';
import type { ContentSource, ImageContents } from '../engine/layers/contents.ts';
import type { App } from './app.ts';
import {
  type Compared,
  type ComparePage,
  type CompareProgress,
  compareFailed,
  newComparePage,
} from './compare-page.ts';
import { readPatch } from './compare-patching.ts';
import { beginCompare, comparePutter, compareSignal, endCompare } from './compare-work.ts';
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
  let engine = app.session.engine();
  const address = engine?.info.address;
  const unsubscribe = app.store.subscribe(() => {
    const isOpen = app.store.get().compare?.opened === page.opened;
    if (isOpen && !signal.aborted) {
      const now = app.session.engine();
      if (now === undefined || now === engine) return;
      engine = now;
      if (address === undefined || address === now.info.address)
        queueMicrotask(() => void onceMore(app, page.opened));
      return;
    }
    unsubscribe();
    // Another page has ended its work already.
    if (!signal.aborted) endCompare(app);
  });
  void read(app, page, signal);
}

async function read(app: App, { opened, before, after }: ComparePage, signal: AbortSignal): Promise<void> {
  const put = comparePutter(app, opened, signal);
  const tell = (progress: CompareProgress): void => put(() => ({ progress }));
  try {
    const [{ compareImages }, { readBoth }, { layerIndexCache }] = await Promise.all([
      import('../engine/compare/compare-images.ts'),
      import('../engine/compare/read-both.ts'),
      import('../engine/layers/index-folder.ts'),
    ]);
    const sources = await sourcesOf(app, before, after);
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
    await readComparedPackages(app, opened, signal);
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code !== 'cancelled') put(() => ({ error }));
  }
}

async function readComparedPackages(app: App, opened: object, signal: AbortSignal): Promise<void> {
  const put = comparePutter(app, opened, signal);
  const { compare } = app.store.get();
  if (compare?.comparison === undefined || compare.sources === undefined) return;
  const { comparison, sources } = compare;
  const reading = (bytes: number, total: number | undefined): void =>
    put(() => ({ packages: { status: 'reading', progress: { what: 'reading packages', bytes, total } } }));
  reading(0, undefined);
  try {
    const { hasPackageChanges, packageChanges } = await import('../engine/compare/package-changes.ts');
    const changes = hasPackageChanges(comparison)
      ? await packageChanges(comparison, sources, { signal, onRead: reading })
      : { list: [], problems: [] };
    put(() => ({ packages: { status: 'read', changes } }));
  } catch (thrown) {
    put(() => ({ packages: { status: 'failed', error: asEngineError(thrown) } }));
  }
}

/** The engine is back: what is asked for from here on is asked of it. */
async function onceMore(app: App, opened: object): Promise<void> {
  const page = app.store.get().compare;
  const signal = compareSignal(app);
  if (page?.opened !== opened || signal === undefined) return;
  if (page.comparison !== undefined) {
    const sources = await sourcesOf(app, page.before, page.after).catch(() => page.sources);
    comparePutter(app, opened, signal)(() => ({ sources }));
  }
  if (app.store.get().compare?.opened === opened) retryCompare(app);
}

/** Tries again what could not be read; what has come stays. */
export function retryCompare(app: App): void {
  const page = app.store.get().compare;
  const signal = compareSignal(app);
  if (page === undefined || signal === undefined || !compareFailed(page)) return;
  // Of an engine that is not back yet nothing else is heard.
  if (app.session.engine() === undefined) return;
  if (page.error !== undefined) {
    compareAgain(app, false);
    return;
  }
  if (page.packages.status === 'failed') void readComparedPackages(app, page.opened, signal);
  if (page.patch?.error !== undefined) readPatch(app, page.patch.change);
}

async function sourcesOf(app: App, before: Compared, after: Compared): Promise<Sources> {
  return { before: await sourceOf(app, before), after: await sourceOf(app, after) };
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

/** Opening the files of an image: its layers are read as a stream, and what has come can be used meanwhile. */
import { asEngineError } from '../engine/errors.ts';
import { downFrom, imagesOn } from '../engine/forest.ts';
import type { ContentSource, ContentsEvent } from '../engine/layers/contents.ts';
import type { App } from './app.ts';
import { currentForestRow } from './branches.ts';
import { rowById } from './facts.ts';
import { arrangeFiles } from './files-arranging.ts';
import { EMPTY_INDEX, type FilesPage, NOTHING_READ, newFilesPage } from './files-page.ts';
import { searchFilesAgain } from './files-searching.ts';
import { filesWork, leaveFiles } from './files-work.ts';
import { forestTree } from './forest-tree.ts';
import { shortId } from './format.ts';
import { currentImage } from './movement.ts';
import { createRate } from './rate.ts';
import type { AppState } from './state.ts';

/** What comes in one go, as from the cache, is arranged once; in milliseconds. */
const REST = 30;

/** Where to begin: at a layer, by its place from the base up, and at a path without a slash in front. */
export interface FilesStart {
  readonly layer?: number;
  readonly path?: Uint8Array;
}

/** The image whose files `f` opens, and on the layers screen the layer that they are opened at. */
function subjectOf(
  state: AppState,
): { readonly image: string; readonly layer: number | undefined } | undefined {
  const image = currentImage(state);
  if (state.screen !== 'layers' || state.page !== undefined)
    return image === undefined ? undefined : { image, layer: undefined };
  const row = currentForestRow(state);
  const on = image ?? (row === undefined ? undefined : imagesOn(row.node)[0]);
  if (row === undefined || on === undefined) return undefined;
  // Where an image ends its files are meant, elsewhere those of the layer.
  return { image: on, layer: image === undefined ? [...downFrom(row.node)].length - 1 : undefined };
}

export function noFiles(app: App): string | undefined {
  const subject = subjectOf(app.store.get());
  if (subject === undefined) return 'there is no image under the cursor';
  const isThere = app.session.engine() !== undefined || keptPage(app, subject.image) !== undefined;
  return isThere ? undefined : 'waits until the engine is back';
}

function keptPage(app: App, image: string): FilesPage | undefined {
  const { connection } = app.store.get();
  const address = connection.status === 'connecting' ? connection.address : connection.info?.address;
  return filesWork(app).recent.find(({ id, engine }) => id === image && engine === address);
}

export function openCurrentFiles(app: App): void {
  const subject = subjectOf(app.store.get());
  if (subject !== undefined)
    openFiles(app, subject.image, subject.layer === undefined ? {} : { layer: subject.layer });
}

/** `image`: an id that the engine knows. What was read before in this session is shown at once, as it was left. */
export function openFiles(app: App, image: string, { layer, path }: FilesStart = {}): void {
  const engine = app.session.engine();
  const source = engine?.contents(image);
  const known = keptPage(app, image);
  if (known !== undefined) {
    const page = { ...known, source: source ?? known.source, opened: {} };
    const isAsLeft = layer === undefined && path === undefined;
    openPage(
      app,
      isAsLeft ? page : { ...page, layer, goTo: path, focus: 'tree', search: undefined, tree: undefined },
    );
  } else if (engine !== undefined && source !== undefined) {
    const name = nameOf(app.store.get(), image);
    openPage(app, {
      ...newFilesPage({ id: image, name, engine: engine.info.address, source, goTo: path }),
      layer,
    });
    void read(app);
  }
}

/** The same for what lies elsewhere: an archive on disk, or a registry. */
export function openSource(app: App, name: string, source: ContentSource): void {
  openPage(app, newFilesPage({ id: name, name, engine: '', source, goTo: undefined }));
  void read(app);
}

function openPage(app: App, page: FilesPage): void {
  const work = filesWork(app);
  const before = app.store.get().files;
  if (before !== undefined) leaveFiles(work, before);
  app.store.update((state) => ({ ...state, files: page, field: undefined }));
  let last = page;
  let engine = app.session.engine();
  const unsubscribe = app.store.subscribe(() => {
    const { files } = app.store.get();
    if (files?.opened !== page.opened) {
      unsubscribe();
      // Another page has ended its work already.
      if (files === undefined) leaveFiles(work, last);
      return;
    }
    last = files;
    const now = app.session.engine();
    if (now === undefined || now === engine) return;
    engine = now;
    if (files.engine === now.info.address) queueMicrotask(() => onceMore(app, page.opened));
  });
  arrangeFiles(app);
}

/** The engine is back: what is asked for from here on is asked of it. */
function onceMore(app: App, opened: object): void {
  const engine = app.session.engine();
  const { files } = app.store.get();
  if (engine === undefined || files?.opened !== opened) return;
  const source = engine.contents(files.id);
  app.store.update((state) =>
    state.files === undefined ? state : { ...state, files: { ...state.files, source } },
  );
  rereadFiles(app);
}

function nameOf(state: AppState, id: string): string {
  const name = state.stock === undefined ? undefined : forestTree(state.stock).nameOf(id);
  return name ?? rowById(state, id)?.name ?? shortId(id);
}

/** Tries again what could not be read; what has come stays. */
export function rereadFiles(app: App): void {
  const page = app.store.get().files;
  if (page !== undefined && !page.progress.done && page.error !== undefined) void read(app);
}

async function read(app: App): Promise<void> {
  const work = filesWork(app);
  const { opened, source } = app.store.get().files!;
  const reading = new AbortController();
  work.reading?.abort();
  work.reading = reading;
  const { signal } = reading;
  const put = (change: (page: FilesPage) => Partial<FilesPage>): void =>
    app.store.stream((state) => {
      const { files } = state;
      if (signal.aborted || files?.opened !== opened) return state;
      return { ...state, files: { ...files, ...change(files) } };
    });
  put(() => ({ error: undefined, progress: NOTHING_READ }));
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      arrangeFiles(app, true);
    }, REST);
  };
  const rate = createRate();
  let bytes = 0;
  const take = (event: ContentsEvent): void => {
    switch (event.type) {
      case 'described': {
        const { image } = event;
        put(({ indexes, read, layer }) => ({
          image,
          ...(layer !== undefined && layer >= image.layers.length && { layer: undefined }),
          indexes: indexes.length === image.layers.length ? indexes : image.layers.map(() => EMPTY_INDEX),
          read: read.length === image.layers.length ? read : image.layers.map(() => 'not' as const),
        }));
        soon();
        return;
      }
      case 'layer': {
        const { layer, index, whole } = event;
        put((page) => ({
          indexes: page.indexes.with(layer, index),
          read: page.read.with(layer, whole ? 'whole' : 'partly'),
          stacks: new Map(),
        }));
        soon();
        return;
      }
      case 'read': {
        rate.add(event.bytes - bytes, app.clock());
        bytes = event.bytes;
        const { total } = event;
        put(() => ({ progress: { bytes, total, perSecond: rate.perSecond(app.clock()), done: false } }));
      }
    }
  };
  try {
    const [{ readContents }, { layerIndexCache }] = await Promise.all([
      import('../engine/layers/read-contents.ts'),
      import('../engine/layers/index-folder.ts'),
    ]);
    const events = readContents(source, { cache: layerIndexCache(), signal });
    for await (const event of events) take(event);
    put(({ progress }) => ({ progress: { ...progress, done: true } }));
    clearTimeout(timer);
    arrangeFiles(app);
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code !== 'cancelled') put(() => ({ error }));
  } finally {
    if (work.reading === reading) work.reading = undefined;
    // What was found last may be of an earlier part.
    if (app.store.get().files?.opened === opened) searchFilesAgain(app);
  }
}

/** Opening one file of an image to look at it: it is loaded as long as somebody looks, and then coloured. */
import { asEngineError } from '../engine/errors.ts';
import { linkedFile } from '../engine/layers/linked-file.ts';
import { lookUp, stackedFiles } from '../engine/layers/path-lookup.ts';
import { shownPath } from '../engine/layers/shown-path.ts';
import type { App } from './app.ts';
import { languageOf } from './file-language.ts';
import { isText } from './file-text.ts';
import { type FileView, MOST_SHOWN, newFileView, withBytes } from './file-view.ts';
import { type FilesTarget, filesTarget } from './files-page.ts';
import type { AppState } from './state.ts';

/** Bytes of a text beyond which it stays without colours. */
const MOST_COLOURED = 512 * 1024;

/** Why what is under the cursor cannot be looked at; undefined where it can. */
export function notViewable(app: App): string | undefined {
  const target = filesTarget(app.store.get());
  if (target === undefined) return 'there is no file under the cursor';
  if (target.folder) return 'this is a folder: → opens it, e extracts it';
  const type = target.index.type(target.own);
  if (type === 'file' || type === 'hardlink' || type === 'symlink') return undefined;
  return `a ${type.replace('-', ' ')} has nothing to show`;
}

export function openFileView(app: App): void {
  const target = filesTarget(app.store.get());
  if (target === undefined) return;
  try {
    const place = placeOfFile(target);
    const index = target.contents.indexes[place.layer]!;
    void load(
      app,
      newFileView({
        target,
        path: `/${shownPath(target.path)}`,
        layer: place.layer,
        size: index.size(place.entry),
      }),
      place,
    );
  } catch (thrown) {
    app.fail('this file cannot be shown', thrown);
  }
}

type Place = ReturnType<typeof linkedFile>;

/** The file itself; of a symbolic link the one that it leads to in this tree. */
function placeOfFile({ tree, index, own, layer, path, contents }: FilesTarget): Place {
  if (index.type(own) !== 'symlink') return linkedFile(contents.indexes, { layer, entry: own });
  const found = tree.source(lookUp(stackedFiles(tree), path, { follow: true }));
  return linkedFile(contents.indexes, found);
}

/** Loads it, as long as somebody looks: closing the page ends the reading. */
async function load(app: App, view: FileView, { layer, entry }: Place): Promise<void> {
  const { source, contents } = view.target;
  const stop = new AbortController();
  const isShown = (state: AppState): boolean => state.fileView?.target === view.target;
  const change = (how: (now: FileView) => FileView): void =>
    app.store.stream((state) => (isShown(state) ? { ...state, fileView: how(state.fileView!) } : state));
  app.store.update((state) => ({ ...state, fileView: view }));
  const unsubscribe = app.store.subscribe(() => {
    if (!isShown(app.store.get())) stop.abort();
  });
  try {
    const { readFile } = await import('../engine/layers/file-body.ts');
    const loaded = await readFile(source, contents, layer, entry, {
      most: MOST_SHOWN,
      signal: stop.signal,
      onRead: (read, total) => change((now) => ({ ...now, read: { bytes: read, total } })),
    });
    const isTextual = isText(loaded);
    change((now) => withBytes(now, loaded, isTextual));
    if (isTextual) await colour(app, view.path, loaded, stop.signal, change);
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code !== 'cancelled') change((now) => ({ ...now, error }));
  } finally {
    unsubscribe();
  }
}

async function colour(
  app: App,
  path: string,
  loaded: Buffer,
  signal: AbortSignal,
  change: (how: (now: FileView) => FileView) => void,
): Promise<void> {
  if (loaded.length > MOST_COLOURED) return;
  const language = languageOf(path, loaded.toString('utf8', 0, 200));
  if (language === undefined) return;
  const text = app.store.get().fileView?.text?.text;
  if (text === undefined) return;
  const { coloursOf } = await import('./colouring.ts');
  const colours = await coloursOf({ text, language }, signal);
  change((now) => ({ ...now, colours }));
}

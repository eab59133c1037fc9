/** Looking at one file of an image: it is loaded, coloured, scrolled and searched. */
import { asEngineError } from '../engine/errors.ts';
import { linkedFile } from '../engine/layers/linked-file.ts';
import { lookUp, stackedFiles } from '../engine/layers/path-lookup.ts';
import { shownPath } from '../engine/layers/shown-path.ts';
import type { App } from './app.ts';
import { languageOf } from './file-language.ts';
import { isText } from './file-text.ts';
import {
  type FileView,
  fileViewHeight,
  lastFileTop,
  MOST_SHOWN,
  matchesOfFile,
  rowOfMatch,
  rowPlace,
  withBytes,
} from './file-view.ts';
import { type FilesTarget, filesTarget } from './files-page.ts';
import { bytes } from './format.ts';
import { type Motion, motionTarget } from './list.ts';
import type { AppState } from './state.ts';
import { fieldOf, type TextField } from './text-field.ts';

/** Bytes of a text beyond which it stays without colours: they take a third of a second then. */
const MOST_COLOURED = 512 * 1024;
/** Cells that one step to the side goes. */
const SIDE = 8;

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
      {
        target,
        path: `/${shownPath(target.path)}`,
        layer: place.layer,
        size: index.size(place.entry),
        bytes: undefined,
        text: undefined,
        read: { bytes: 0, total: undefined },
        error: undefined,
        hex: false,
        wrap: false,
        top: 0,
        left: 0,
        colours: [],
        search: '',
        match: undefined,
      },
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
    if (isTextual) await colour(view.path, loaded, change);
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code !== 'cancelled') change((now) => ({ ...now, error }));
  } finally {
    unsubscribe();
  }
}

async function colour(
  path: string,
  loaded: Buffer,
  change: (how: (now: FileView) => FileView) => void,
): Promise<void> {
  if (loaded.length > MOST_COLOURED) return;
  const language = languageOf(path, loaded.toString('utf8', 0, 200));
  if (language === undefined) return;
  const { colouredParts } = await import('./file-colours.ts');
  // The text is there first: its colours may take a while.
  await new Promise((resolve) => setTimeout(resolve, FIRST_FRAME));
  change((now) =>
    now.text === undefined ? now : { ...now, colours: colouredParts(now.text.text, language) },
  );
}

/** Milliseconds in which a frame is surely drawn. */
const FIRST_FRAME = 50;

function changeView(app: App, how: (view: FileView, state: AppState) => FileView): void {
  app.store.update((state) => {
    if (state.fileView === undefined) return state;
    const fileView = how(state.fileView, state);
    return fileView === state.fileView ? state : { ...state, fileView };
  });
}

export function moveFileView(app: App, motion: Motion): void {
  changeView(app, (view, state) => {
    const last = lastFileTop(state, view);
    const target =
      motion === 'bottom' ? last : motionTarget(motion, view.top, last + 1, fileViewHeight(state));
    const top = Math.max(0, Math.min(last, target));
    return top === view.top ? view : { ...view, top };
  });
}

export function shiftFileView(app: App, step: 1 | -1): void {
  changeView(app, (view) => {
    if (view.wrap || view.hex) return view;
    const left = Math.max(0, view.left + step * SIDE);
    return left === view.left ? view : { ...view, left };
  });
}

export function nothingToShift(app: App): string | undefined {
  const view = app.store.get().fileView;
  return view?.wrap || view?.hex ? 'all of each line is shown' : undefined;
}

/** Long lines go on in further rows, or are cut; the line on top stays there. */
export function toggleWrap(app: App): void {
  changeView(app, (view, state) => {
    const turned = { ...view, wrap: !view.wrap, left: 0 };
    return { ...turned, top: Math.min(lastFileTop(state, turned), topFor(state, view, turned)) };
  });
}

export function noText(app: App): string | undefined {
  const view = app.store.get().fileView;
  if (view?.bytes === undefined) return 'nothing has been read yet';
  return view.text === undefined ? 'this is no text' : undefined;
}

/** Text or hex, as far down in the file as before. */
export function toggleHex(app: App): void {
  changeView(app, (view, state) => {
    const turned = { ...view, hex: !view.hex, left: 0, match: undefined };
    return { ...turned, top: Math.min(lastFileTop(state, turned), topFor(state, view, turned)) };
  });
}

/** The row of the new look in which what stands on top of the old one begins. */
function topFor(state: AppState, old: FileView, turned: FileView): number {
  if (old.text === undefined || old.bytes === undefined) return 0;
  if (old.hex !== turned.hex) {
    const rows = Math.max(1, lastFileTop(state, old));
    return Math.round((old.top / rows) * lastFileTop(state, turned));
  }
  const { line } = rowPlace(state, old, old.top);
  return rowOfMatch(state, turned, old.text.starts[line] ?? 0);
}

export function searchFileView(app: App): void {
  app.store.update((state) => ({ ...state, field: fieldOf(state.fileView?.search ?? '') }));
}

/** What is typed into the search field. */
export function searchingFileView(state: AppState, field: TextField): AppState {
  const view = state.fileView;
  return view === undefined
    ? state
    : { ...state, field, fileView: { ...view, search: field.text, match: undefined } };
}

/** Goes to the next match, around the end. */
export function nextFileMatch(app: App, step: 1 | -1): void {
  const state = app.store.get();
  const view = state.fileView;
  if (view === undefined) return;
  if (view.search === '') {
    app.say('plain', '/ searches this file');
    return;
  }
  const matches = matchesOfFile(view.text, view.bytes, view.hex, view.search);
  if (matches.length === 0) {
    const where =
      view.bytes !== undefined && view.bytes.length < view.size ? 'what is shown of this file' : 'this file';
    app.say('bad', `"${view.search}" is not in ${where}`);
    return;
  }
  const at = view.match;
  const isNext = (match: number): boolean =>
    at === undefined
      ? step === 1
        ? rowOfMatch(state, view, match) >= view.top
        : rowOfMatch(state, view, match) < view.top
      : step === 1
        ? match > at
        : match < at;
  const next = step === 1 ? matches.find(isNext) : matches.findLast(isNext);
  const target = next ?? (step === 1 ? matches[0]! : matches.at(-1)!);
  const row = rowOfMatch(state, view, target);
  const height = fileViewHeight(state);
  changeView(app, (now, then) => ({
    ...now,
    match: target,
    // What is in sight stays where it is.
    top:
      row >= now.top && row < now.top + height
        ? now.top
        : Math.min(lastFileTop(then, now), Math.max(0, row - 2)),
  }));
  app.say('plain', `match ${matches.indexOf(target) + 1} of ${matches.length}`);
}

export function copyFilePath(app: App): void {
  const path = app.store.get().fileView?.path ?? '';
  if (app.terminal.copy(path)) app.say('good', `copied ${path}`);
  else app.say('bad', 'too long for the terminal clipboard');
}

export function copyFileText(app: App): void {
  const text = app.store.get().fileView?.text?.text ?? '';
  if (app.terminal.copy(text)) app.say('good', `copied ${bytes(Buffer.byteLength(text))}`);
  else app.say('bad', 'too long for the terminal clipboard');
}

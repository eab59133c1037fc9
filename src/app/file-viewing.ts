/** Looking at one file of an image: what keys do on its page. */
import type { App } from './app.ts';
import {
  type FileView,
  fileViewHeight,
  isTooLongToWrap,
  lastFileTop,
  matchesOfFile,
  rowOfMatch,
  rowPlace,
} from './file-view.ts';
import { bytes } from './format.ts';
import { type Motion, motionTarget } from './list.ts';
import type { AppState } from './state.ts';
import { EMPTY_FIELD, type TextField } from './text-field.ts';

/** Cells that one step to the side goes. */
const SIDE = 8;

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

export function notWrappable(app: App): string | undefined {
  const none = noText(app);
  if (none !== undefined) return none;
  const { hex, wrap, text } = app.store.get().fileView!;
  if (hex) return 'hex has no lines';
  return !wrap && isTooLongToWrap(text!) ? 'this text is too long for that: ← → go to the side' : undefined;
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

/** With an empty field; what was looked for before is marked until something is typed. */
export function searchFileView(app: App): void {
  app.store.update((state) => {
    const { fileView } = state;
    if (fileView === undefined) return state;
    const { search, before } = fileView;
    return { ...state, field: EMPTY_FIELD, fileView: { ...fileView, before: search || before } };
  });
}

/** What is typed into the search field. */
export function searchingFileView(state: AppState, field: TextField): AppState {
  const view = state.fileView;
  return view === undefined
    ? state
    : { ...state, field, fileView: { ...view, search: field.text, match: undefined } };
}

/** Nothing typed looks for the last text again. */
export function submitFileSearch(app: App): void {
  changeView(app, (view) => (view.search === '' ? { ...view, search: view.before } : view));
  nextFileMatch(app, 1);
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

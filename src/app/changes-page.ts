/** All paths in which a container differs from its image, as a page that scrolls and can be searched. */
import type { Container, ContainerChange } from '../engine/container.ts';
import type { App } from './app.ts';
import { CHANGE_KINDS, type ChangeKind, changesOf } from './changes.ts';
import { kept } from './kept.ts';
import { layoutOf } from './layout.ts';
import { type Motion, motionTarget } from './list.ts';
import type { AppState } from './state.ts';
import { fieldOf, type TextField } from './text-field.ts';

export interface ChangesPage {
  readonly container: string;
  readonly name: string;
  readonly top: number;
  /** Only those of this kind; undefined for all. */
  readonly kind: ChangeKind | undefined;
  readonly search: string;
  /** The row of the match that was shown last. */
  readonly match: number | undefined;
}

export function openChanges(app: App, { id, name }: Pick<Container, 'id' | 'name'>): void {
  app.store.update((state) => ({
    ...state,
    overlay: undefined,
    page: undefined,
    files: undefined,
    findings: undefined,
    compare: undefined,
    changesPage: { container: id, name, top: 0, kind: undefined, search: '', match: undefined },
  }));
  app.session.loadChanges(id);
}

const ofKind = kept((list: readonly ContainerChange[], kind: ChangeKind | undefined) =>
  kind === undefined ? list : list.filter((change) => change.kind === kind),
);

const NOTHING: readonly ContainerChange[] = [];

/** The rows of the page, one a path. */
export function shownChanges(state: AppState): readonly ContainerChange[] {
  const page = state.changesPage;
  const list = changesOf(state, page?.container)?.list;
  return list === undefined ? NOTHING : ofKind(list, page?.kind);
}

/** Rows of paths between the title, the counts and the footer. */
export function changesHeight(state: AppState): number {
  return Math.max(1, layoutOf(state.columns, state.rows).body.height - 2);
}

/** The first row shown. */
export function changesTop(state: AppState): number {
  return Math.min(state.changesPage?.top ?? 0, lastTop(state));
}

function lastTop(state: AppState): number {
  return Math.max(0, shownChanges(state).length - changesHeight(state));
}

function changePage(app: App, change: (page: ChangesPage, state: AppState) => ChangesPage): void {
  app.store.update((state) => {
    if (state.changesPage === undefined) return state;
    const changesPage = change(state.changesPage, state);
    return changesPage === state.changesPage ? state : { ...state, changesPage };
  });
}

export function moveChanges(app: App, motion: Motion): void {
  changePage(app, (page, state) => {
    const last = lastTop(state);
    const target =
      motion === 'bottom' ? last : motionTarget(motion, changesTop(state), last + 1, changesHeight(state));
    const top = Math.max(0, Math.min(last, target));
    return top === page.top ? page : { ...page, top };
  });
}

/** All, then only the added, only the modified, only the deleted. */
export function nextKind(app: App): void {
  changePage(app, (page) => {
    const at = page.kind === undefined ? 0 : CHANGE_KINDS.indexOf(page.kind) + 1;
    return { ...page, kind: CHANGE_KINDS[at], top: 0, match: undefined };
  });
}

export function searchChanges(app: App): void {
  app.store.update((state) => ({ ...state, field: fieldOf(state.changesPage?.search ?? '') }));
}

/** What is typed into the search field. */
export function searchingChanges(state: AppState, field: TextField): AppState {
  const page = state.changesPage;
  return page === undefined
    ? state
    : { ...state, field, changesPage: { ...page, search: field.text, match: undefined } };
}

/** Rows whose path holds the text, letter case ignored. */
const matchesOf = kept((rows: readonly ContainerChange[], search: string): readonly number[] => {
  const wanted = search.toLowerCase();
  const matches: number[] = [];
  for (let row = 0; row < rows.length; row++)
    if (rows[row]!.path.toLowerCase().includes(wanted)) matches.push(row);
  return matches;
});

/** Goes to the next path that holds the search text, letter case ignored, around the end. */
export function nextChangeMatch(app: App, step: 1 | -1): void {
  const state = app.store.get();
  const page = state.changesPage;
  if (page === undefined) return;
  if (page.search === '') {
    app.say('plain', '/ searches these paths');
    return;
  }
  const matches = matchesOf(shownChanges(state), page.search);
  if (matches.length === 0) {
    app.say('bad', `"${page.search}" is in none of these paths`);
    return;
  }
  const at = page.match ?? changesTop(state) - 1;
  const next = step === 1 ? matches.find((row) => row > at) : matches.findLast((row) => row < at);
  const target = next ?? (step === 1 ? matches[0]! : matches.at(-1)!);
  changePage(app, (now, then) => ({ ...now, match: target, top: Math.min(lastTop(then), target) }));
  app.say('plain', `match ${matches.indexOf(target) + 1} of ${matches.length}`);
}

/** Puts the paths that are shown on the clipboard. */
export function copyChanges(app: App): void {
  const paths = shownChanges(app.store.get()).map(({ path }) => path);
  if (paths.length === 0) app.say('plain', 'there is no path to copy');
  else if (app.terminal.copy(paths.join('\n'))) app.say('good', `copied ${paths.length} paths`);
  else app.say('bad', 'too long for the terminal clipboard');
}

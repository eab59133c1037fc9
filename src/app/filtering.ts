/** The field in the status row: the filter of the image lists, or the search of a page, as it is typed. */
import { filteringActs } from './act-list.ts';
import type { App } from './app.ts';
import { nextStepMatch } from './build-actions.ts';
import { nextChangeMatch, searchingChanges } from './changes-page.ts';
import { searchingCompare } from './compare-actions.ts';
import { searchingFileView, submitFileSearch } from './file-viewing.ts';
import { searchingFiles, submitFilesSearch } from './files-searching.ts';
import { typingPattern } from './findings.ts';
import { submitPattern } from './findings-actions.ts';
import { submitForestSearch } from './forest-actions.ts';
import { nextLogMatch } from './log-page.ts';
import { nextMatch } from './paging.ts';
import { rowsOf } from './rows.ts';
import type { AppState } from './state.ts';
import { fieldOf, type TextField } from './text-field.ts';

const TOP = { cursor: undefined, top: 0 };

export function editFilter(app: App): void {
  app.store.update((state) => ({ ...state, field: fieldOf(state.filter) }));
}

/** What a changed field means at once: the list narrows, its cursor on the best match. */
export function typeField(state: AppState, field: TextField): AppState {
  if (state.actList !== undefined) return filteringActs(state, field);
  if (state.fileView !== undefined) return searchingFileView(state, field);
  if (state.files !== undefined) return searchingFiles(state, field);
  if (state.compare !== undefined) return searchingCompare(state, field);
  if (state.findings !== undefined) return typingPattern(state, field);
  if (state.page !== undefined) return { ...state, field, page: { ...state.page, search: field.text } };
  if (state.changesPage !== undefined) return searchingChanges(state, field);
  if (state.log !== undefined)
    return { ...state, field, log: { ...state.log, search: field.text, match: undefined } };
  if (state.buildPage !== undefined)
    return { ...state, field, buildPage: { ...state.buildPage, search: field.text, match: undefined } };
  if (state.screen === 'layers')
    return { ...state, field, forestView: { ...state.forestView, search: field.text } };
  if (state.screen === 'disk')
    return { ...state, field, planner: { ...state.planner, search: field.text, markedPlace: TOP } };
  if (field.text === state.filter) return { ...state, field };
  const next = {
    ...state,
    field,
    filter: field.text,
    places: { tagged: TOP, dangling: TOP, intermediate: TOP },
  };
  const rows = rowsOf(next);
  // A filter that leaves the focused list empty moves on to one that has matches.
  if (rows[next.focus].rows.length > 0) return next;
  const other = (['tagged', 'dangling', 'intermediate'] as const).find((pane) => rows[pane].rows.length > 0);
  return other === undefined ? next : { ...next, focus: other };
}

export function submitField(app: App): void {
  const { actList, field, fileView, files, findings, compare, page, changesPage, log, buildPage, screen } =
    app.store.get();
  app.store.update((state) => ({ ...state, field: undefined }));
  if (actList !== undefined) return;
  if (fileView !== undefined) submitFileSearch(app);
  else if (files !== undefined) submitFilesSearch(app);
  else if (compare !== undefined) return;
  else if (findings !== undefined) submitPattern(app, field?.text ?? '');
  else if (page !== undefined) nextMatch(app, 1);
  else if (changesPage !== undefined) nextChangeMatch(app, 1);
  else if (log !== undefined) nextLogMatch(app, 1);
  else if (buildPage !== undefined) nextStepMatch(app, 1);
  else if (screen === 'layers') submitForestSearch(app);
  else if (app.store.get().screen !== 'disk') {
    const { problem } = rowsOf(app.store.get());
    if (problem !== '') app.say('bad', problem);
  }
}

export function closeField(app: App): void {
  app.store.update((state) => ({ ...typeField(state, { text: '', cursor: 0 }), field: undefined }));
}

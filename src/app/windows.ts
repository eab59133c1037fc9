/** Opening and closing what stands over a screen: palette, help, the last error, prompts. */
import type { EngineError } from '../engine/errors.ts';
import { backFromActs } from './act-list.ts';
import type { App } from './app.ts';
import { closeResult } from './clean-up-result.ts';
import { paletteRows } from './command-index.ts';
import { backFromCompare } from './compare-actions.ts';
import { run } from './dispatch.ts';
import { askingOfEnding } from './ending-question.ts';
import { backFromFiles } from './files-actions.ts';
import { wasteShown } from './files-waste.ts';
import { closeFindings } from './findings-actions.ts';
import { type Motion, motionTarget } from './list.ts';
import type { AppState } from './state.ts';
import { EMPTY_FIELD } from './text-field.ts';
import { backFromWaste } from './waste-actions.ts';

export function closeOverlay(app: App): void {
  const { overlay } = app.store.get();
  app.store.update((state) => askingOfEnding({ ...state, overlay: undefined }));
  if (overlay?.kind === 'plan') app.session.stopPlanning();
}

/** One level back: an open range, the page, the filter, then the first screen. */
export function back(app: App): void {
  app.store.update((state): AppState => {
    if (state.rangeFrom !== undefined) return { ...state, rangeFrom: undefined };
    if (state.actList !== undefined) return askingOfEnding(backFromActs(state));
    if (state.fileView !== undefined) return { ...state, fileView: undefined };
    if (wasteShown(state) !== undefined) return backFromWaste(state);
    if (state.files !== undefined) return backFromFiles(state);
    if (state.compare !== undefined) return backFromCompare(state);
    if (state.findings !== undefined) return closeFindings(state);
    if (state.page !== undefined) return { ...state, page: undefined };
    if (state.result !== undefined) return closeResult(state);
    if (state.changesPage !== undefined) return askingOfEnding({ ...state, changesPage: undefined });
    if (state.containerList !== undefined)
      return { ...state, containerList: undefined, page: state.containerList.behind };
    if (state.log !== undefined) return { ...state, log: undefined };
    if (state.buildPage?.warning !== undefined)
      return { ...state, buildPage: { ...state.buildPage, warning: undefined } };
    if (state.buildPage !== undefined) return { ...state, buildPage: undefined };
    if (state.screen === 'layers' && state.forestView.zoomed)
      return { ...state, forestView: { ...state.forestView, zoomed: false } };
    if (state.screen === 'layers' && state.forestView.search !== '')
      return { ...state, forestView: { ...state.forestView, search: '' } };
    if (state.screen === 'disk') {
      const { planner } = state;
      if (planner.page !== undefined) return { ...state, planner: { ...planner, page: undefined } };
      if (planner.search !== '') return { ...state, planner: { ...planner, search: '' } };
    }
    if (state.screen !== 'images') return { ...state, screen: 'images' };
    return { ...state, filter: '' };
  });
}

export function openPalette(app: App): void {
  app.store.update((state) => ({ ...state, overlay: { kind: 'palette', field: EMPTY_FIELD, index: 0 } }));
}

export function movePalette(app: App, step: 1 | -1): void {
  app.store.update((state) => {
    const { overlay } = state;
    if (overlay?.kind !== 'palette') return state;
    const last = paletteRows(app, overlay.field.text).length - 1;
    return { ...state, overlay: { ...overlay, index: Math.max(0, Math.min(last, overlay.index + step)) } };
  });
}

export function runPalette(app: App): void {
  const { overlay } = app.store.get();
  if (overlay?.kind !== 'palette') return;
  const row = paletteRows(app, overlay.field.text)[overlay.index];
  closeOverlay(app);
  if (row !== undefined) run(app, row.command);
}

export function openHelp(app: App): void {
  app.store.update((state) => ({ ...state, overlay: { kind: 'help', field: EMPTY_FIELD, top: 0 } }));
}

/** Why the engine is away, or else what failed last. */
export function currentError(state: AppState): EngineError | undefined {
  return state.connection.status === 'lost' ? state.connection.error : state.lastError;
}

export function openLastError(app: App): void {
  app.store.update((state) => {
    const error = currentError(state);
    return error === undefined ? state : { ...state, overlay: { kind: 'error', error, top: 0 } };
  });
}

export function copyError(app: App): void {
  const { overlay } = app.store.get();
  if (overlay?.kind !== 'error') return;
  const { error } = overlay;
  const text = [error.message, error.detail, error.hint, error.stack ?? '']
    .filter((part) => part !== '')
    .join('\n');
  if (app.terminal.copy(text)) app.say('good', 'copied the error');
  else app.say('bad', 'too long for the terminal clipboard');
}

export function scrollOverlay(app: App, motion: Motion): void {
  const last = app.drawn.lastTop;
  app.store.update((state) => {
    const { overlay } = state;
    if (overlay?.kind !== 'help' && overlay?.kind !== 'error') return state;
    const top = motion === 'bottom' ? last : motionTarget(motion, overlay.top, last + 1, state.rows - 8);
    return { ...state, overlay: { ...overlay, top: Math.max(0, Math.min(last, top)) } };
  });
}

export function moveChoice(app: App, motion: Motion): void {
  app.store.update((state) => {
    const { overlay } = state;
    if (overlay?.kind !== 'choice') return state;
    const { choice } = overlay;
    const index = Math.max(
      0,
      Math.min(choice.rows.length - 1, motionTarget(motion, choice.index, choice.rows.length, 10)),
    );
    return { ...state, overlay: { ...overlay, choice: { ...choice, index } } };
  });
}

export function submitChoice(app: App): void {
  const { overlay } = app.store.get();
  if (overlay?.kind !== 'choice') return;
  closeOverlay(app);
  overlay.choice.submit(overlay.choice.index);
}

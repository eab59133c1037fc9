/** What comes from keyboard and mouse, brought to the field, dialog, list or tab it is meant for. */
import { clickAct, moveActs } from './act-list.ts';
import type { App } from './app.ts';
import { clickBuild, wheelBuild } from './build-actions.ts';
import { moveChanges } from './changes-page.ts';
import { moveResult } from './clean-up-result.ts';
import { clickCompare, moveCompare } from './compare-actions.ts';
import { clickContainer, moveContainers } from './container-list.ts';
import { commandFor, run } from './dispatch.ts';
import { moveFileView } from './file-viewing.ts';
import { clickFiles, wheelFiles } from './files-actions.ts';
import { searchFilesAgain } from './files-searching.ts';
import { wasteShown } from './files-waste.ts';
import { typeField } from './filtering.ts';
import { clickedFinding, HEAD } from './findings.ts';
import { moveFindings } from './findings-actions.ts';
import { jobRows, scrollJob } from './job-scroll.ts';
import type { InputEvent, MouseButton } from './keyboard.ts';
import { contains, layoutOf } from './layout.ts';
import { moveTo, windowTop } from './list.ts';
import { moveLog } from './log-page.ts';
import { activeList, focusPane, move, openScreen } from './movement.ts';
import { WORD } from './overlay.ts';
import { scrollPlan } from './plan-answers.ts';
import { clickPlanner } from './planner-movement.ts';
import { typePrompt } from './prompting.ts';
import { rowsOf } from './rows.ts';
import { paneHeight, stackOf } from './stack.ts';
import { type AppState, PANES } from './state.ts';
import { tabSpans } from './tabs.ts';
import { edit, insert, type TextField } from './text-field.ts';
import { clickWaste, moveWaste } from './waste-actions.ts';

/** Rows that one notch of the wheel moves. */
const WHEEL_ROWS = 3;

export function handleInput(app: App, event: InputEvent): void {
  switch (event.type) {
    case 'key':
      app.stroke.hear(event.key);
      handleKey(app, event.key, event.text);
      return;
    case 'paste':
      if (!typeText(app, (field) => insert(field, event.text))) {
        app.say('plain', 'nothing here takes a paste: / filters, t tags');
      }
      return;
    case 'mouse':
      handleMouse(app, event.button, event.x, event.y);
  }
}

function handleKey(app: App, key: string, text: string): void {
  const command = commandFor(app, key);
  if (command !== undefined) {
    run(app, command);
    return;
  }
  typeText(app, (field) => (text === '' ? edit(field, key) : insert(field, text)));
}

/** Changes the text field that has the keyboard; false when there is none. */
function typeText(app: App, change: (field: TextField) => TextField | undefined): boolean {
  const state = app.store.get();
  const { overlay } = state;
  if (overlay === undefined) {
    if (state.field === undefined) return false;
    const field = change(state.field);
    if (field !== undefined) app.store.update((now) => typeField(now, field));
    searchFilesAgain(app);
    return true;
  }
  switch (overlay.kind) {
    case 'prompt':
      typePrompt(app, change);
      return true;
    case 'palette': {
      const field = change(overlay.field);
      if (field !== undefined)
        app.store.update((now) => ({ ...now, overlay: { ...overlay, field, index: 0 } }));
      return true;
    }
    case 'plan': {
      const { dialog } = overlay;
      if (dialog.shown?.weight !== 'irreversible' || app.clock() < dialog.deafUntil) return true;
      const typed = change(dialog.typed);
      if (typed !== undefined && typed.text.length <= WORD.length + 4) {
        app.store.update((now) => ({ ...now, overlay: { kind: 'plan', dialog: { ...dialog, typed } } }));
      }
      return true;
    }
    default:
      return false;
  }
}

function handleMouse(app: App, button: MouseButton, x: number, y: number): void {
  const state = app.store.get();
  if (button === 'wheel-up' || button === 'wheel-down') {
    if (state.overlay?.kind === 'plan') scrollPlan(app, button === 'wheel-up' ? -WHEEL_ROWS : WHEEL_ROWS);
    if (state.overlay !== undefined) return;
    const motion = button === 'wheel-up' ? 'up' : 'down';
    for (let row = 0; row < WHEEL_ROWS; row++) {
      if (state.actList !== undefined) moveActs(app, motion);
      else if (state.fileView !== undefined) moveFileView(app, motion);
      else if (wasteShown(state) !== undefined) moveWaste(app, motion);
      else if (state.files !== undefined) wheelFiles(app, motion, x);
      else if (state.compare !== undefined) moveCompare(app, motion);
      else if (state.findings !== undefined) moveFindings(app, motion);
      else if (hasBuild(state)) wheelBuild(app, motion, y);
      else if (state.page === undefined && state.result !== undefined) moveResult(app, motion);
      else if (state.page === undefined && state.changesPage !== undefined) moveChanges(app, motion);
      else if (state.page === undefined && state.containerList !== undefined) moveContainers(app, motion);
      else if (state.page === undefined && state.log !== undefined) moveLog(app, motion);
      else if (state.page === undefined && state.screen === 'jobs' && y > jobRows(state) + 1)
        app.store.update((now) => scrollJob(now, motion));
      else move(app, motion);
    }
    return;
  }
  if (button !== 'left' || state.overlay !== undefined) return;
  if (y === 0) {
    const tab = tabSpans().find((span) => x >= span.from && x < span.to);
    if (tab !== undefined) openScreen(app, tab.screen);
    return;
  }
  if (state.actList !== undefined) {
    // Below the title and the column heads.
    clickAct(app, y - 3);
    return;
  }
  if (state.fileView !== undefined) return;
  if (wasteShown(state) !== undefined) {
    clickWaste(app, y - 1);
    return;
  }
  if (state.files !== undefined) {
    clickFiles(app, x, y);
    return;
  }
  if (state.compare !== undefined) {
    clickCompare(app, y);
    return;
  }
  if (state.findings !== undefined) {
    app.store.update((now) => clickedFinding(now, y - 1 - HEAD));
    return;
  }
  if ([state.page, state.changesPage, state.result].some((over) => over !== undefined)) return;
  if (hasBuild(state)) {
    clickBuild(app, y);
    return;
  }
  // Below the title and the column heads.
  if (state.containerList !== undefined) clickContainer(app, y - 3);
  else if (state.log === undefined) app.store.update((now) => clickRow(now, x, y));
}

/** Whether the screen of a build is what the mouse is over. */
function hasBuild(state: AppState): boolean {
  const { buildPage, actList, files, findings, compare, page, log, containerList, changesPage, result } =
    state;
  return (
    buildPage !== undefined &&
    [actList, files, findings, compare, page, log, containerList, changesPage, result].every(
      (over) => over === undefined,
    )
  );
}

/** Puts the cursor on the row that was clicked. */
function clickRow(state: AppState, x: number, y: number): AppState {
  const { left } = layoutOf(state.columns, state.rows);
  if (state.screen === 'disk') return clickPlanner(state, x, y);
  if (!contains(left, x, y)) return state;
  if (state.screen === 'images') {
    const heights = stackOf(state);
    let top = left.y;
    for (const pane of PANES) {
      if (y < top + heights[pane]) {
        const focused = focusPane(state, pane);
        const rows = rowsOf(focused)[pane].rows;
        const first = top + (pane === 'tagged' ? 2 : 1);
        const height = paneHeight(state, pane);
        const place = focused.places[pane];
        const cursor = Math.max(
          0,
          rows.findIndex((row) => row.id === place.cursor),
        );
        const index = windowTop(place.top, cursor, rows.length, height) + y - first;
        if (y < first || index >= rows.length) return focused;
        return {
          ...focused,
          places: { ...focused.places, [pane]: moveTo(rows, place, index, paneHeight(focused, pane)) },
        };
      }
      top += heights[pane];
    }
    return state;
  }
  const list = activeList(state);
  if (list === undefined || (state.screen === 'layers' && state.forestView.zoomed)) return state;
  const first = left.y + (state.screen === 'layers' ? 2 : 1);
  const index = windowTop(list.place.top, list.index, list.rows.length, list.height) + y - first;
  if (y < first || index >= list.rows.length || y >= first + list.height) return state;
  return list.put(state, moveTo(list.rows, list.place, index, list.height));
}

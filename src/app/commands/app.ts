import { loadActs, mayComeBack } from '../act-list.ts';
import { reloadChanges } from '../changes.ts';
import type { Command } from '../commands.ts';
import { compareFailed } from '../compare-page.ts';
import { retryCompare } from '../compare-reading.ts';
import { rereadFiles } from '../files-reading.ts';
import type { AppState } from '../state.ts';
import { openEngines } from '../switching.ts';
import { takeBack } from '../taking-back.ts';
import { back, currentError, openHelp, openLastError, openPalette } from '../windows.ts';

/** What is heard on every screen. */
export const APP_COMMANDS: readonly Command[] = [
  {
    id: 'app.palette',
    title: 'Commands',
    scope: 'anywhere',
    keys: [':'],
    hint: 70,
    hinted: (app) => app.store.get().files === undefined,
    motion: true,
    run: openPalette,
  },
  { id: 'app.help', title: 'Help', scope: 'anywhere', keys: ['?'], hint: 99, run: openHelp },
  {
    id: 'app.error',
    title: 'Last error in full',
    scope: 'anywhere',
    keys: ['!'],
    blocked: (app) => (currentError(app.store.get()) === undefined ? 'nothing has failed' : undefined),
    run: openLastError,
  },
  {
    id: 'app.refresh',
    title: 'Refresh',
    scope: 'anywhere',
    keys: ['R'],
    hint: 4,
    hinted(app) {
      const { connection, files, compare } = app.store.get();
      return (
        connection.status === 'lost' ||
        files?.error !== undefined ||
        (compare !== undefined && compareFailed(compare))
      );
    },
    label: 'try again',
    run(app) {
      reloadChanges(app);
      rereadFiles(app);
      retryCompare(app);
      if (app.store.get().actList !== undefined) void loadActs(app);
      void app.session.refresh();
    },
  },
  {
    id: 'app.engines',
    title: 'Switch engine…',
    scope: 'anywhere',
    keys: ['E'],
    hint: 80,
    hinted: (app) => app.store.get().files === undefined,
    label: 'other engine',
    blocked: (app) =>
      app.store.get().runEnding === undefined ? undefined : 'first say what becomes of the container: esc',
    run: openEngines,
  },
  {
    id: 'app.undo',
    title: 'Undo the last change',
    scope: 'anywhere',
    keys: ['z'],
    hint: 5,
    label: 'take back',
    hinted: (app) => mayComeBack(app.store.get()),
    changes: true,
    run: takeBack,
  },
  {
    id: 'app.back',
    title: 'Back, clear the filter',
    scope: 'anywhere',
    keys: ['esc'],
    hint: 95,
    label: 'back',
    blocked: (app) => (hasWayBack(app.store.get()) ? undefined : 'already at the top: q quits'),
    run: back,
  },
  {
    id: 'app.suspend',
    title: 'To the shell; fg returns',
    scope: 'always',
    keys: ['ctrl+z'],
    run: (app) => app.suspend(),
  },
  {
    id: 'app.quit',
    title: 'Quit',
    scope: 'anywhere',
    keys: ['q'],
    hint: 98,
    hinted: (app) => app.store.get().images.length === 0,
    run: (app) => app.quit(),
  },
  {
    id: 'app.interrupt',
    title: 'Quit at once',
    scope: 'always',
    keys: ['ctrl+c'],
    run: (app) => app.quit(true),
  },
];

function hasWayBack(state: AppState): boolean {
  return (
    state.actList !== undefined ||
    state.files !== undefined ||
    state.findings !== undefined ||
    state.compare !== undefined ||
    state.page !== undefined ||
    state.log !== undefined ||
    state.containerList !== undefined ||
    state.changesPage !== undefined ||
    state.result !== undefined ||
    state.filter !== '' ||
    state.rangeFrom !== undefined ||
    state.screen !== 'images'
  );
}

import type { App } from '../app.ts';
import type { Command, Scope } from '../commands.ts';
import { askImport, askLoad } from '../loading.ts';
import { askLogin, askLogout } from '../login.ts';
import { currentImage } from '../movement.ts';
import { markedImages } from '../planned.ts';
import { askPull, pullAgain } from '../pulling.ts';
import { askPush } from '../pushing.ts';
import { askSave } from '../saving.ts';

function nothingChosen(app: App): string | undefined {
  const state = app.store.get();
  if (state.page === undefined && markedImages(state).size > 0) return undefined;
  return currentImage(state) === undefined ? 'there is no image under the cursor' : undefined;
}

function noEngine(app: App): string | undefined {
  return app.store.get().connection.status === 'connected' ? undefined : 'waits until the engine is back';
}

/** Moving images that are there, wherever one is under the cursor. */
function outgoing(scope: Scope): Command[] {
  return [
    {
      id: `${scope}.push`,
      title: 'Push…',
      scope,
      keys: ['P'],
      changes: true,
      blocked: nothingChosen,
      run: askPush,
    },
    {
      id: `${scope}.save`,
      title: 'Save to a file…',
      scope,
      keys: ['w'],
      blocked: (app) => noEngine(app) ?? nothingChosen(app),
      run: askSave,
    },
    {
      id: `${scope}.update`,
      title: 'Pull again',
      scope,
      keys: ['U'],
      changes: true,
      blocked: nothingChosen,
      run: (app) => void pullAgain(app),
    },
  ];
}

/** Images that come and go: registries and archives. */
export const TRANSFER_COMMANDS: readonly Command[] = [
  {
    id: 'image.pull',
    title: 'Pull an image…',
    scope: 'anywhere',
    keys: ['p'],
    hint: 35,
    hinted: isOnImages,
    label: 'pull',
    changes: true,
    run: askPull,
  },
  {
    id: 'image.load',
    title: 'Open a tar of images…',
    scope: 'anywhere',
    keys: ['o'],
    hint: 36,
    hinted: (app) => app.store.get().images.length === 0 && isOnImages(app),
    label: 'open',
    changes: true,
    run: askLoad,
  },
  {
    id: 'image.import',
    title: 'Import a root file system…',
    scope: 'anywhere',
    keys: [],
    changes: true,
    run: (app) => askImport(app),
  },
  {
    id: 'registry.login',
    title: 'Log in to a registry…',
    scope: 'anywhere',
    keys: [],
    run: (app) => askLogin(app, ''),
  },
  { id: 'registry.logout', title: 'Log out of a registry…', scope: 'anywhere', keys: [], run: askLogout },
  ...outgoing('images'),
  ...outgoing('layers'),
  ...outgoing('page'),
];

export function isOnImages(app: App): boolean {
  const { screen, actList, files, findings, compare, page, containerList, changesPage, result, jobs } =
    app.store.get();
  if (
    [actList, files, findings, compare, containerList, changesPage, result].some((over) => over !== undefined)
  )
    return false;
  return page === undefined && (screen === 'images' || (screen === 'jobs' && jobs.length === 0));
}

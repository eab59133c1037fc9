/** Every state of the screen, by name: how to get there from the drawn store. */

import { newBuildPage } from '../../src/app/build-page.ts';
import { currentContainer } from '../../src/app/container-list.ts';
import type { Job } from '../../src/app/jobs.ts';
import { knownPins } from '../../src/app/pin-book.ts';
import { newPlanner } from '../../src/app/planner.ts';
import { workedOut } from '../../src/app/planner-following.ts';
import type { AppState } from '../../src/app/state.ts';
import { openEngines } from '../../src/app/switching.ts';
import { EMPTY_FIELD, fieldOf } from '../../src/app/text-field.ts';
import { settingsOf } from '../../src/engine/cleanup/pin-file.ts';
import { NO_PIN_SETTINGS } from '../../src/engine/cleanup/pins.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { makeStock } from '../../src/engine/stock.ts';
import { type AcmeApp, acmeApp, acmeState, EMBEDDED, INFO } from '../app/acme-app.ts';
import {
  BUILDING_ENGINE,
  beginningBuild,
  buildsAfterAnother,
  failedBuild,
  finishedBuild,
  pullingBuild,
  runningBuild,
  syntaxBuild,
} from '../app/acme-builds.ts';
import { ALL_CONTAINERS, acmeEngine } from '../app/acme-containers.ts';
import {
  elsewhereJobs,
  failedJobs,
  finishedJobs,
  PRIVATE_REFUSED,
  pullJobs,
  removalJobs,
} from '../app/acme-jobs.ts';
import {
  cleanupDialog,
  type End,
  removalJob,
  shownCache,
  shownCleanup,
  shownImages,
  shownNothing,
  shownVolumes,
} from '../app/acme-removals.ts';
import { acmeId, NOW, STOCK, USAGE, VOLUME_SIZES, VOLUMES } from '../app/acme-store.ts';
import { ACT_SCENES } from './act-scenes.ts';
import { AWKWARD } from './awkward-images.ts';
import { COMPARE_SCENES } from './compare-scenes.ts';
import { FILE_VIEW_SCENES } from './file-view-scenes.ts';
import { FILES_SCENES } from './files-scenes.ts';
import { FINDINGS_SCENES } from './findings-scenes.ts';
import { WASTE_SCENES } from './waste-scenes.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Work that the app does between two keys has ended when this resolves. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The engine that needs no daemon, and has neither containers nor a build cache. */
const ON_EMBEDDED: Partial<AppState> = {
  connection: { status: 'connected', info: EMBEDDED },
  absent: {
    containers: 'the embedded engine stores images and runs no containers',
    buildCache: 'the embedded engine builds no images, so it has no build cache',
    builder: 'the embedded engine builds no images: use Docker or Podman for that',
  },
  home: '/home/me',
};

const NO_MARKS: Partial<AppState> = { marks: new Set() };

const GONE = new EngineError({
  code: 'unreachable',
  message: 'cannot reach the engine at unix:///var/run/docker.sock: connection refused',
  hint: 'Start it: sudo systemctl start docker.',
  detail: 'connect ECONNREFUSED /var/run/docker.sock',
  retryable: true,
});

/** Lost twelve seconds ago; `retryAt`: when it is tried again, in milliseconds, 0 while it is. */
function lost(retryAt: number): AppState['connection'] {
  return {
    status: 'lost',
    info: INFO,
    address: INFO.address,
    error: GONE,
    since: (NOW - 12) * 1000,
    attempt: 3,
    retryAt,
  };
}

const NONE = new EngineError({
  code: 'unreachable',
  message: 'no container engine was found',
  hint: 'Start one (sudo systemctl start docker, or podman system service), or name one with --host.',
  detail: [
    'unix:///var/run/docker.sock: there is no such socket',
    'unix:///run/podman/podman.sock: there is no such socket',
    'unix:///home/me/.docker/run/docker.sock: nobody listens on it',
  ].join('\n'),
  retryable: true,
});

const FORBIDDEN = new EngineError({
  code: 'permission',
  message: 'cannot reach the engine at unix:///var/run/docker.sock: permission denied',
  hint: 'Join its group (sudo usermod -aG docker $USER, then log in again), or use a rootless engine, or run with sudo.',
  detail: 'connect EACCES /var/run/docker.sock',
});

function unreached(error: EngineError): Partial<AppState> {
  return {
    connection: {
      status: 'lost',
      info: undefined,
      address: INFO.address,
      error,
      since: NOW * 1000,
      attempt: 2,
      retryAt: 0,
    },
    images: [],
    stock: undefined,
    usage: undefined,
    listedAt: undefined,
    containers: [],
    details: undefined,
    marks: new Set(),
  };
}

function withPage(tab: 'overview' | 'history' | 'used by' | 'inspect', search = ''): Partial<AppState> {
  return { ...NO_MARKS, page: { id: acmeId('ghcr.io/acme/web-api:1.5.0'), tab, top: 0, search } };
}

const JOBS = removalJobs();

type Scene = (size: Size) => AcmeApp | Promise<AcmeApp>;

const still =
  (change: Partial<AppState>): Scene =>
  (size) =>
    acmeApp(acmeState(size, change));

/** The drawn store after keys were pressed. */
const pressed =
  (change: Partial<AppState>, keys: readonly string[]): Scene =>
  async (size) => {
    const app = acmeApp(acmeState(size, change));
    for (const key of keys) {
      app.press(key);
      await settled();
    }
    return app;
  };

/** With the build cache that the disk usage tells of, and volumes. */
const CACHED = {
  ...STOCK,
  buildCache: USAGE.buildCacheItems,
  volumes: VOLUMES,
  volumeSizes: VOLUME_SIZES,
};

/** The planner of the drawn store after keys were pressed, with all that is worked out while the keyboard rests. */
const planning =
  (change: Partial<AppState>, keys: readonly string[] = []): Scene =>
  async (size) => {
    const app = acmeApp(acmeState(size, { screen: 'disk', stock: CACHED, ...change }));
    app.store.update(workedOut);
    for (const key of keys) {
      app.press(key);
      app.store.update(workedOut);
      await settled();
    }
    return app;
  };

/** The same before anything is worked out. */
const waiting =
  (change: Partial<AppState>, keys: readonly string[] = []): Scene =>
  async (size) => {
    const app = acmeApp(acmeState(size, change));
    for (const key of keys) app.press(key);
    await settled();
    return app;
  };

/** The page of a clean-up that ended like this, after keys were pressed. */
const resulting = (end: End, keys: readonly string[] = []): Scene =>
  pressed(
    {
      ...NO_MARKS,
      screen: 'disk',
      jobs: [removalJob(end)],
      result: { job: `removal-${end}`, top: 0 },
    },
    keys,
  );

const on = (name: string): Partial<AppState> => ({
  places: {
    tagged: { cursor: acmeId(name), top: 0 },
    dangling: { cursor: undefined, top: 0 },
    intermediate: { cursor: undefined, top: 0 },
  },
});

/** Containers on an engine that can tell of them; keys after that of the list, and what is told of their changes. */
const containers =
  (change: Partial<AppState>, keys: readonly string[], engine = acmeEngine()): Scene =>
  async (size) => {
    const app = acmeApp(acmeState(size, { ...NO_MARKS, containers: ALL_CONTAINERS, ...change }), {}, engine);
    for (const key of keys) {
      app.press(key);
      const current = currentContainer(app.store.get());
      if (current !== undefined) app.session.loadChanges(current.id);
      await settled();
      await settled();
    }
    return app;
  };

/** The screen of the first of these builds, after keys were pressed. */
const building =
  (jobs: readonly Job[], keys: readonly string[] = [], change: Partial<AppState> = {}): Scene =>
  async (size) => {
    const buildPage = newBuildPage(jobs[0]!.id);
    const state = acmeState(size, { ...NO_MARKS, screen: 'jobs', jobs, buildPage, ...change });
    const app = acmeApp(state, {}, BUILDING_ENGINE);
    for (const key of keys) {
      app.press(key);
      await settled();
    }
    return app;
  };

const CHANGES_REFUSED = new EngineError({
  code: 'not-found',
  message: 'there is no container called worker-1',
  hint: 'It was removed meanwhile: R lists again.',
});

export const SCENES: Readonly<Record<string, Scene>> = {
  images: still({}),
  'images-job': still({ jobs: JOBS }),
  'images-awkward': still({
    images: AWKWARD,
    containers: [],
    details: undefined,
    stock: makeStock({ kind: 'docker-containerd', images: AWKWARD }),
    usage: undefined,
    marks: new Set([AWKWARD[1]!.id]),
    ...{ places: acmeState({ columns: 0, rows: 0 }).places },
  }),
  'images-reading': still({
    ...NO_MARKS,
    stock: undefined,
    usage: undefined,
    reading: { done: 4, total: 51 },
    details: undefined,
  }),
  'images-dangling': pressed(NO_MARKS, ['tab']),
  'images-intermediate': pressed(NO_MARKS, ['tab', 'tab']),
  'images-sorted': pressed(NO_MARKS, ['s', 'S']),
  'images-read-only': still({ readOnly: true }),
  'filter-typing': pressed(NO_MARKS, ['/', 'w', 'e', 'b', '1', '4']),
  'filter-wrong': pressed(NO_MARKS, ['/', ...'dangling:perhaps', 'enter']),
  'filter-nothing': pressed(NO_MARKS, ['/', ...'zzzzqq', 'enter']),
  range: pressed(NO_MARKS, ['v', 'j', 'j']),
  layers: still({ screen: 'layers' }),
  'layers-closed': pressed({ ...NO_MARKS, screen: 'layers' }, ['j', 'h', 'g']),
  'layers-all-closed': pressed({ screen: 'layers' }, ['j', 'H']),
  'layers-goes': pressed({ screen: 'layers' }, ['j', 'j']),
  'layers-held': pressed({ ...NO_MARKS, screen: 'layers' }, [...'jjjjjjjja']),
  'layers-search': pressed({ ...NO_MARKS, screen: 'layers' }, ['H', '/', ...'copy', 'enter', 'n']),
  'layers-searching': pressed({ ...NO_MARKS, screen: 'layers' }, ['/', ...'alpine']),
  'layers-flat': pressed({ screen: 'layers' }, ['T', 'j']),
  'layers-by-age': pressed({ screen: 'layers' }, ['s', 's', 's']),
  'layers-help': pressed({ ...NO_MARKS, screen: 'layers' }, ['?']),
  'layers-zoomed': pressed({ screen: 'layers' }, ['i']),
  disk: planning({ ...NO_MARKS }),
  'planner-drawn': planning({ ...NO_MARKS }, ['space', 'j', 'space']),
  'planner-marked': planning({}, ['tab', 'j']),
  'planner-left-out': planning({ ...NO_MARKS }, ['space', 'j', 'space', 'tab', 'j', 'space']),
  'planner-free': planning({ ...NO_MARKS, planner: newPlanner(['free=8GB', 'larger-than=400MB']) }, [
    'space',
    'tab',
  ]),
  'planner-in-the-way': planning({ ...NO_MARKS, planner: newPlanner(['larger-than=150MB']) }, [
    'space',
    'tab',
  ]),
  'planner-containers': planning(
    {
      ...NO_MARKS,
      planner: newPlanner(['larger-than=150MB', 'stopped-containers', 'build-cache=older-than=7d']),
    },
    ['space', 'j', 'space', 'j', 'space', 'w', 'tab'],
  ),
  'planner-nothing-matches': planning(
    { ...NO_MARKS, planner: newPlanner(['label=nobody', 'name=nothing']) },
    ['space'],
  ),
  'planner-nothing-can-go': planning({ ...NO_MARKS, planner: newPlanner(['name=postgres']) }, ['space']),
  'planner-volumes': planning(
    { ...NO_MARKS, planner: newPlanner(['dangling', 'unused-volumes', 'unused-volumes=all,older-than=30d']) },
    ['space', 'G', 'space', 'tab', 'G'],
  ),
  'planner-volumes-left-out': planning(
    {
      ...NO_MARKS,
      planner: newPlanner(['unused-volumes=all']),
      pins: knownPins(NO_PIN_SETTINGS, settingsOf(['volume=uploads-*'])),
    },
    ['space', 'tab', 'space'],
  ),
  'planner-unknown-use': planning(
    { ...NO_MARKS, planner: newPlanner(['not-used-for=30d', 'older-than=1d by pulled']) },
    ['space', 'j', 'space'],
  ),
  'planner-no-rules': planning({ ...NO_MARKS, planner: newPlanner([]) }),
  'planner-waiting': waiting({ ...NO_MARKS, screen: 'disk' }, ['space', 'j', 'space']),
  'planner-reading': waiting({
    ...NO_MARKS,
    screen: 'disk',
    stock: undefined,
    usage: undefined,
    reading: { done: 4, total: 51 },
  }),
  'planner-read-only': planning({ readOnly: true, planner: newPlanner(['larger-than=150MB']) }, [
    'space',
    'tab',
  ]),
  'planner-lost': planning({
    connection: lost(0),
  }),
  'planner-whole': planning({ ...NO_MARKS }, ['space', 'j', 'space', 'i']),
  'planner-usage': planning({ ...NO_MARKS }, ['c']),
  'planner-search': planning({}, ['tab', '/', ...'web']),
  'planner-asking': planning({ planner: { ...newPlanner(), asking: { done: 2, total: 5 } } }, ['tab']),
  'planner-rule': planning({ ...NO_MARKS }, ['l', 'enter']),
  'planner-rule-wrong': planning({ ...NO_MARKS }, ['+', ...'unused and oldest']),
  'planner-export': planning({}, ['e']),
  'images-planned': planning({ ...NO_MARKS }, ['space', 'j', 'space', '1']),
  jobs: still({ ...NO_MARKS, screen: 'jobs', jobs: JOBS }),
  'jobs-pull': still({ ...NO_MARKS, screen: 'jobs', jobs: pullJobs() }),
  'jobs-many-layers': still({ ...NO_MARKS, screen: 'jobs', jobs: pullJobs(60) }),
  'jobs-scrolled': pressed({ ...NO_MARKS, screen: 'jobs', jobs: pullJobs(60) }, ['ctrl+d', 'pgdn']),
  'jobs-failed': still({
    ...NO_MARKS,
    screen: 'jobs',
    jobs: failedJobs(),
    lastError: PRIVATE_REFUSED,
    toast: {
      tone: 'bad',
      text: 'pull of ghcr.io/acme/private:1 failed: not allowed (! for details)',
    },
  }),
  'jobs-finished': still({ ...NO_MARKS, screen: 'jobs', jobs: finishedJobs() }),
  build: building([runningBuild()]),
  'build-scrolled': building([runningBuild()], ['pgup', 'pgup']),
  'build-errors': building([failedBuild()], ['e']),
  'build-search': building([runningBuild()], ['/', ...'bundl', 'enter']),
  'build-all-steps': building([runningBuild()], ['a', 'g']),
  'build-pulling': building([pullingBuild()]),
  'build-beginning': building([beginningBuild()]),
  'build-failed': building([failedBuild()]),
  'build-syntax': building([syntaxBuild()]),
  'build-finished': building([finishedBuild()]),
  'build-warnings': building([finishedBuild()], ['W', 'j']),
  'build-lost-cache': building(buildsAfterAnother()),
  'jobs-build': building([runningBuild(), finishedBuild(true, 600)], ['esc']),
  'images-building': still({ jobs: [runningBuild()] }),
  'prompt-build': building(
    [finishedBuild()],
    ['b', 'ctrl+u', ...'github.com/acme/api#main', 'tab', 'tab', ...'acme/api:Dev!'],
  ),
  'prompt-build-more': building(
    [finishedBuild()],
    ['b', 'ctrl+u', ...'github.com/acme/api#main', ...Array<string>(8).fill('tab'), ...'h'],
  ),
  'jobs-elsewhere': pressed({ ...NO_MARKS, screen: 'jobs', jobs: elsewhereJobs() }, ['down']),
  'jobs-log': pressed({ ...NO_MARKS, screen: 'jobs', jobs: pullJobs() }, ['L']),
  'images-pulling': still({ jobs: pullJobs() }),
  'jobs-none': still({ ...NO_MARKS, screen: 'jobs' }),
  'page-overview': still(withPage('overview')),
  'page-history': still(withPage('history')),
  'page-used-by': still(withPage('used by')),
  'page-inspect': still(withPage('inspect', 'repo')),
  'page-gone': still({ page: { id: 'sha256:gone', tab: 'overview', top: 0, search: '' } }),
  'plan-irreversible': pressed({}, ['d', ...'dele']),
  'plan-pullable': pressed({ ...NO_MARKS, ...on('nginx:1.29') }, ['d']),
  'plan-reversible': pressed({ ...NO_MARKS }, ['u', 'j', 'enter']),
  'plan-blocked': pressed(NO_MARKS, ['d']),
  'plan-forceable': pressed(
    { marks: new Set([acmeId('node:22-alpine'), acmeId('nginx:1.29'), acmeId('postgres:17')]) },
    ['d'],
  ),
  'untag-choice': pressed(NO_MARKS, ['u']),
  'plan-clean-up': still({ screen: 'disk', overlay: cleanupDialog(shownCleanup()) }),
  'plan-clean-up-scrolled': still({ screen: 'disk', overlay: cleanupDialog(shownCleanup(), { top: 400 }) }),
  'plan-clean-up-again': still({
    screen: 'disk',
    overlay: cleanupDialog(shownCleanup(), {
      notice: 'Planned again, because meanwhile the names of redis:8-alpine changed: nothing was deleted.',
      typed: fieldOf('delete'),
    }),
  }),
  'plan-clean-up-trash': still({ screen: 'disk', overlay: cleanupDialog(shownImages(true)) }),
  'plan-clean-up-cache': still({ screen: 'disk', overlay: cleanupDialog(shownCache()) }),
  'plan-clean-up-nothing': still({ screen: 'disk', overlay: cleanupDialog(shownNothing()) }),
  'plan-volumes': still({ screen: 'disk', overlay: cleanupDialog(shownVolumes()) }),
  'result-done': resulting('done'),
  'result-volumes': still({
    ...NO_MARKS,
    screen: 'disk',
    jobs: [removalJob('done', shownVolumes())],
    result: { job: 'removal-done', top: 0 },
  }),
  'result-refused': resulting('refused'),
  'result-lost': resulting('lost'),
  'result-cancelled': resulting('cancelled'),
  'result-running': resulting('running'),
  'result-diverged': resulting('diverged'),
  'result-scrolled': resulting('refused', ['G']),
  'result-trash': still({
    ...NO_MARKS,
    jobs: [removalJob('done', shownImages(true))],
    result: { job: 'removal-done', top: 0 },
  }),
  'result-gone': still({ ...NO_MARKS, result: { job: 'cleared', top: 0 } }),
  ...Object.fromEntries(
    Object.entries(ACT_SCENES).map(([name, [change, keys]]) => [name, pressed(change, keys)]),
  ),
  ...FILES_SCENES,
  ...FILE_VIEW_SCENES,
  ...WASTE_SCENES,
  ...Object.fromEntries(
    Object.entries(FINDINGS_SCENES).map(([name, [change, keys]]) => [name, pressed(change, keys)]),
  ),
  ...COMPARE_SCENES,
  palette: pressed({}, [':']),
  'palette-typed': pressed({}, [':', 'd', 'e', 'l']),
  help: pressed({}, ['?']),
  'help-page': pressed(withPage('overview'), ['?']),
  prompt: pressed(NO_MARKS, ['t', 'ctrl+u', ...'registry.local:5000/team/web-api:1']),
  'prompt-wrong': pressed(NO_MARKS, ['t', 'ctrl+u', ...'Not A Name']),
  'prompt-pull': pressed(NO_MARKS, ['p', ...'web-api:1', 'down']),
  'prompt-pull-platform': pressed(NO_MARKS, ['p', ...'alpine:3.22', 'tab', ...'linux/arm64']),
  'prompt-suggesting': still({
    ...NO_MARKS,
    overlay: {
      kind: 'prompt',
      prompt: {
        title: 'Save ghcr.io/acme/web-api:1.5.0',
        verb: 'save',
        fields: [
          { label: 'to', field: fieldOf('backup/w') },
          { label: 'packed', field: fieldOf('by the ending'), options: ['by the ending', 'plain'] },
        ],
        focus: 0,
        suggestions: ['1', '2', '3', '4', '5'].map((end) => `backup/web-api-${end}/`),
        picked: 3,
        note: () => ({
          tone: 'ok',
          text: 'one archive that docker load reads, not packed (.tar.gz or .tar.zst packs it)',
        }),
        submit: () => {},
      },
    },
  }),
  'prompt-login': pressed({ ...NO_MARKS, screen: 'jobs', jobs: failedJobs() }, [
    'l',
    ...'gh',
    'tab',
    ...'secret',
  ]),
  'prompt-save': pressed(NO_MARKS, ['w', 'ctrl+u', ...'/tmp/web.tar.zst']),
  'push-choice': pressed(NO_MARKS, ['P']),
  error: pressed({ lastError: GONE, toast: { tone: 'bad', text: `${GONE.message} (! for details)` } }, ['!']),
  'error-toast': still({ lastError: GONE, toast: { tone: 'bad', text: `${GONE.message} (! for details)` } }),
  engines: async (size) => {
    const app = acmeApp(acmeState(size));
    openEngines(app);
    await settled();
    return app;
  },
  empty: still({
    images: [],
    stock: makeStock({ kind: 'docker-classic', images: [], containers: [] }),
    usage: undefined,
    containers: [],
    details: undefined,
    marks: new Set(),
  }),
  'disk-embedded': planning({
    ...NO_MARKS,
    ...ON_EMBEDDED,
    containers: [],
    stock: { ...STOCK, containers: [], containersKnown: false, buildCache: [] },
  }),
  'images-embedded': still({ ...NO_MARKS, ...ON_EMBEDDED, containers: [] }),
  'page-embedded': still({ ...withPage('used by'), ...ON_EMBEDDED, containers: [] }),
  'empty-buildable': still({
    ...NO_MARKS,
    images: [],
    stock: makeStock({ kind: 'docker-classic', images: [], containers: [] }),
    usage: undefined,
    containers: [],
    details: undefined,
    buildable: './services/api/Dockerfile',
  }),
  'layers-none': still({
    ...ON_EMBEDDED,
    screen: 'layers',
    images: [],
    stock: makeStock({ kind: 'embedded', images: [], containers: [] }),
    containers: [],
    marks: new Set(),
  }),
  'empty-embedded': still({
    ...ON_EMBEDDED,
    images: [],
    stock: makeStock({ kind: 'embedded', images: [], containers: [] }),
    usage: undefined,
    containers: [],
    details: undefined,
    marks: new Set(),
  }),
  connecting: still({ ...unreached(NONE), connection: { status: 'connecting', address: INFO.address } }),
  'no-engine': still(unreached(NONE)),
  'permission-denied': still(unreached(FORBIDDEN)),
  lost: still({
    connection: lost((NOW + 4) * 1000),
    ...{ stock: STOCK, field: undefined, overlay: undefined },
  }),
  'lost-page': still({
    ...withPage('inspect'),
    connection: lost(0),
  }),
  quit: still({
    jobs: JOBS,
    overlay: {
      kind: 'choice',
      choice: {
        title: 'deleting 5 images is still running',
        rows: ['stay', 'cancel it and quit'],
        index: 0,
        verb: 'choose',
        submit: () => {},
      },
    },
  }),
  containers: containers({}, ['C', 'j']),
  'containers-leftover': containers({}, ['C']),
  'containers-refused': containers(
    {},
    ['C', 'j', 'j', 'j'],
    acmeEngine({ changes: () => Promise.reject(CHANGES_REFUSED) }),
  ),
  'containers-asking': containers({}, ['C'], acmeEngine({ changes: () => new Promise(() => {}) })),
  'containers-of-image': containers({}, ['c']),
  'containers-none': containers({ containers: [] }, ['C']),
  'containers-remove': containers({}, ['C', 'd']),
  changes: containers({}, ['C', 'j', 'enter']),
  'changes-search': containers({}, ['C', 'j', 'enter', '/', ...'uploads/30', 'enter']),
  'changes-deleted': containers({}, ['C', 'j', 'enter', 'tab', 'tab', 'tab']),
  'prompt-commit': containers({}, ['C', 'j', 'c', ...'acme/web:2', 'tab', 'tab', 'tab', ...'CMD ["serve"]']),
  'prompt-commit-wrong': containers({}, ['C', 'c', 'tab', 'tab', 'tab', ...'RUN date']),
  'prompt-run': containers({}, ['r']),
  'prompt-run-wrong': containers({}, ['r', 'tab', 'tab', 'tab', ...'DEBUG']),
  'run-ended': containers({}, ['r', 'enter', 'none']),
  'run-ended-unchanged': containers(
    {},
    ['r', 'enter', 'none'],
    acmeEngine({ changes: () => Promise.resolve([]) }),
  ),
  'search-typing': pressed(withPage('inspect'), ['/', ...'arch']),
  'help-empty-field': still({ overlay: { kind: 'help', field: EMPTY_FIELD, top: 400 } }),
};

/** The app on the drawn store, without a terminal and without an engine: keys go in, state comes out. */
import { Writable } from 'node:stream';
import type { App } from '../../src/app/app.ts';
import type { BuildAnswers } from '../../src/app/build-answers.ts';
import { createChangesLoader } from '../../src/app/changes.ts';
import { bindKeys, COMMANDS } from '../../src/app/commands.ts';
import { handleInput } from '../../src/app/input.ts';
import type { Journal } from '../../src/app/journal.ts';
import { costOf } from '../../src/app/marks-cost.ts';
import { knownPins, type PinBook } from '../../src/app/pin-book.ts';
import { createSlots } from '../../src/app/slots.ts';
import { type AppState, type EngineOption, initialState } from '../../src/app/state.ts';
import { createStore, type Store } from '../../src/app/store.ts';
import { createStroke } from '../../src/app/stroke.ts';
import { unusedOf } from '../../src/app/unused-images.ts';
import { pinTexts, settingsOf } from '../../src/engine/cleanup/pin-file.ts';
import type { Engine, EngineInfo } from '../../src/engine/engine.ts';
import { asEngineError } from '../../src/engine/errors.ts';
import type { ChangeJournal } from '../../src/engine/undo/change-journal.ts';
import { acmeId, CONTAINERS, DETAIL, HISTORY, NOW, STOCK, USAGE } from './acme-store.ts';

export const INFO: EngineInfo = {
  kind: 'docker-classic',
  name: 'docker',
  version: '28.5.2',
  apiVersion: '1.51',
  address: 'unix:///var/run/docker.sock',
  chosenBy: 'the usual socket of docker',
  platform: 'linux/amd64',
  storage: 'overlay2',
  rootless: false,
  imageSize: { bound: 'exact', meaning: 'unpacked' },
};

export const EMBEDDED: EngineInfo = {
  ...INFO,
  kind: 'embedded',
  name: 'embedded',
  version: '0.1.0',
  apiVersion: '',
  address: '/home/me/.local/share/nacre/oci',
  chosenBy: "no Docker or Podman engine answers: nacre's own store",
  storage: 'oci-layout',
  imageSize: { bound: 'exact', meaning: 'as stored, compressed' },
};

export const OTHER_ENGINES: readonly EngineOption[] = (
  [
    ['docker', 'unix:///var/run/docker.sock', ''],
    ['podman', 'unix:///run/user/1000/podman/podman.sock', ''],
    ['colima', 'unix:///home/me/.colima/default/docker.sock', 'there is no such socket'],
  ] as const
).map(([label, address, problem]) => ({
  address,
  label,
  problem,
  note: '',
  choice: { endpoint: { address }, chosenBy: label, tried: [] },
}));

/** Marked in the drawings: together they free 7,955,100,160 bytes. */
export const DRAWN_MARKS = [
  'acme/ml-train:old',
  '',
  'ghcr.io/acme/web-api:1.5.0-rc1',
  'ghcr.io/acme/web-api:1.4.2',
  'ghcr.io/acme/web-api:1.4.1',
].map(acmeId);

/** The state of the first drawing, with a few things otherwise. */
export function acmeState(size: { columns: number; rows: number }, change: Partial<AppState> = {}): AppState {
  const web = acmeId('ghcr.io/acme/web-api:1.5.0');
  const state: AppState = {
    ...initialState({ ...size, now: NOW, readOnly: false, address: INFO.address }),
    connection: { status: 'connected', info: INFO },
    otherEngines: OTHER_ENGINES,
    images: STOCK.images,
    listedAt: (NOW - 12) * 1000,
    jobsRecalled: true,
    containers: CONTAINERS,
    stock: STOCK,
    usage: USAGE,
    details: { id: web, detail: DETAIL, history: HISTORY },
    marks: new Set(DRAWN_MARKS),
    places: {
      tagged: { cursor: web, top: 0 },
      dangling: { cursor: undefined, top: 0 },
      intermediate: { cursor: undefined, top: 0 },
    },
    ...change,
  };
  return { ...state, marksCost: costOf(state), unused: unusedOf(state) };
}

/** Nothing of these tests belongs on the disk. */
const noJournal: Journal = {
  begin: () => ({ file: '', problem: () => '', add: () => undefined, end: () => Promise.resolve() }),
  borrow: () => ({ file: '', problem: () => '', add: () => undefined, end: () => Promise.resolve() }),
  recall: () => Promise.resolve([]),
  read: () => Promise.reject(new Error('there is no file')),
  follow: () => () => {},
  flush: () => Promise.resolve(),
  forget: () => Promise.resolve(),
};

function pinsInMemory(store: Store<AppState>): Pick<PinBook, 'change' | 'reload'> {
  return {
    change({ add = [], remove = [] }) {
      store.update((state) => {
        const left = pinTexts(state.pins.kept).filter((pin) => !remove.includes(pin));
        return { ...state, pins: knownPins(state.pins.settings, settingsOf([...left, ...add])) };
      });
      return Promise.resolve();
    },
    reload: () => {},
  };
}

const noChanges: ChangeJournal = {
  folder: '',
  begin: () => Promise.resolve(),
  end: () => Promise.resolve(),
  undone: () => Promise.resolve(),
  list: () => Promise.resolve([]),
};

const noAnswers: BuildAnswers = {
  recall: () => undefined,
  remember: () => Promise.resolve(),
};

export interface AcmeApp extends App {
  /** Keys by name, each a stroke of its own: a second passes before it. */
  press(...keys: readonly string[]): void;
  /** Text as typed, key by key. */
  type(text: string): void;
  /** What went to the clipboard. */
  readonly copied: readonly string[];
  readonly calls: readonly string[];
}

/** With an `engine`, that is the one that is connected. */
export function acmeApp(
  state: AppState,
  ownKeys: Readonly<Record<string, readonly string[]>> = {},
  engine?: Engine,
): AcmeApp {
  const store = createStore<AppState>(state);
  const copied: string[] = [];
  // What is written while the terminal is lent is no part of any picture.
  const lent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const calls: string[] = [];
  let now = NOW * 1000;
  const clock = (): number => now;
  const changes = createChangesLoader(store, () => engine);
  const app: AcmeApp = {
    store,
    session: {
      engine: () => engine,
      refresh: () => {
        calls.push('refresh');
        return Promise.resolve();
      },
      loadDetails: () => {},
      loadChanges: (container) => changes.load(container),
      freshStock: () => Promise.resolve(STOCK),
      stopPlanning: () => {},
      findEngines: () => Promise.resolve([...OTHER_ENGINES]),
      switchTo: (option) => void calls.push(`switch to ${option.address}`),
      onEvent: () => () => {},
      works: new Map(),
      stop: () => Promise.resolve(),
    },
    terminal: {
      enter: () => {},
      leave: () => {},
      listen: () => {},
      onSignal: () => {},
      lend: (body) => body(),
      attach: () => ({ streams: { input: undefined, output: lent, errors: lent }, release: () => {} }),
      stop: () => Promise.resolve(),
      copy: (text) => copied.push(text) > 0,
      notify: (text, how) => void calls.push(`notify ${how} ${text}`),
      title: (text) => void calls.push(`title ${text}`),
    },
    journal: noJournal,
    buildAnswers: noAnswers,
    slots: createSlots(3),
    insecureRegistries: [],
    changeJournal: noChanges,
    pins: { settingsFile: '/home/me/.config/nacre/config.toml', ...pinsInMemory(store) },
    keyMap: bindKeys(COMMANDS, ownKeys),
    ownKeys,
    stroke: createStroke(clock),
    drawn: { lastTop: 0 },
    clock,
    say: (tone, text) => store.update((before) => ({ ...before, toast: { tone, text } })),
    hush: () => store.update((before) => ({ ...before, toast: undefined })),
    fail(what, thrown) {
      const error = asEngineError(thrown);
      store.update((before) => ({
        ...before,
        lastError: error,
        toast: { tone: 'bad', text: `${what}: ${error.message}` },
      }));
    },
    quit: () => void calls.push('quit'),
    suspend: () => void calls.push('suspend'),
    lend: (body) => body(),
    copied,
    calls,
    press(...keys) {
      for (const key of keys) {
        now += 1_000;
        const text = [...key].length === 1 ? key : key === 'space' ? ' ' : '';
        handleInput(app, { type: 'key', key, text });
      }
    },
    type: (text) => app.press(...[...text].map((char) => (char === ' ' ? 'space' : char))),
  };
  return app;
}

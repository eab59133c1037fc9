/** Puts the running app together: store, session, commands, screen; and takes it apart again. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { render, useApp } from 'ink';
import { useEffect, useSyncExternalStore } from 'react';
import type { App } from './app/app.ts';
import { createBuildAnswers } from './app/build-answers.ts';
import { bindKeys, COMMANDS } from './app/commands.ts';
import { follow } from './app/followers.ts';
import { adoptScreen, repaintScreen } from './app/ink/log-update.ts';
import { handleInput } from './app/input.ts';
import { createJournal } from './app/journal.ts';
import { createPinBook, loadPins } from './app/pin-book.ts';
import { quit } from './app/quitting.ts';
import { startSession } from './app/session.ts';
import { createSlots } from './app/slots.ts';
import { type AppState, initialState } from './app/state.ts';
import { createStore, type Store } from './app/store.ts';
import { createStroke } from './app/stroke.ts';
import type { Terminal } from './app/terminal.ts';
import { createTheme, type Theme } from './app/theme.ts';
import { keepTrash } from './app/trash-keeping.ts';
import type { GlobalOptions } from './cli/arguments.ts';
import { type Config, configPath } from './config.ts';
import { type Choice, chooseEngine, findEngines } from './engine/choose.ts';
import { pinFilePath } from './engine/cleanup/pin-file.ts';
import { connect } from './engine/connect.ts';
import type { Engine } from './engine/engine.ts';
import { asEngineError } from './engine/errors.ts';
import { stateFolder } from './engine/state-folder.ts';
import { trashFolder } from './engine/trash/trash-folder.ts';
import type { ChangeJournal } from './engine/undo/change-journal.ts';
import { pictureOf } from './views/picture.ts';
import { Root } from './views/root.tsx';

export interface StartOptions {
  readonly options: GlobalOptions;
  readonly config: Config;
  readonly terminal: Terminal;
  /** The first connection, under way since before this module was loaded. */
  readonly first: Promise<Engine>;
  /** What that connection goes to. */
  readonly firstChoice: Promise<Choice>;
  /** What was done to engines; that connection writes to it, unless the settings say otherwise. */
  readonly changes: ChangeJournal;
  readonly address: string;
  /** Rows that the screen shows already. */
  readonly painted: readonly string[];
}

/** Frames a second at most: keys must not wait for a slow clock. */
const MAX_FPS = 1_000;
/** How long the first frame waits for the first list, in milliseconds. */
const PATIENCE = 40;

/** Ink's way to hand the terminal to something else, once it is drawn. */
interface Screen {
  suspend: (body: () => Promise<void>) => Promise<void>;
}

function View({ app, theme, screen }: { readonly app: App; readonly theme: Theme; readonly screen: Screen }) {
  const state = useSyncExternalStore(app.store.subscribe, app.store.get);
  const { suspendTerminal } = useApp();
  useEffect(() => {
    screen.suspend = async (body) => {
      await suspendTerminal(body);
    };
  }, [screen, suspendTerminal]);
  const { lines, window } = pictureOf(app, state, theme);
  app.drawn.lastTop = window?.lastTop ?? 0;
  return <Root rows={state.rows} lines={lines} window={window} />;
}

/** Until the first list is there, or has been waited for long enough: it saves drawing a screen without it. */
async function firstList(store: Store<AppState>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, PATIENCE);
  const check = () => {
    const { listedAt, connection } = store.get();
    if (listedAt !== undefined || connection.status === 'lost') resolve();
  };
  const unsubscribe = store.subscribe(check);
  check();
  await promise;
  clearTimeout(timer);
  unsubscribe();
}

export async function start({
  options,
  config,
  terminal,
  first,
  firstChoice,
  changes,
  painted,
  address,
}: StartOptions): Promise<void> {
  const { stdout, stdin } = process;
  const clock = (): number => Date.now();
  const choosing = { ...options, settings: config.engine };
  const pinFile = pinFilePath(stateFolder(process.env));
  const store = createStore<AppState>(
    initialState({
      columns: stdout.columns,
      rows: stdout.rows,
      now: Math.floor(clock() / 1000),
      readOnly: options.readOnly,
      journaled: config.journal.keep,
      home: homedir(),
      address,
      pins: loadPins(config.pins, pinFile),
    }),
  );
  const pins = createPinBook(store, pinFile, configPath(options.config, process.env));
  let unused: Promise<Engine> | undefined = first;
  let kept: Choice | undefined;
  const session = startSession({
    store,
    findEngines: () => findEngines({}, choosing),
    beforePlanning: () => pins.reload(),
    connect: async (choice, signal) => {
      const early = unused;
      unused = undefined;
      if (choice === undefined && early !== undefined) {
        const engine = await early;
        kept = await firstChoice;
        return engine;
      }
      // What was chosen once is what is waited for: another engine must never stand in for it unasked.
      const chosen = choice ?? kept ?? (await chooseEngine(choosing));
      const engine = await connect(chosen, {
        signal,
        prefetchList: true,
        insecureRegistries: config.registries.insecure,
        journal: config.journal.keep ? changes : undefined,
      });
      if (choice === undefined) kept = chosen;
      return engine;
    },
  });
  const theme = createTheme({
    colour: !options.noColor && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
    ascii: options.ascii,
  });
  const screen: Screen = { suspend: async () => {} };
  let failure: unknown;
  const journal = createJournal({ folder: join(stateFolder(process.env), 'jobs') });
  const trash = keepTrash(
    { folder: trashFolder(process.env, homedir()), settings: config.trash },
    options.readOnly,
  );
  const app: App = {
    store,
    session,
    terminal,
    journal,
    buildAnswers: createBuildAnswers(join(stateFolder(process.env), 'builds.json')),
    slots: createSlots(config.jobs.transfers),
    insecureRegistries: config.registries.insecure,
    changeJournal: changes,
    trash: trash.open,
    pins,
    keyMap: bindKeys(COMMANDS, config.keys),
    ownKeys: config.keys,
    clock,
    stroke: createStroke(clock),
    drawn: { lastTop: 0 },
    say: (tone, text) => store.update((state) => ({ ...state, toast: { tone, text } })),
    hush: () => store.update((state) => (state.toast === undefined ? state : { ...state, toast: undefined })),
    fail(what, thrown, brief) {
      const error = asEngineError(thrown);
      if (error.code === 'cancelled') return;
      store.update((state) => ({
        ...state,
        lastError: error,
        toast: { tone: 'bad', text: `${what}: ${brief ?? error.message} (! for details)` },
      }));
    },
    quit(atOnce = false) {
      if (atOnce) end(0);
      else quit(app, () => end(0));
    },
    suspend: () => void screen.suspend(() => terminal.stop()),
    lend: (body) => screen.suspend(() => terminal.lend(body)),
  };

  await firstList(store);
  adoptScreen(painted);
  const ink = render(<View app={app} theme={theme} screen={screen} />, {
    stdout,
    stdin,
    interactive: true,
    exitOnCtrlC: false,
    incrementalRendering: true,
    maxFps: MAX_FPS,
    patchConsole: true,
  });

  const followers = follow(app, {
    jobs: config.jobs,
    folder: stateFolder(process.env),
    pins,
    pinFile,
  });
  const onResize = (): void =>
    store.update((state) => ({ ...state, columns: stdout.columns, rows: stdout.rows }));
  stdout.on('resize', onResize);
  // After the size has been read: Node tells of a changed one only.
  const onWindow = (): void => void setImmediate(repaintScreen);
  process.on('SIGWINCH', onWindow);
  // Ages and the countdown of a lost engine move with the clock; nothing else draws by itself.
  const minute = setInterval(
    () => store.stream((state) => ({ ...state, now: Math.floor(clock() / 1000) })),
    60_000,
  );
  const second = setInterval(() => {
    if (store.get().connection.status === 'lost')
      store.stream((state) => ({ ...state, now: Math.floor(clock() / 1000) }));
  }, 1_000);
  minute.unref();
  second.unref();

  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  terminal.onSignal(end);
  const onCrash = (thrown: unknown): void => {
    failure ??= thrown;
    end(1);
  };
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);
  ink.waitUntilExit().then(
    () => end(failure === undefined ? 0 : 1),
    (thrown: unknown) => onCrash(thrown),
  );
  terminal.listen((event) => handleInput(app, event));

  const code = await ended;
  clearInterval(minute);
  clearInterval(second);
  followers.stop();
  trash.end();
  stdout.off('resize', onResize);
  process.off('SIGWINCH', onWindow);
  ink.unmount();
  terminal.leave();
  if (failure !== undefined) {
    const story = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
    process.stderr.write(`nacre crashed, and this is a bug worth reporting:\n${story}\n`);
  }
  // What the engine still has to say is not waited for longer than a person would.
  const patience = session.works.size > 0 ? 30_000 : 500;
  await Promise.race([
    Promise.all([followers.write(), session.stop()]),
    new Promise((resolve) => setTimeout(resolve, patience)),
  ]);
  process.exit(code);
}

/** A command in a throwaway container of an image: asking which, lending it the terminal, and asking what becomes of it. */
import { randomBytes } from 'node:crypto';
import { type RunOptions, type RunResult, THROWAWAY } from '../engine/container.ts';
import { asEngineError, EngineError } from '../engine/errors.ts';
import type { ImageConfig } from '../engine/image.ts';
import { StartError } from '../engine/start-error.ts';
import type { App } from './app.ts';
import { commandText, parseCommandLine } from './command-line.ts';
import { connectedEngine } from './connected.ts';
import { askingOfEnding } from './ending-question.ts';
import { rowById } from './facts.ts';
import { currentImage } from './movement.ts';
import type { Note } from './overlay.ts';
import { openPrompt } from './prompting.ts';
import type { Row } from './rows.ts';
import { EMPTY_FIELD, fieldOf } from './text-field.ts';

const SHELL = '/bin/sh';
const LEFT_OUT = 'left out';
const AS_IN_IMAGE = 'as in the image';
const ENGINE_NETWORK = "the engine's default";

/** Keys so soon after the end were meant for what ran, in milliseconds. */
const DEAF_MS = 600;

/** What is typed into the prompt, in the order of its fields. */
type Answers = readonly string[];

export function askRun(app: App): void {
  const state = app.store.get();
  const id = currentImage(state);
  const row = id === undefined ? undefined : rowById(state, id);
  if (row === undefined) return;
  app.session.loadDetails(row.id);
  ask(app, row, [SHELL, LEFT_OUT, ENGINE_NETWORK, '', '', '']);
}

function ask(app: App, row: Row, before: Answers): void {
  const [command = '', entrypoint = '', network = '', env = '', user = '', workdir = ''] = before;
  openPrompt(app, {
    title: `Run in ${row.name}`,
    verb: 'run',
    fields: [
      {
        label: 'command',
        field: fieldOf(command),
        example: "the image's own",
        suggest: (text) => suggestCommands(configOf(app, row.id), text),
      },
      { label: 'entrypoint', field: fieldOf(entrypoint), options: [LEFT_OUT, AS_IN_IMAGE] },
      { label: 'network', field: fieldOf(network), options: [ENGINE_NETWORK, 'none', 'host'] },
      { label: 'env', field: env === '' ? EMPTY_FIELD : fieldOf(env), example: 'DEBUG=1 NAME="with blanks"' },
      { label: 'user', field: fieldOf(user), example: AS_IN_IMAGE },
      { label: 'folder', field: fieldOf(workdir), example: AS_IN_IMAGE },
    ],
    note: (answers) => runNote(app, row, answers),
    submit: (answers) => void runThrowaway(app, row, answers),
  });
}

/** The image's configuration, once the engine has told it. */
function configOf(app: App, id: string): ImageConfig | undefined {
  const { details } = app.store.get();
  return details?.id === id ? details.detail?.config : undefined;
}

/** What the image runs by itself, and the usual shells. */
function suggestCommands(config: ImageConfig | undefined, text: string): readonly string[] {
  const own = commandText([...(config?.entrypoint ?? []), ...(config?.cmd ?? [])]);
  const all = [...new Set([own, SHELL, '/bin/bash', 'bash', 'sh'])].filter((command) => command !== '');
  // A command that stands there whole is being replaced: then all of them are of use.
  return all.includes(text.trim()) ? all : all.filter((command) => command.startsWith(text.trim()));
}

function optionsOf(row: Row, answers: Answers): RunOptions {
  const [typed = '', entrypoint = '', network = '', environment = '', user = '', workdir = ''] = answers;
  const command = parseCommandLine(typed).words;
  const env = parseCommandLine(environment).words;
  const wrong = env.find((word) => !/^[^=\s]+=/.test(word));
  if (wrong !== undefined)
    throw bad(`"${wrong}" is no variable`, 'Write NAME=value, with blanks between several.');
  if (command.length === 0 && entrypoint === LEFT_OUT)
    throw bad('without an entrypoint there must be a command', `Type one, for example ${SHELL}.`);
  if (workdir.trim() !== '' && !workdir.trim().startsWith('/'))
    throw bad(`"${workdir.trim()}" is no folder inside the container`, 'Begin it with /.');
  return {
    image: row.id,
    tty: true,
    // It is read here as it comes, and nowhere later.
    log: false,
    ...(command.length > 0 && { command }),
    ...(entrypoint === LEFT_OUT && { entrypoint: [] }),
    ...(network !== ENGINE_NETWORK && { network }),
    ...(env.length > 0 && { env }),
    ...(user.trim() !== '' && { user: user.trim() }),
    ...(workdir.trim() !== '' && { workdir: workdir.trim() }),
  };
}

function bad(message: string, hint: string): EngineError {
  return new EngineError({ code: 'bad-input', message, hint });
}

function runNote(app: App, row: Row, answers: Answers): Note {
  try {
    const { command } = optionsOf(row, answers);
    const { shellSign } = parseCommandLine(answers[0] ?? '');
    const sign = shellSign === '' ? '' : ` · ${shellSign} needs a shell: sh -c '…'`;
    return {
      tone: 'ok',
      text: `runs ${whatRuns(app, row, command)} in a throwaway container; at its end you say what becomes of it${sign}`,
    };
  } catch (thrown) {
    const error = asEngineError(thrown);
    return { tone: 'wrong', text: `${error.message}. ${error.hint}` };
  }
}

/** For people: the command, or what the image runs by itself. */
function whatRuns(app: App, row: Row, command: readonly string[] | undefined): string {
  if (command !== undefined) return commandText(command);
  const config = configOf(app, row.id);
  const own = commandText([...(config?.entrypoint ?? []), ...(config?.cmd ?? [])]);
  return own === '' ? "the image's own command" : own;
}

/** Runs it with the person's terminal. However nacre ends meanwhile, the container does not stay unasked. */
async function runThrowaway(app: App, row: Row, answers: Answers): Promise<void> {
  const options = { ...optionsOf(row, answers), name: `${THROWAWAY}${randomBytes(3).toString('hex')}` };
  const command = whatRuns(app, row, options.command);
  const cancel = new AbortController();
  const { promise: settled, resolve: settle } = Promise.withResolvers<void>();
  const work = `run-${app.clock()}-${app.session.works.size}`;
  app.session.works.set(work, { cancel, ended: settled });
  void settled.then(() => app.session.works.delete(work));
  let result: RunResult;
  try {
    result = await lendTerminal(app, { ...options, signal: cancel.signal }, `${command} in ${row.name}`);
  } catch (thrown) {
    settle();
    failed(app, row, answers, asEngineError(thrown));
    return;
  }
  const { container, exitCode } = result;
  const removeUnasked = (): void => void removeAtEnd(app, container).finally(settle);
  if (cancel.signal.aborted) {
    removeUnasked();
    return;
  }
  cancel.signal.addEventListener('abort', removeUnasked);
  app.session.loadChanges(container);
  app.store.update((state) =>
    askingOfEnding({
      ...state,
      overlay: undefined,
      field: undefined,
      page: undefined,
      changesPage: undefined,
      files: undefined,
      findings: undefined,
      compare: undefined,
      actList: undefined,
      runEnding: {
        container,
        image: row.name,
        command,
        exitCode,
        deafUntil: app.clock() + DEAF_MS,
        settle(last = Promise.resolve()) {
          cancel.signal.removeEventListener('abort', removeUnasked);
          last.then(settle, settle);
        },
      },
    }),
  );
}

/** Nacre ends while the question stands: nobody is left to answer it. */
async function removeAtEnd(app: App, container: string): Promise<void> {
  await app.session
    .engine()
    ?.containers?.remove(container)
    .catch(() => {});
}

async function lendTerminal(app: App, options: RunOptions, what: string): Promise<RunResult> {
  const { containers } = connectedEngine(app);
  if (containers === undefined) throw bad('this engine has no containers', 'Press E for another engine.');
  let ended: () => RunResult = () => {
    throw new EngineError({ code: 'cancelled', message: 'cancelled', hint: '' });
  };
  await app.lend(async () => {
    const { streams, release } = app.terminal.attach();
    // Told to end, nacre gives the terminal back at once, whatever the engine still has to do.
    options.signal?.addEventListener('abort', release);
    streams.output.write(`${what} · nacre is back when it ends\r\n`);
    try {
      const result = await containers.run(options, streams);
      ended = () => result;
    } catch (thrown) {
      // It is told once the screen is back.
      ended = () => {
        throw thrown;
      };
    } finally {
      release();
    }
  });
  return ended();
}

function failed(app: App, row: Row, answers: Answers, error: EngineError): void {
  if (error.code === 'cancelled') return;
  const [typed = '', entrypoint] = answers;
  const [program = ''] = parseCommandLine(typed).words;
  // Behind an entrypoint it is that, and not the command, which may be missing.
  const isMissing = error instanceof StartError && error.exitCode === 127 && entrypoint === LEFT_OUT;
  // A command that cannot be started is most often a small mistake: it stands there to be changed.
  if (error.code === 'bad-input') ask(app, row, answers);
  app.fail(
    error.code === 'unreachable' ? 'the run was cut off' : 'nothing ran',
    error,
    isMissing && program !== '' ? `no ${program} in this image: give a command it has` : undefined,
  );
}

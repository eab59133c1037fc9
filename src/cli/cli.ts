/** Runs a headless command: connects it to the process, and turns what happens into an exit code. */
import type { Config } from '../config.ts';
import type { Parsed } from './arguments.ts';
import { findCommand } from './command-table.ts';
import type { Connected, Context, Io } from './context.ts';
import { DONE, FAILED, failureLine, INTERRUPTED, TERMINATED, UsageError, WRONG_USAGE } from './failure.ts';
import { Output } from './output.ts';

export { type GlobalOptions, type Parsed, parseArguments } from './arguments.ts';
export type { Io } from './context.ts';

/** The first asks to stop and tidy up; the second ends the process where it is. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Does what was parsed, unless that is the app. Returns the exit code; never rejects for a failure of the command. */
export async function runCommand(parsed: Exclude<Parsed, { kind: 'app' }>, io: Io): Promise<number> {
  const stop = new AbortController();
  const changes = parsed.kind === 'command' && changesImages(parsed);
  // A change goes on to its end without a reader: half of it done would be worse.
  const output = new Output(io.stdout, () => {
    if (!changes) stop.abort();
  });
  // How far something has come is said even if nobody listens: the work goes on.
  io.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  let code: number | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    code ??= name === 'SIGINT' ? INTERRUPTED : TERMINATED;
    stop.abort();
  };
  for (const name of SIGNALS) process.once(name, onSignal);
  try {
    return await perform(parsed, io, output, stop.signal);
  } catch (thrown) {
    await tellEvent(thrown, parsed, output);
    if (code !== undefined) return code;
    if (output.closed && stop.signal.aborted) return DONE;
    return await explain(thrown, parsed, io);
  } finally {
    for (const name of SIGNALS) process.removeListener(name, onSignal);
  }
}

async function perform(
  parsed: Exclude<Parsed, { kind: 'app' }>,
  io: Io,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  if (parsed.kind === 'wrong') throw new UsageError(parsed.message);
  if (parsed.kind === 'help') {
    const help = await import('./help.ts');
    await output.write(parsed.command === undefined ? help.overview() : help.commandHelp(parsed.command));
    return DONE;
  }
  if (parsed.kind === 'version') {
    const { default: project } = await import('../../package.json', { with: { type: 'json' } });
    await output.write(`nacre ${project.version}\n`);
    return DONE;
  }

  const { command, options, flags, operands } = parsed;
  const complain = (message: string, hint = '') => {
    io.stderr.write(failureLine(message, hint));
  };
  if (changesImages(parsed) && options.readOnly && !flags.on('dry-run')) {
    const { EngineError } = await import('../engine/errors.ts');
    throw new EngineError({
      code: 'read-only',
      message: `${command.name} would change images, and --read-only forbids that`,
      hint: 'leave --read-only out to do it',
    });
  }
  let settings: Promise<Config> | undefined;
  const config = () => {
    settings ??= readSettings(options, io);
    return settings;
  };
  let connected: Promise<Connected> | undefined;
  const connect = () => {
    connected ??= config().then((read) => connectEngine(parsed, read, io, signal));
    return connected;
  };
  const context: Context = { io, options, flags, operands, output, signal, config, connect, complain };
  try {
    const { run } = await command.load();
    return await run(context);
  } finally {
    await (await connected?.catch(() => undefined))?.engine.close();
  }
}

function changesImages({ command, operands }: Extract<Parsed, { kind: 'command' }>): boolean {
  const { changes = false } = command;
  return typeof changes === 'function' ? changes(operands) : changes;
}

async function readSettings(options: Context['options'], io: Io): Promise<Config> {
  const { readConfig } = await import('../config.ts');
  return readConfig(options.config, io.env);
}

async function connectEngine(
  parsed: Extract<Parsed, { kind: 'command' }>,
  { engine: settings, registries, journal }: Config,
  io: Io,
  signal: AbortSignal,
): Promise<Connected> {
  const [{ chooseEngine }, { connect }, { openChangeJournal }, { changesFolder }] = await Promise.all([
    import('../engine/choose.ts'),
    import('../engine/connect.ts'),
    import('../engine/undo/change-journal.ts'),
    import('../engine/undo/changes-folder.ts'),
  ]);
  const choice = await chooseEngine({ ...parsed.options, settings }, { env: io.env });
  // Who has an engine would look for what is done now over there.
  if ('store' in choice && choice.insteadOf !== undefined && changesImages(parsed))
    io.stderr.write(`${choice.insteadOf} does not answer, so this is nacre's own store: ${choice.store}\n`);
  const changes = openChangeJournal({ folder: changesFolder(io.env) });
  const engine = await connect(choice, {
    signal,
    insecureRegistries: registries.insecure,
    journal: journal.keep ? changes : undefined,
  });
  return { choice, engine, changes };
}

/** Who reads events learns of their end from the last one, and of wrong usage from the exit code alone. */
async function tellEvent(thrown: unknown, parsed: Parsed, output: Output): Promise<void> {
  if (parsed.kind !== 'command' || parsed.command.events !== true || !parsed.flags.on('json')) return;
  if (isWrongUsage(thrown)) return;
  const [{ asEngineError }, { errorEvent }] = await Promise.all([
    import('../engine/errors.ts'),
    import('./error-event.ts'),
  ]);
  await output.jsonLine(errorEvent(asEngineError(thrown)));
}

function isWrongUsage(thrown: unknown): boolean {
  return thrown instanceof UsageError || (thrown instanceof Error && thrown.name === 'ConfigError');
}

async function explain(thrown: unknown, parsed: Parsed, io: Io): Promise<number> {
  const name =
    parsed.kind === 'command' ? parsed.command.name : parsed.kind === 'wrong' ? parsed.command : '';
  const failed = findCommand(name)?.failed;
  if (thrown instanceof UsageError) {
    io.stderr.write(
      failureLine(thrown.message, `see ${name === '' ? 'nacre --help' : `nacre ${name} --help`}`),
    );
    return failed ?? WRONG_USAGE;
  }
  if (thrown instanceof Error && thrown.name === 'ConfigError') {
    io.stderr.write(failureLine(thrown.message));
    return failed ?? WRONG_USAGE;
  }
  const { asEngineError } = await import('../engine/errors.ts');
  const error = asEngineError(thrown);
  if (error.code === 'cancelled') return INTERRUPTED;
  io.stderr.write(failureLine(error.message, error.hint));
  return failed ?? FAILED;
}

/** Runs a headless command: connects it to the process, and turns what happens into an exit code. */
import type { Parsed } from './arguments.ts';
import type { Connected, Context, Io } from './context.ts';
import { DONE, FAILED, failureLine, INTERRUPTED, UsageError, WRONG_USAGE } from './failure.ts';
import { Output } from './output.ts';

export { type GlobalOptions, type Parsed, parseArguments } from './arguments.ts';
export type { Io } from './context.ts';

/** Does what was parsed, unless that is the app. Returns the exit code; never rejects for a failure of the command. */
export async function runCommand(parsed: Exclude<Parsed, { kind: 'app' }>, io: Io): Promise<number> {
  const stop = new AbortController();
  const changes = parsed.kind === 'command' && parsed.command.changes === true;
  // A change goes on to its end without a reader: half of it done would be worse.
  const output = new Output(io.stdout, () => {
    if (!changes) stop.abort();
  });
  let interrupted = false;
  const onInterrupt = () => {
    interrupted = true;
    stop.abort();
  };
  process.once('SIGINT', onInterrupt);
  try {
    return await perform(parsed, io, output, stop.signal);
  } catch (thrown) {
    if (interrupted) return INTERRUPTED;
    if (output.closed && stop.signal.aborted) return DONE;
    return await explain(thrown, parsed, io);
  } finally {
    process.removeListener('SIGINT', onInterrupt);
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
  if (command.changes && options.readOnly && !flags.on('dry-run')) {
    complain(
      `${command.name} would change images, and --read-only forbids that`,
      'leave --read-only out to do it',
    );
    return FAILED;
  }
  let connected: Promise<Connected> | undefined;
  const connect = () => {
    connected ??= connectEngine(options, io, signal);
    return connected;
  };
  const context: Context = { io, options, flags, operands, output, signal, connect, complain };
  try {
    const { run } = await command.load();
    return await run(context);
  } finally {
    await (await connected?.catch(() => undefined))?.engine.close();
  }
}

async function connectEngine(options: Context['options'], io: Io, signal: AbortSignal): Promise<Connected> {
  const [{ chooseEngine }, { connect }] = await Promise.all([
    import('../engine/choose.ts'),
    import('../engine/connect.ts'),
  ]);
  const choice = await chooseEngine(options, { env: io.env });
  return { choice, engine: await connect(choice, { signal }) };
}

async function explain(thrown: unknown, parsed: Parsed, io: Io): Promise<number> {
  if (thrown instanceof UsageError) {
    const name =
      parsed.kind === 'command' ? parsed.command.name : parsed.kind === 'wrong' ? parsed.command : '';
    io.stderr.write(
      failureLine(thrown.message, `see ${name === '' ? 'nacre --help' : `nacre ${name} --help`}`),
    );
    return WRONG_USAGE;
  }
  const { asEngineError } = await import('../engine/errors.ts');
  const error = asEngineError(thrown);
  if (error.code === 'cancelled') return INTERRUPTED;
  io.stderr.write(failureLine(error.message, error.hint));
  return FAILED;
}

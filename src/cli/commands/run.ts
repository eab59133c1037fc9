/** `nacre run IMAGE [COMMAND]`: runs a command in a new container, as if it ran here; its exit code is ours. */
import type { Containers, RunOptions, RunResult } from '../../engine/container.ts';
import type { Engine } from '../../engine/engine.ts';
import { asEngineError } from '../../engine/errors.ts';
import { parseReference } from '../../engine/reference.ts';
import { StartError } from '../../engine/start-error.ts';
import type { Context } from '../context.ts';
import { containersOf } from '../engine-containers.ts';
import { UsageError } from '../failure.ts';
import { PassedSignals } from '../passed-signals.ts';
import { follow } from '../progress/follow.ts';
import { runOptions } from '../run-flags.ts';
import { openRunStreams } from '../run-streams.ts';

/** No registry gives an image by its id. */
const FULL_ID = /^(sha256:[0-9a-f]+|[0-9a-f]{64})$/;

export async function run(context: Context): Promise<number> {
  const { flags, operands, io, complain } = context;
  if (flags.on('interactive') && flags.on('tty') && !io.stdin.isTTY)
    throw new UsageError('-t with -i needs a terminal on stdin: leave -t out to send something in');
  const pull = flags.text('pull') ?? 'missing';
  if (!['missing', 'always', 'never'].includes(pull))
    throw new UsageError(`--pull takes missing, always or never, not '${pull}'`);
  const wanted = await runOptions(flags, operands as [string, ...string[]], io.env);
  const { engine } = await context.connect();
  const containers = containersOf(engine);
  if (pull === 'always') await getImage(context, engine, wanted);
  try {
    const attempt = () => runAttached(context, containers, wanted);
    const { container, exitCode } = await attempt().catch(async (thrown: unknown) => {
      const isMissing = asEngineError(thrown).code === 'not-found' && !FULL_ID.test(wanted.image);
      if (pull !== 'missing' || !isMissing) throw thrown;
      if (!flags.on('quiet')) io.stderr.write(`Unable to find image '${wanted.image}' locally\n`);
      await getImage(context, engine, wanted);
      return await attempt();
    });
    if (flags.on('rm')) await remove(context, containers, container);
    return exitCode;
  } catch (thrown) {
    if (!(thrown instanceof StartError)) throw thrown;
    complain(thrown.message, thrown.hint);
    return thrown.exitCode;
  }
}

async function runAttached(
  { flags, io, signal }: Context,
  containers: Containers,
  wanted: RunOptions,
): Promise<RunResult> {
  signal.throwIfAborted();
  const signals = new PassedSignals({ tty: flags.on('tty') });
  const { streams, release } = openRunStreams(io, {
    input: flags.on('interactive'),
    tty: flags.on('tty'),
  });
  try {
    return await containers.run({ ...wanted, signal: signals.ending }, { ...streams, signals });
  } finally {
    release();
    signals.close();
  }
}

async function getImage(context: Context, engine: Engine, { image, platform }: RunOptions): Promise<void> {
  const { signal } = context;
  const reference = parseReference(image).withDefaultTag().familiar();
  await follow(context, engine.pull(reference, { signal, ...(platform !== undefined && { platform }) }));
}

/** The command's exit code counts for more than a container that stays behind; one that is gone is what was asked for. */
async function remove({ complain }: Context, containers: Containers, container: string): Promise<void> {
  await containers.remove(container).catch((thrown: unknown) => {
    const { code, message, hint } = asEngineError(thrown);
    if (code !== 'not-found') complain(message, hint);
  });
}

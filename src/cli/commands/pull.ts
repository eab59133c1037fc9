/** `nacre pull NAME…`: gets images from registries; on stdout stand docker's last lines. */
import { asEngineError } from '../../engine/errors.ts';
import { parseReference } from '../../engine/reference.ts';
import type { PullOptions, PullResult } from '../../engine/transfer.ts';
import type { Context } from '../context.ts';
import { errorEvent } from '../error-event.ts';
import { DONE, FAILED, UsageError } from '../failure.ts';
import { follow } from '../progress/follow.ts';
import { wantedPlatform } from '../wanted-platform.ts';

/** What cannot be had fails with a line of its own; the others are pulled. */
export async function run(context: Context): Promise<number> {
  const { flags, operands, signal, output, complain } = context;
  if (flags.on('all-platforms') && flags.has('platform'))
    throw new UsageError('--platform and --all-platforms exclude each other');
  const options: PullOptions = {
    signal,
    allPlatforms: flags.on('all-platforms'),
    ...wantedPlatform(flags),
  };
  const references = operands.map((operand) => parseReference(operand).withDefaultTag().familiar());
  const { engine } = await context.connect();
  let failed = false;
  for (const reference of references) {
    try {
      const result = await follow(context, engine.pull(reference, options));
      if (flags.on('json')) await output.jsonLine({ type: 'result', ...result });
      else await output.write(dockerLines(result, flags.on('quiet')));
    } catch (thrown) {
      const error = asEngineError(thrown);
      if (signal.aborted || references.length === 1) throw error;
      if (flags.on('json')) await output.jsonLine({ ...errorEvent(error), reference });
      complain(error.message, error.hint);
      failed = true;
    }
  }
  return failed ? FAILED : DONE;
}

function dockerLines({ reference, digest, changed }: PullResult, quiet: boolean): string {
  const full = `${parseReference(reference).full()}\n`;
  if (quiet) return full;
  const status = changed ? 'Downloaded newer image for' : 'Image is up to date for';
  return `${digest === '' ? '' : `Digest: ${digest}\n`}Status: ${status} ${reference}\n${full}`;
}

/** `nacre commit CONTAINER [NAME]`: makes an image of a container; on stdout stands its id. */
import { applyChanges } from '../../engine/archive/change.ts';
import type { CommitOptions } from '../../engine/container.ts';
import { parseNewName } from '../../engine/reference.ts';
import type { Context } from '../context.ts';
import { containersOf } from '../engine-containers.ts';
import { DONE } from '../failure.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands, signal, output } = context;
  const [container, name] = operands as [string, string | undefined];
  const author = flags.text('author');
  const message = flags.text('message');
  const changes = flags.list('change');
  // What is wrong with these is wrong on every engine.
  applyChanges(changes);
  const options: CommitOptions = {
    signal,
    changes,
    pause: flags.on('pause', true),
    ...(name === undefined ? {} : { reference: parseNewName(name).familiar() }),
    ...(author === undefined ? {} : { author }),
    ...(message === undefined ? {} : { message }),
  };
  const { engine } = await context.connect();
  const result = await containersOf(engine).commit(container, options);
  if (flags.on('json')) await output.jsonLine({ type: 'result', ...result });
  else await output.write(`${result.id}\n`);
  return DONE;
}

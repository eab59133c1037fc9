/** `nacre import FILE|URL|- [NAME]`: makes an image of a root file system; on stdout stands its id. */
import { openSource } from '../../engine/archive/source.ts';
import { parseNewName } from '../../engine/reference.ts';
import type { ImportOptions } from '../../engine/transfer.ts';
import type { Context } from '../context.ts';
import { DONE, UsageError } from '../failure.ts';
import { follow } from '../progress/follow.ts';
import { wantedPlatform } from '../wanted-platform.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands, io, signal, output } = context;
  const [place, name] = operands as [string, string | undefined];
  if (place === '-' && io.stdin.isTTY)
    throw new UsageError('import would read from stdin, and that is a terminal: name a file, or send one in');
  const message = flags.text('message');
  const options: ImportOptions = {
    signal,
    changes: flags.list('change'),
    ...(name === undefined ? {} : { reference: parseNewName(name).familiar() }),
    ...(message === undefined ? {} : { message }),
    ...wantedPlatform(flags),
  };
  const source = await openSource(place, { signal });
  const { engine } = await context.connect();
  const result = await follow(context, engine.import(source.stream, options));
  if (flags.on('json')) await output.jsonLine({ type: 'result', ...result });
  else await output.write(`${result.id}\n`);
  return DONE;
}

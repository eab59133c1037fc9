/** `nacre load`: takes in the images of an archive, and names them in docker's words. */
import { openSource } from '../../engine/archive/source.ts';
import type { Context } from '../context.ts';
import { DONE, UsageError } from '../failure.ts';
import { follow } from '../progress/follow.ts';

export async function run(context: Context): Promise<number> {
  const { flags, io, signal, output } = context;
  const place = flags.text('input') ?? '-';
  if (place === '') throw new UsageError('--input needs the name of a file, or an address');
  if (place === '-' && io.stdin.isTTY)
    throw new UsageError('load reads an archive from stdin, and that is a terminal: give -i FILE');
  const source = await openSource(place, { signal });
  const { engine } = await context.connect();
  const result = await follow(context, engine.load(source.stream, { signal }));
  if (flags.on('json')) {
    await output.jsonLine({ type: 'result', ...result });
    return DONE;
  }
  for (const { id, references } of result.images) {
    const lines = references.map((reference) => `Loaded image: ${reference}\n`);
    await output.write(lines.length === 0 ? `Loaded image ID: ${id}\n` : lines.join(''));
  }
  return DONE;
}

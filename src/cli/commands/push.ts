/** `nacre push IMAGE`: sends one name to its registry; on stdout stands docker's last line. */
import { parseNewName, parseReference } from '../../engine/reference.ts';
import type { Context } from '../context.ts';
import { DONE } from '../failure.ts';
import { follow } from '../progress/follow.ts';
import { wantedPlatform } from '../wanted-platform.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands, signal, output } = context;
  const reference = parseNewName(operands[0]!).familiar();
  const platform = wantedPlatform(flags);
  const { engine } = await context.connect();
  const result = await follow(context, engine.push(reference, { signal, ...platform }));
  if (flags.on('json')) await output.jsonLine({ type: 'result', ...result });
  else if (flags.on('quiet')) await output.write(`${parseReference(result.reference).full()}\n`);
  else if (result.digest !== '') {
    const size = result.size > 0 ? ` size: ${result.size}` : '';
    await output.write(`${parseReference(result.reference).tag}: digest: ${result.digest}${size}\n`);
  }
  return DONE;
}

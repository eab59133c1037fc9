/** `nacre tag SOURCE TARGET`: gives an image a further name, silently as docker does. */
import { parseNewName } from '../../engine/reference.ts';
import type { Context } from '../context.ts';
import { DONE } from '../failure.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands, signal, output } = context;
  const [source, wanted] = operands as [string, string];
  const target = parseNewName(wanted);
  const { engine } = await context.connect();
  await engine.tag(source, target.familiar(), { signal });
  if (flags.on('json')) {
    const { id } = await engine.inspect(target.familiar(), { signal });
    await output.json({ source, target: target.familiar(), id });
  }
  return DONE;
}

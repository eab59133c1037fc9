/** `nacre tag SOURCE TARGET`: gives an image a further name, silently as docker does. */
import { EngineError } from '../../engine/errors.ts';
import { parseReference } from '../../engine/reference.ts';
import type { Context } from '../context.ts';
import { DONE } from '../failure.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands, signal, output } = context;
  const [source, wanted] = operands as [string, string];
  const target = parseReference(wanted).withDefaultTag();
  if (target.digest !== '') {
    throw new EngineError({
      code: 'bad-input',
      message: `"${wanted}" cannot be given as a name: a digest follows from the content`,
      hint: `Give a tag, such as ${target.familiarName}:1.`,
    });
  }
  const { engine } = await context.connect();
  await engine.tag(source, target.familiar(), { signal });
  if (flags.on('json')) {
    const { id } = await engine.inspect(target.familiar(), { signal });
    await output.json({ source, target: target.familiar(), id });
  }
  return DONE;
}

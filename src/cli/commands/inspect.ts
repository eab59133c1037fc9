/** `nacre inspect IMAGE…`: the engine's own answer as docker prints it, or the same fields on every engine. */
import { asEngineError } from '../../engine/errors.ts';
import type { ImageDetail } from '../../engine/image.ts';
import type { Context } from '../context.ts';
import { DONE, FAILED, UsageError } from '../failure.ts';
import { imageLookup, imageStruct } from '../image-struct.ts';
import { withTagsThere } from '../tags-there.ts';
import { Template } from '../template/template.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands, signal, output, complain } = context;
  const format = flags.text('format');
  if (flags.on('json') && format !== undefined)
    throw new UsageError('--json and --format exclude each other');
  const template = format === undefined ? undefined : new Template(format === 'json' ? '{{json .}}' : format);

  const { engine } = await context.connect();
  const found: ImageDetail[] = [];
  let failed = false;
  for (const image of operands) {
    try {
      found.push(await withTagsThere(engine, image, signal, () => engine.inspect(image, { signal })));
    } catch (thrown) {
      const error = asEngineError(thrown);
      if (error.code !== 'not-found' && error.code !== 'bad-input') throw thrown;
      complain(error.message, error.hint);
      failed = true;
    }
  }
  if (flags.on('json')) {
    await output.json(found.map(({ raw: _, ...detail }) => detail));
  } else if (template === undefined) {
    await output.write(
      `${JSON.stringify(
        found.map((detail) => detail.raw),
        null,
        4,
      )}\n`,
    );
  } else {
    for (const { raw } of found) {
      await output.write(`${template.execute(imageStruct(raw), undefined, imageLookup)}\n`);
    }
  }
  return failed ? FAILED : DONE;
}

/** `nacre history IMAGE`: docker's table of the steps that made an image. */
import type { Context } from '../context.ts';
import { checkFormat, formatRows } from '../docker-format.ts';
import { DONE, UsageError } from '../failure.ts';
import { historyFields } from '../history-row.ts';
import { withTagsThere } from '../tags-there.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands, signal, output } = context;
  const human = flags.on('human', true);
  const fields = historyFields({ now: Date.now() / 1000, human, trunc: !flags.on('no-trunc') });
  const created = human ? '{{.CreatedSince}}' : '{{.CreatedAt}}';
  const choice = {
    format: flags.text('format'),
    quiet: flags.on('quiet'),
    table: `{{.ID}}\t${created}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}`,
  };
  checkFormat(fields, choice);
  if (flags.on('json') && choice.format !== undefined) {
    throw new UsageError('--json and --format exclude each other');
  }
  const { engine } = await context.connect();
  const name = operands[0]!;
  const rows = await withTagsThere(engine, name, signal, () => engine.history(name, { signal }));
  if (flags.on('json')) await output.json(rows);
  else await output.write(formatRows(rows, fields, choice));
  return DONE;
}

/** `nacre check IMAGE`: what an image carries in vain, and whether that is within limits. */
import { IgnoreRules } from '../../engine/context/ignore-rules.ts';
import { wasteOf } from '../../engine/layers/waste.ts';
import { checkDocument } from '../check-document.ts';
import { limitsOf } from '../check-limits.ts';
import { checkReport } from '../check-report.ts';
import { judge } from '../check-verdict.ts';
import type { Context } from '../context.ts';
import { exactJson } from '../exact-text.ts';
import { DONE, FAILED, UsageError } from '../failure.ts';
import { insideOf } from '../inside-image.ts';

const SHOWN = 10;

export async function run(context: Context): Promise<number> {
  const { flags, operands, output, complain } = context;
  const [name = ''] = operands;
  const [json, quiet] = [flags.on('json'), flags.on('quiet')];
  if (json && quiet) throw new UsageError('--json and --quiet exclude each other');
  const limits = limitsOf(flags);
  const most = mostOf(flags.text('limit'));
  const ignored = ignoredBy(flags.list('ignore'));

  const contents = await insideOf(context, name, { digests: !flags.on('quick') });
  const waste = wasteOf(contents, ignored === undefined ? {} : { ignored });
  const verdicts = judge(limits, contents, waste);
  if (json) await output.write(`${exactJson(checkDocument(contents, waste, verdicts))}\n`);
  else if (!quiet) await output.write(`${[...checkReport(contents, waste, verdicts, most)].join('\n')}\n`);
  for (const { message, hint } of verdicts) if (message !== '') complain(message, hint);
  return verdicts.every(({ kept }) => kept) ? DONE : FAILED;
}

function mostOf(text: string | undefined): number {
  if (text === undefined) return SHOWN;
  if (!/^\d{1,6}$/.test(text)) throw new UsageError(`--limit needs a number, not '${text}'`);
  return Number(text);
}

function ignoredBy(patterns: readonly string[]): IgnoreRules | undefined {
  if (patterns.length === 0) return undefined;
  try {
    return new IgnoreRules(patterns.join('\n'), '--ignore');
  } catch (thrown) {
    throw new UsageError((thrown as Error).message);
  }
}

/** `nacre info`: which engine, why this one, and what it can tell. */
import { EngineError } from '../../engine/errors.ts';
import type { Connected, Context } from '../context.ts';
import { DONE } from '../failure.ts';

export async function run(context: Context): Promise<number> {
  const { engine, choice } = await connectTelling(context);
  const { info, absent } = engine;
  if (context.flags.on('json')) {
    await context.output.json({ ...info, tried: choice.tried, absent });
    return DONE;
  }
  const { bound, meaning } = info.imageSize;
  const rows: [string, string][] = [
    ['Engine', `${info.name} ${info.version}`],
    ['Kind', info.kind],
    ['Address', info.address],
    ['Chosen by', info.chosenBy],
    ...(info.apiVersion === '' ? [] : [['API', info.apiVersion] as [string, string]]),
    ['Platform', info.platform],
    ['Storage', info.storage],
    ['Rootless', info.rootless ? 'yes' : 'no'],
    ['Image size', bound === 'exact' ? meaning : `${meaning} (${bound})`],
    ...Object.entries(absent).map(([name, why]): [string, string] => ['Cannot', `${name}: ${why}`]),
    ...choice.tried.map(({ address, why }): [string, string] => ['Tried', `${address}: ${why}`]),
  ];
  await context.output.write(rows.map(([label, text]) => `${label.padEnd(12)}${text}\n`).join(''));
  return DONE;
}

/** Here the sockets that were tried are the answer, also when none of them is an engine. */
async function connectTelling(context: Context): Promise<Connected> {
  try {
    return await context.connect();
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || thrown.detail === '') throw thrown;
    const tried = thrown.detail.split('\n').join('; ');
    const { code, hint, cause } = thrown;
    throw new EngineError({ code, message: `${thrown.message} (tried ${tried})`, hint, cause });
  }
}

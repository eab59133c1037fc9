/** `nacre pin PATTERN…`: what the patterns mean goes by no rule, prune or clean-up any more. */
import { changePinFile, checkPin, pinKey, pinTexts } from '../../engine/cleanup/pin-file.ts';
import { EngineError } from '../../engine/errors.ts';
import type { Context } from '../context.ts';
import { DONE, UsageError } from '../failure.ts';
import { knownPins } from '../known-pins.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands, output } = context;
  const { settings, kept, path } = await knownPins(context);
  checkOperands(operands);
  const known = new Set([...pinTexts(settings), ...pinTexts(kept)].map(pinKey));
  await changePinFile(path, { add: operands });
  const added = [...new Set(operands)].filter((pin) => !known.has(pinKey(pin)));
  if (flags.on('json')) await output.json({ pinned: added });
  else await output.write(added.map((pin) => `Pinned: ${pin}\n`).join(''));
  return DONE;
}

/** What could never hold anything is wrong usage. */
function checkOperands(operands: readonly string[]): void {
  for (const pin of operands) {
    try {
      checkPin(pin);
    } catch (thrown) {
      if (thrown instanceof EngineError) throw new UsageError(`${thrown.message}. ${thrown.hint}`);
      throw thrown;
    }
  }
}

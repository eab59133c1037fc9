/** `nacre unpin PATTERN…`: lets go of pins that were set by `nacre pin` or by a key. */
import { configPath } from '../../config.ts';
import { changePinFile, pinKey, pinTexts } from '../../engine/cleanup/pin-file.ts';
import { type PinSettings, pinsName } from '../../engine/cleanup/pins.ts';
import type { Context } from '../context.ts';
import { DONE, FAILED } from '../failure.ts';
import { knownPins } from '../known-pins.ts';

/** Those that are there go; one that is not, or stands in the settings, fails with a line of its own. */
export async function run(context: Context): Promise<number> {
  const { flags, operands, options, io, output, complain } = context;
  const { settings, kept, path } = await knownPins(context);
  const asked = [...new Set(operands)];
  const isIn = (pins: PinSettings, pin: string) => pinTexts(pins).some((one) => pinKey(one) === pinKey(pin));
  const gone = asked.filter((pin) => isIn(kept, pin));
  if (gone.length > 0) await changePinFile(path, { remove: gone });
  if (flags.on('json')) await output.json({ unpinned: gone });
  else await output.write(gone.map((pin) => `Unpinned: ${pin}\n`).join(''));
  let failed = false;
  for (const pin of asked) {
    if (isIn(settings, pin)) {
      failed = true;
      complain(
        `${pin} is pinned in the settings`,
        `take it out of [pins] in ${configPath(options.config, io.env)}`,
      );
    } else if (!gone.includes(pin)) {
      failed = true;
      complain(`${pin} is no pin`, hintFor(pin, kept));
    }
  }
  return failed ? FAILED : DONE;
}

/** A person names an image where a pattern holds it. */
function hintFor(pin: string, { names }: PinSettings): string {
  const by = names.find((name) => pinsName(name, pin));
  return by === undefined ? 'list them with nacre pins' : `it is held by ${by}: nacre unpin '${by}'`;
}

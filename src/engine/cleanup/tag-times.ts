/** When images were last pulled or named, where the engine keeps that. Source: `Metadata.LastTagTime`. */
import type { CallOptions, Engine } from '../engine.ts';
import { asEngineError } from '../errors.ts';

/** Requests under way at once. */
const CONCURRENCY = 8;

/** Unix seconds by image id, at the cost of a request an image; images that cannot be read are left out. Errors: `unreachable`, `cancelled`. */
export async function readTagTimes(
  engine: Pick<Engine, 'inspect'>,
  ids: readonly string[],
  options: CallOptions = {},
): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  const queue = ids.values();
  const read = async () => {
    for (const id of queue) {
      try {
        const { lastTagged } = await engine.inspect(id, options);
        const at = Date.parse(lastTagged);
        // Docker tells the year 1 of an image that was never tagged.
        if (at > 0) times.set(id, Math.floor(at / 1000));
      } catch (thrown) {
        const error = asEngineError(thrown);
        if (error.code === 'unreachable' || error.code === 'cancelled') throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, read));
  return times;
}

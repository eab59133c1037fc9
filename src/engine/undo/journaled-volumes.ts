/** The volumes of an engine, whose removals are written into the journal. */
import type { Volumes } from '../volume.ts';
import type { Recorder } from './recorder.ts';
import type { Seen } from './seen.ts';

export function journaledVolumes(inner: Volumes, recorder: Recorder, seen: Seen): Volumes {
  return {
    list: (options) => inner.list(options),
    inspect: async (name, options) => {
      const volume = await inner.inspect(name, options);
      seen.noteVolume(volume);
      return volume;
    },
    goingWith: (container, options) => inner.goingWith(container, options),
    remove: async (wanted, options = {}) => {
      const call = () => inner.remove(wanted, options);
      const volume = await seen.volume(wanted, inner, options);
      if (volume === undefined) return await call();
      const { name, driver, anonymous, created } = volume;
      const bytes = seen.volumeSize(name);
      await recorder.around(
        {
          action: 'remove-volume',
          subject: name,
          images: [],
          volume: { name, driver, anonymous, created, ...(bytes !== undefined && { bytes }) },
        },
        call,
        { signal: options.signal, answer: () => ({}) },
      );
    },
  };
}

/** The containers of an engine, whose removals and commits are written into the journal. */
import { type Containers, THROWAWAY } from '../container.ts';
import type { CallOptions } from '../engine.ts';
import { movingName } from './moved-names.ts';
import type { Recorder } from './recorder.ts';
import type { Seen } from './seen.ts';

export function journaledContainers(inner: Containers, recorder: Recorder, seen: Seen): Containers {
  const { stop } = inner;
  return {
    list: async (options) => {
      const list = await inner.list(options);
      seen.noteContainers(list);
      return list;
    },
    changes: (container, options) => inner.changes(container, options),
    commit: (container, options = {}) => {
      const { signal } = options;
      const names = options.reference === undefined ? [] : [options.reference];
      const moving = {
        action: 'commit',
        names,
        imageOf: ({ id }: { id: string }) => id,
        ...(signal !== undefined && { signal }),
      } as const;
      return movingName(recorder, seen, moving, () => inner.commit(container, options));
    },
    run: (options, streams) => inner.run(options, streams),
    remove: async (wanted, options = {}) => {
      const call = () => inner.remove(wanted, options);
      const container = await seen.container(wanted, inner, options);
      // Those were made to be removed, and nobody would want them back.
      if (container === undefined || container.name.startsWith(THROWAWAY)) return await call();
      const { id, name, image, imageId } = container;
      await recorder.around(
        {
          action: 'remove-container',
          subject: name,
          images: [],
          container: { id, name, image, imageId },
        },
        call,
        { signal: options.signal, answer: () => ({}) },
      );
    },
    ...(stop === undefined
      ? {}
      : { stop: (container: string, options?: CallOptions) => stop.call(inner, container, options) }),
  };
}

/** Contents whose reader is loaded with the first question, so that a start needs none of it. */
import type { ContentSource } from './contents.ts';

export function lazyContents(where: string, load: () => Promise<ContentSource>): ContentSource {
  let loaded: Promise<ContentSource> | undefined;
  const source = () => (loaded ??= load());
  return {
    where,
    async describe(options) {
      return await (await source()).describe(options);
    },
    async *tars(wanted, options) {
      return yield* (await source()).tars(wanted, options);
    },
  };
}

/** Every builder that an engine has, in turn, for the contract suite. */
import { test } from 'vitest';
import type { BuilderKind, BuildOptions } from '../../src/engine/build.ts';
import {
  contextOf,
  type Files,
  type FollowedBuild,
  followBuild,
  startBuild,
} from './contract-build-events.ts';
import type { GetSubject } from './contract-subject.ts';

export interface Builders {
  /** A test for each builder; the classic one, which has stayed the same for years, on the oldest Docker only. */
  each(title: string, body: (builder: BuilderKind, name: string) => Promise<void>): void;
  /** To its end. */
  build(
    dockerfile: string | readonly string[],
    options?: BuildOptions,
    files?: Files,
  ): Promise<FollowedBuild>;
}

export function builders(get: GetSubject): Builders {
  return {
    each: (title, body) =>
      test(title, async (context) => {
        const { engine } = get();
        context.skip(engine.builder === undefined, `no builder: ${engine.absent.builder}`);
        for (const builder of engine.builder?.kinds ?? []) {
          if (builder === 'classic' && !engine.info.version.startsWith('20.')) continue;
          await body(builder, `built/${builder}`);
        }
      }),
    build: async (dockerfile, options = {}, files = {}) =>
      followBuild(startBuild(get().engine, await contextOf(dockerfile, files), options)),
  };
}

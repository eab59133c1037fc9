/** Building images on a Docker Engine: BuildKit, Docker's classic builder, Podman's. */
import type { Readable } from 'node:stream';
import type { Build, BuilderKind, BuildOptions, ImageBuilder } from '../../build.ts';
import type { Session } from '../session.ts';
import { owning } from '../upload.ts';

/** `onBuild` is told of every build that begins: it changes what images there are. */
export function imageBuilder(session: Session, onBuild: () => void): ImageBuilder {
  const kinds: readonly BuilderKind[] = session.kind === 'podman' ? ['buildah'] : ['buildkit', 'classic'];
  return {
    kinds,
    build: (context, options = {}) => {
      onBuild();
      return owning(context, () => build(session, kinds, context, options));
    },
  };
}

/** Nobody waits for the code of a builder before there is something to build. */
async function* build(
  session: Session,
  kinds: readonly BuilderKind[],
  context: Readable,
  options: BuildOptions,
): Build {
  const { runBuild } = await import('./run-build.ts');
  return yield* runBuild(session, kinds, context, options);
}

/** One build, from the first byte of its context to its image. */
import type { Readable } from 'node:stream';
import type { Build, BuildEvent, BuilderKind, BuildOptions, BuildResult } from '../../build.ts';
import { relay } from '../relay.ts';
import type { Session } from '../session.ts';
import { sentPart } from '../upload.ts';
import { buildRequest } from './build-query.ts';
import type { BuildRun } from './build-run.ts';

/** Source: `POST /build`. */
export async function* runBuild(
  session: Session,
  kinds: readonly BuilderKind[],
  context: Readable,
  options: BuildOptions,
): Build {
  const request = buildRequest(session, kinds, options);
  const run = await loadRun(request.builder);
  const { onEvents } = options;
  const first = sentPart('context', 'uploading', 0);
  if (onEvents === undefined) yield first;
  else await onEvents([first]);
  // Told many at once: a build can print faster than one by one could be handed over.
  const batches = relay<readonly BuildEvent[], BuildResult>(
    (tell, signal) => run({ session, request, options, context, tell, signal }),
    options.signal,
  );
  try {
    for (;;) {
      const { done, value } = await batches.next();
      if (done) return value;
      if (onEvents === undefined) yield* value;
      else await onEvents(value);
    }
  } finally {
    // Who takes no more events has given up.
    await batches.return({ id: '', references: [] });
  }
}

/** HTTP/2, which only BuildKit speaks, takes some 40 ms to load. */
async function loadRun(builder: BuilderKind): Promise<(run: BuildRun) => Promise<BuildResult>> {
  if (builder === 'buildkit') return (await import('./buildkit-run.ts')).runBuildKit;
  return (await import('./text-run.ts')).runTextBuilder;
}

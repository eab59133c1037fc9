/** Which of the engine's builds is one of ours: it is asked for without a name and gets one that it does not tell. */
import { decodeStatus } from '../buildkit/messages.ts';
import type { Session } from '../session.ts';
import { type ControlCall, withControl } from './control-call.ts';
import { decodeHistoryEvent, historyRequest, statusRequest } from './history-messages.ts';
import { noBuilds } from './no-builds.ts';

/** Ours is among the youngest. */
const CANDIDATES = 8;
/** Milliseconds by the engine's clock. */
const RECENT = 10_000;
/** A build that runs goes on telling: what is not said by then is not about us. In milliseconds. */
const PATIENCE = 3_000;

/**
 * The id of the build that has a step of this digest, undefined where none has. The digest must be of a step that no
 * other build can have, such as reading the context. Never rejects: not to know it does not matter to the build.
 */
export async function nameBuild(
  session: Session,
  digest: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (noBuilds(session) !== undefined) return undefined;
  const late = AbortSignal.timeout(PATIENCE);
  const stop = signal === undefined ? late : AbortSignal.any([late, signal]);
  try {
    const found = withControl(
      session.http,
      { doing: 'name the build', signal: stop },
      async function* (call) {
        const refs = await youngest(call);
        yield await Promise.any(refs.map((ref) => whenItHas(call, ref, digest)));
      },
    );
    const first = await found.next();
    await found.return();
    return first.value ?? undefined;
  } catch {
    // Too late, not among them, or the engine is gone, which the build itself will tell.
    return undefined;
  }
}

/** Builds that run, or ended about when the last one began. */
async function youngest(call: ControlCall): Promise<string[]> {
  const builds: { ref: string; createdAt: number; completedAt: number }[] = [];
  for await (const message of call('ListenBuildHistory', historyRequest({ once: true }))) {
    const { ref, createdAt = 0, completedAt = Number.POSITIVE_INFINITY } = decodeHistoryEvent(message);
    builds.push({ ref, createdAt, completedAt });
  }
  builds.sort((a, b) => b.createdAt - a.createdAt);
  const since = (builds[0]?.createdAt ?? 0) - RECENT;
  return builds
    .filter((build) => build.completedAt >= since)
    .slice(0, CANDIDATES)
    .map((build) => build.ref);
}

/** Resolves with the ref; rejects when the build ends without that step. */
async function whenItHas(call: ControlCall, ref: string, digest: string): Promise<string> {
  for await (const message of call('Status', statusRequest(ref)))
    if (decodeStatus(message).vertexes.some((vertex) => vertex.digest === digest)) return ref;
  throw new Error('another build');
}

/** A build by BuildKit. Source: `POST /build?version=2`, `/session`, `/build/cancel`. */
import { randomUUID } from 'node:crypto';
import type { BuildEvent, BuildResult } from '../../build.ts';
import { ClientSession } from '../buildkit/client-session.ts';
import { nameBuild } from '../control/own-build.ts';
import { atLeast, type Session } from '../session.ts';
import { type BuildRun, readAnswer, SentContext } from './build-run.ts';
import { BuildKitReader } from './buildkit-reader.ts';

const CANCEL_MS = 5_000;

export async function runBuildKit(run: BuildRun): Promise<BuildResult> {
  const { session, options, signal, tell } = run;
  const context = new SentContext(run);
  const overSession = losesBodies(session);
  const client = new ClientSession({
    secrets: options.secrets ?? [],
    context: overSession ? context : undefined,
    tell: (lines) => void tell(lines),
  });
  const id = randomUUID().replaceAll('-', '');
  const query = { session: client.id, buildid: id, remote: overSession ? client.contextUrl : undefined };
  const headers = { 'content-type': 'application/x-tar' };
  const call = overSession ? { query } : { query, headers, body: context };
  const purpose = { dockerfile: run.request.dockerfile, auths: client.auths };
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  let isOver = false;
  try {
    // The engine waits for the session where it needs one: opening it takes none of the build's time.
    void client.open(session, both).catch(() => stop.abort());
    const result = await readAnswer(
      { ...run, signal: both },
      call,
      new BuildKitReader(),
      purpose,
      naming(run),
    );
    isOver = true;
    return result;
  } catch (thrown) {
    // What was wrong on our side counts before what the engine made of it.
    throw (signal.aborted ? undefined : (context.failure ?? client.failure)) ?? thrown;
  } finally {
    stop.abort();
    client.close();
    if (!isOver && signal.aborted) cancel(session, id);
  }
}

/** Docker 26 with the containerd store looks for a context that came with the request in the network. */
function losesBodies({ kind, info }: Session): boolean {
  return kind === 'docker-containerd' && !atLeast(info.apiVersion, '1.47');
}

/** Reading the context is a step that no other build has: by its digest the engine's own records tell which of them is ours. */
function naming({ session, options, signal }: BuildRun): ((event: BuildEvent) => void) | undefined {
  const { onNamed } = options;
  if (onNamed === undefined) return undefined;
  let isAsked = false;
  return (event) => {
    if (isAsked || event.type !== 'step' || event.name !== 'load remote build context') return;
    isAsked = true;
    void nameBuild(session, event.id, signal).then((name) => {
      if (name !== undefined && !signal.aborted) onNamed(name);
    });
  };
}

/** Closing the connections stops the work as well; this does even where something between here and there keeps them open. */
function cancel(session: Session, id: string): void {
  const call = { method: 'POST', path: '/build/cancel', query: { id }, doing: 'cancel the build' } as const;
  session.http.send({ ...call, timeout: CANCEL_MS }).catch(() => {});
}

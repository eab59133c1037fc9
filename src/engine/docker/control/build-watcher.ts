/** Builds an engine knows of, through the Control service of its BuildKit. */
import type { BuildEvent } from '../../build.ts';
import type { BuildRecord, BuildRecordEvent, BuildWatcher } from '../../build-record.ts';
import type { CallOptions } from '../../engine.ts';
import { GRPC, GrpcFailure } from '../buildkit/grpc.ts';
import { decodeStatus } from '../buildkit/messages.ts';
import { Trace } from '../buildkit/trace.ts';
import { connectionEnded } from '../failure.ts';
import type { Session } from '../session.ts';
import { type ControlCall, withControl } from './control-call.ts';
import { decodeHistoryEvent, type HistoryEvent, historyRequest, statusRequest } from './history-messages.ts';
import { recordOf } from './record.ts';

export function buildWatcher(session: Session): BuildWatcher {
  return {
    records: (options) => watchRecords(session, options),
    follow: (id, options) => followBuild(session, id, options),
  };
}

async function* watchRecords(
  session: Session,
  { signal, onListed }: CallOptions & { readonly onListed?: () => void } = {},
): AsyncGenerator<BuildRecordEvent, void, void> {
  const told = new Map<string, string>();
  try {
    yield* withControl(
      session.http,
      { doing: 'list the builds of this engine', signal },
      async function* (call) {
        const listing = new Listing(call, onListed);
        for await (const message of call('ListenBuildHistory', historyRequest(), signal)) {
          const event = decodeHistoryEvent(message);
          const change = changeOf(event, told);
          if (change !== undefined) yield change;
          listing.has(event.ref);
        }
      },
    );
  } catch (thrown) {
    // To stop listening is no failure.
    if (signal?.aborted) return;
    throw thrown;
  }
  if (!signal?.aborted) throw connectionEnded(session.http.address);
}

/** Undefined for what was told before: engines repeat themselves. */
function changeOf(event: HistoryEvent, told: Map<string, string>): BuildRecordEvent | undefined {
  const { ref } = event;
  if (event.type === 'deleted') return told.delete(ref) ? { type: 'forgotten', id: ref } : undefined;
  const record: BuildRecord = recordOf(event);
  const text = JSON.stringify(record);
  if (told.get(ref) === text) return undefined;
  told.set(ref, text);
  return { type: 'build', record };
}

/** Finds out when all that was known at the start has been told: the lasting answer does not say. */
class Listing {
  readonly #seen = new Set<string>();
  #wanted: ReadonlySet<string> | undefined;
  #onListed: (() => void) | undefined;

  constructor(call: ControlCall, onListed: (() => void) | undefined) {
    this.#onListed = onListed;
    // What it fails of, the lasting call fails of as well.
    if (onListed !== undefined) this.#ask(call).catch(() => {});
  }

  has(ref: string): void {
    this.#seen.add(ref);
    this.#check();
  }

  async #ask(call: ControlCall): Promise<void> {
    const wanted = new Set<string>();
    for await (const message of call('ListenBuildHistory', historyRequest({ once: true })))
      wanted.add(decodeHistoryEvent(message).ref);
    this.#wanted = wanted;
    this.#check();
  }

  #check(): void {
    if (this.#wanted === undefined || [...this.#wanted].some((ref) => !this.#seen.has(ref))) return;
    this.#onListed?.();
    this.#onListed = undefined;
  }
}

async function* followBuild(
  session: Session,
  id: string,
  { signal }: CallOptions = {},
): AsyncGenerator<BuildEvent, void, void> {
  yield* withControl(session.http, { doing: `follow the build ${id}`, signal }, async function* (call) {
    // Asked about a build it does not know, BuildKit waits for it to begin.
    if (!(await isKnown(call, id))) throw new GrpcFailure(GRPC.notFound, 'no such build');
    const trace = new Trace();
    for await (const message of call('Status', statusRequest(id), signal))
      yield* trace.read(decodeStatus(message));
    yield* trace.finish();
  });
}

async function isKnown(call: ControlCall, ref: string): Promise<boolean> {
  for await (const message of call('ListenBuildHistory', historyRequest({ once: true, ref })))
    if (decodeHistoryEvent(message).ref === ref) return true;
  return false;
}

/** What every builder's run has in common: the context goes out, the answer comes in. */
import type { Readable } from 'node:stream';
import type { BuildEvent, BuildOptions, BuildResult } from '../../build.ts';
import { EngineError } from '../../errors.ts';
import type { Call } from '../http.ts';
import { parseLine, readRawLines } from '../ndjson.ts';
import { imageId } from '../normalise.ts';
import type { Tell } from '../relay.ts';
import type { Session } from '../session.ts';
import { sentPart, Upload } from '../upload.ts';
import { type BuildPurpose, buildFailure, buildRefusal } from './build-failure.ts';
import type { BuildRequest } from './build-query.ts';
import type { BuildReader } from './build-reader.ts';

export interface BuildRun {
  readonly session: Session;
  readonly request: BuildRequest;
  readonly options: BuildOptions;
  readonly context: Readable;
  readonly tell: Tell<readonly BuildEvent[]>;
  readonly signal: AbortSignal;
}

/** A context on its way, told as the part `context`; it is done as soon as its last byte is sent. */
export class SentContext implements AsyncIterable<Uint8Array> {
  readonly #upload: Upload;
  readonly #tell: BuildRun['tell'];

  constructor({ context, tell }: BuildRun) {
    this.#upload = new Upload(context, (part) => tell([part]), 'context');
    this.#tell = tell;
  }

  /** Why it could not be read to its end. */
  get failure(): EngineError | undefined {
    return this.#upload.failure;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    yield* this.#upload;
    const { sent } = this.#upload;
    // Not waited for: the engine begins only when it has seen the end.
    void this.#tell([sentPart('context', 'done', sent, sent)]);
  }
}

const WHAT = 'build an image';

/** Sends the call and reads what is answered. `seen` hears every event before it is told. Errors: all that a build has. */
export async function readAnswer(
  run: BuildRun,
  call: Pick<Call, 'query' | 'headers' | 'body'>,
  reader: BuildReader,
  purpose: BuildPurpose,
  seen?: (event: BuildEvent) => void,
): Promise<BuildResult> {
  const { session, request, tell, signal } = run;
  const bytes = session.http.bytes({
    ...call,
    method: 'POST',
    path: '/build',
    query: { ...request.query, ...call.query },
    doing: WHAT,
    explain: (status, body) => buildRefusal(status, body, purpose),
    signal,
  });
  try {
    for await (const lines of readRawLines(bytes, WHAT)) {
      const events: BuildEvent[] = [];
      try {
        for (const line of lines) {
          for (const event of reader.readRaw?.(line) ?? reader.read(parseLine(line, WHAT))) {
            seen?.(event);
            events.push(event);
          }
        }
      } finally {
        // What came whole counts.
        if (events.length > 0) await tell(events);
      }
    }
  } finally {
    const last = reader.finish();
    if (last.length > 0) await tell(last);
  }
  if (reader.failure !== undefined) throw buildFailure(reader.failure, purpose);
  if (reader.id === '') throw brokenOff();
  return { id: imageId(reader.id), references: request.references.map((name) => name.familiar()) };
}

function brokenOff(): EngineError {
  return new EngineError({
    code: 'unreachable',
    message: "cannot build: the engine's answer ends in the middle of the build",
    hint: 'The engine may have been stopped: look at its log, and build again; what is done is kept.',
    retryable: true,
  });
}

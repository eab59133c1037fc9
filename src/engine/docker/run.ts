/** Running a container that somebody looks into, from its making to its end. */
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerStreams, RunOptions, RunResult } from '../container.ts';
import { asEngineError, cancelled, EngineError } from '../errors.ts';
import { parsePlatform, showPlatform } from '../oci/platform.ts';
import { Attachment } from './attachment.ts';
import {
  containerRefusal,
  creationRefusal,
  noImage,
  removedMeanwhile,
  startRefusal,
} from './container-failure.ts';
import { containerPath, shownContainer } from './container-name.ts';
import { killContainer, removeContainer } from './container-removal.ts';
import { connectionFailure } from './failure.ts';
import { shownName } from './image-name.ts';
import { inspectImage } from './images.ts';
import { corrupt } from './ndjson.ts';
import { text } from './normalise.ts';
import { OutletError } from './outlet.ts';
import { type CreateRequest, createRequest, wantedPlatform } from './run-request.ts';
import type { Session } from './session.ts';
import { followSize } from './terminal-size.ts';

/** How long a container that is not wanted any more may take to go, in milliseconds. */
const DISCARD_MS = 15_000;
/** No terminal sends it by itself: without it, ctrl+p would wait for a ctrl+q. */
const NO_DETACHING = Array.from({ length: 16 }, () => 'ctrl-^').join(',');

/** Source: `POST /containers/create`, `/attach`, `/start`, `/resize`, `/wait`. */
export async function runContainer(
  session: Session,
  options: RunOptions,
  streams: ContainerStreams,
): Promise<RunResult> {
  const { signal } = options;
  if (signal?.aborted) throw cancelled();
  const request = createRequest(session, options, streams);
  await checkPlatform(session, options);
  const id = await create(session, options, request);
  try {
    return await unlessAborted(live(session, id, options, streams), signal);
  } catch (thrown) {
    await discard(session, id);
    throw thrown;
  }
}

/** Podman takes the platform and ignores it. */
async function checkPlatform(session: Session, options: RunOptions): Promise<void> {
  const platform = wantedPlatform(options);
  if (platform === '' || session.kind !== 'podman') return;
  const detail = await inspectImage(session, options.image, options);
  if (detail.platform === '' || showPlatform(parsePlatform(detail.platform)) !== platform)
    throw noImage(options.image, platform);
}

/** Who gives up meanwhile gets no container: what has been made by then is removed. */
async function create(
  session: Session,
  options: RunOptions,
  { query, body }: CreateRequest,
): Promise<string> {
  const creating = session.http.object<{ Id: string }>({
    method: 'POST',
    path: '/containers/create',
    query,
    json: body,
    doing: `run ${shownName(options.image)}`,
    explain: creationRefusal(options.image, wantedPlatform(options)),
  });
  try {
    const { Id } = await unlessAborted(creating, options.signal);
    if (text(Id) === '') throw corrupt('make a container', 'it names none');
    return text(Id);
  } catch (thrown) {
    if (options.signal?.aborted) {
      const made = await Promise.race([
        creating.catch(() => undefined),
        delay(DISCARD_MS, undefined, { ref: false }),
      ]);
      if (text(made?.Id) !== '') await discard(session, text(made?.Id));
    }
    throw thrown;
  }
}

async function live(
  session: Session,
  id: string,
  options: RunOptions,
  streams: ContainerStreams,
): Promise<RunResult> {
  const { tty = false, signal } = options;
  const socket = await attach(session, id, options, streams.input !== undefined);
  const attachment = new Attachment(socket, tty, streams);
  const undo = [() => attachment.release()];
  const abort = () => attachment.release();
  signal?.addEventListener('abort', abort, { once: true });
  undo.push(() => signal?.removeEventListener('abort', abort));
  try {
    const carrying = attachment.carryOutput();
    // Awaited further down: it may fail before the start has an answer.
    carrying.catch(() => {});
    const starting = start(session, id, options);
    // One that has not started yet is told then; one that has ended hears nothing any more.
    const pass = (name: string) => void starting.then(() => killContainer(session, id, name)).catch(() => {});
    undo.push(streams.signals?.listen(pass) ?? (() => {}));
    await starting;
    attachment.feed();
    if (tty && streams.terminal !== undefined) undo.push(followSize(session, id, streams.terminal));
    await carrying.catch(async (thrown: unknown) => {
      if (thrown instanceof OutletError && thrown.isClosed)
        await killContainer(session, id, 'SIGKILL').catch(() => {});
      else throw thrown instanceof EngineError ? thrown : connectionFailure(session.http.address, thrown);
    });
    return { container: id, exitCode: await wait(session, id, signal) };
  } finally {
    for (const each of undo.reverse()) each();
  }
}

async function attach(session: Session, id: string, options: RunOptions, hasInput: boolean): Promise<Duplex> {
  return await session.http.upgrade(
    {
      ...purposeOf(options),
      path: `${containerPath(id)}/attach`,
      query: {
        stream: true,
        stdin: hasInput,
        stdout: true,
        stderr: true,
        // Podman needs none to have none.
        detachKeys: session.kind === 'podman' ? '' : NO_DETACHING,
      },
    },
    'tcp',
  );
}

async function start(session: Session, id: string, options: RunOptions): Promise<void> {
  await session.http.send({ ...purposeOf(options), path: `${containerPath(id)}/start` });
}

function purposeOf({ image, command, entrypoint, signal }: RunOptions) {
  return {
    method: 'POST',
    doing: `run ${shownName(image)}`,
    explain: startRefusal(image, entrypoint?.[0] || command?.[0] || ''),
    signal,
  } as const;
}

/** The container is never removed by the engine itself, so that its exit code can be asked for after its end. */
async function wait(session: Session, id: string, signal: AbortSignal | undefined): Promise<number> {
  const purpose = { doing: 'wait for the container', subject: `container ${shownContainer(id)}` };
  const { StatusCode, Error: problem } = await session.http.object<{
    StatusCode: number;
    Error: { readonly Message?: string } | null;
  }>({
    ...purpose,
    method: 'POST',
    path: `${containerPath(id)}/wait`,
    query: { condition: 'not-running' },
    explain: (status, body) => {
      const error = containerRefusal(id, purpose)(status, body);
      return error.code === 'not-found' ? removedMeanwhile(id, error.detail) : error;
    },
    timeout: 0,
    signal,
  });
  if (text(problem?.Message) !== '') throw containerRefusal(id, purpose)(500, text(problem?.Message));
  if (typeof StatusCode !== 'number') throw corrupt(purpose.doing, 'it tells no exit code');
  return StatusCode;
}

/** As far as it can be done: what led here is told, not this. */
async function discard(session: Session, id: string): Promise<void> {
  const signal = AbortSignal.timeout(DISCARD_MS);
  await killContainer(session, id, 'SIGKILL', { signal }).catch(() => {});
  await removeContainer(session, id, { force: true, signal }).catch(() => {});
}

/** Rejects at once with `cancelled`, whatever the work is waiting for. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  work.catch(() => {});
  const stop = Promise.withResolvers<never>();
  const abort = () => stop.reject(cancelled());
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, stop.promise]);
  } catch (thrown) {
    throw signal.aborted ? cancelled(thrown) : asEngineError(thrown);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Ending containers and taking them away. */
import type { CallOptions } from '../engine.ts';
import { EngineError } from '../errors.ts';
import { containerRefusal } from './container-failure.ts';
import { containerPath, shownContainer } from './container-name.ts';
import { SLOW_MS } from './http.ts';
import { parseJson } from './ndjson.ts';
import { text } from './normalise.ts';
import type { Session } from './session.ts';

interface RemoveContainerOptions extends CallOptions {
  /** Kill it first if it runs. */
  readonly force?: boolean;
  readonly keepVolumes?: boolean;
}

/** Source: `DELETE /containers/{id}?v=1`. */
export async function removeContainer(
  session: Session,
  container: string,
  options: RemoveContainerOptions = {},
): Promise<void> {
  if (session.kind === 'podman') {
    await removeFromPodman(session, container, options);
    return;
  }
  await sendRemoval(session, '', container, options).catch((thrown: unknown) => {
    // Somebody else removes it: it goes, as was asked for.
    const isGoing = thrown instanceof EngineError && /is already in progress/.test(thrown.detail);
    if (!isGoing) throw thrown;
    return untilGone(session, container, options);
  });
}

/** As long as it is listed, it still holds its image and its volumes. Source: `POST /containers/{id}/wait`. */
async function untilGone(session: Session, container: string, { signal }: CallOptions): Promise<string> {
  const waiting = session.http.send({
    ...purposeOf('remove', container),
    method: 'POST',
    path: `${containerPath(container)}/wait`,
    query: { condition: 'removed' },
    explain: explain(container),
    timeout: SLOW_MS,
    signal,
  });
  await waiting.catch((thrown: unknown) => {
    if (!(thrown instanceof EngineError) || thrown.code !== 'not-found') throw thrown;
  });
  return '';
}

async function removeFromPodman(
  session: Session,
  container: string,
  options: RemoveContainerOptions,
): Promise<void> {
  // Only Podman's own API also finds what a failed build left behind, and that is still mounted.
  const answer = await sendRemoval(session, '/v4.0.0/libpod', container, options).catch((thrown: unknown) => {
    const isLeftover =
      thrown instanceof EngineError && /is mounted and cannot be removed/.test(thrown.detail);
    if (!isLeftover) throw thrown;
    return sendRemoval(session, '/v4.0.0/libpod', container, { ...options, force: true });
  });
  const [report] = (answer === '' ? [] : parseJson(answer, 'remove the container')) as { Err?: unknown }[];
  const problem = text(report?.Err);
  if (problem !== '') throw explain(container)(500, problem);
}

async function sendRemoval(
  session: Session,
  prefix: string,
  container: string,
  { force = false, keepVolumes = false, signal }: RemoveContainerOptions,
): Promise<string> {
  const answer = await session.http.send({
    ...purposeOf('remove', container),
    method: 'DELETE',
    path: prefix + containerPath(container),
    unversioned: prefix !== '',
    query: { v: !keepVolumes, force: force || undefined },
    explain: explain(container),
    timeout: SLOW_MS,
    signal,
  });
  return answer.text;
}

function explain(container: string): (status: number, body: string) => EngineError {
  return containerRefusal(container, purposeOf('remove', container));
}

/** Source: `POST /containers/{id}/stop`; 304 for what has ended already. */
export async function stopContainer(
  session: Session,
  container: string,
  options: CallOptions = {},
): Promise<void> {
  const purpose = purposeOf('stop', container);
  let hasEnded = false;
  const stopping = session.http.send({
    ...purpose,
    method: 'POST',
    path: `${containerPath(container)}/stop`,
    query: { t: 10 },
    explain: (status, body) => {
      hasEnded = status === 304;
      return containerRefusal(container, purpose)(status, body);
    },
    signal: options.signal,
  });
  await stopping.catch((thrown: unknown) => {
    if (!hasEnded) throw thrown;
  });
}

/** A signal by its name, such as `SIGTERM`. Source: `POST /containers/{id}/kill`. Errors: also for one that does not run. */
export async function killContainer(
  session: Session,
  container: string,
  name: string,
  options: CallOptions = {},
): Promise<void> {
  const purpose = purposeOf('signal', container);
  await session.http.send({
    ...purpose,
    method: 'POST',
    path: `${containerPath(container)}/kill`,
    query: { signal: name },
    explain: containerRefusal(container, purpose),
    signal: options.signal,
  });
}

function purposeOf(verb: string, container: string): { doing: string; subject: string } {
  const shown = shownContainer(container);
  return { doing: `${verb} the container ${shown}`, subject: `container ${shown}` };
}

/** Keeps a container's terminal as large as the one it is shown in. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerStreams } from '../container.ts';
import { containerPath } from './container-name.ts';
import type { Session } from './session.ts';

/** A container that has just been started may not be running yet, as engines see it. */
const ATTEMPTS = 10;

/** Begins at once; ends when the result is called. Source: `POST /containers/{id}/resize`. */
export function followSize(
  session: Session,
  id: string,
  terminal: NonNullable<ContainerStreams['terminal']>,
): () => void {
  const stop = new AbortController();
  let isWanted = false;
  let isSending = false;
  const send = async (): Promise<void> => {
    isWanted = true;
    if (isSending) return;
    isSending = true;
    while (isWanted && !stop.signal.aborted) {
      isWanted = false;
      await resize(session, id, terminal, stop.signal);
    }
    isSending = false;
  };
  const unlisten = terminal.listen(() => void send());
  void send();
  return () => {
    unlisten();
    stop.abort();
  };
}

/** A size that cannot be told leaves the terminal as it is. */
async function resize(
  session: Session,
  id: string,
  terminal: NonNullable<ContainerStreams['terminal']>,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS && !signal.aborted; attempt++) {
    const { columns, rows } = terminal.size();
    const call = {
      method: 'POST',
      path: `${containerPath(id)}/resize`,
      query: { h: rows, w: columns },
    } as const;
    const isDone = await session.http.send({ ...call, doing: 'resize the terminal', signal }).then(
      () => true,
      () => false,
    );
    if (isDone) return;
    await delay(attempt * 20, undefined, { signal, ref: false }).catch(() => {});
  }
}

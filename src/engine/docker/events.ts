/** What happens to images and to the containers that hold them. */
import type { CallOptions, EngineEvent, EngineEventAction } from '../engine.ts';
import { connectionEnded } from './failure.ts';
import { filterQuery } from './http.ts';
import { familiarName, imageId, number } from './normalise.ts';
import type { Session } from './session.ts';
import type { EventRow } from './wire.ts';

const WATCHING = 'watch for changes';

/** Source: `GET /events`. Containers report a lot; only what changes the list of them counts. */
const CONTAINER_CHANGES = new Set([
  'create',
  'destroy',
  'remove',
  'start',
  'die',
  'died',
  'stop',
  'pause',
  'unpause',
  'restart',
  'rename',
]);

const IMAGE_ACTIONS: Readonly<Record<string, EngineEventAction>> = {
  tag: 'tag',
  untag: 'untag',
  delete: 'delete',
  remove: 'delete',
  pull: 'pull',
  push: 'push',
  load: 'load',
  loadfromarchive: 'load',
  save: 'save',
  import: 'import',
  build: 'build',
  create: 'build',
  prune: 'prune',
};

export async function* engineEvents(
  session: Session,
  options: CallOptions & { readonly onOpen?: () => void } = {},
): AsyncGenerator<EngineEvent, void, void> {
  const { signal, onOpen } = options;
  const call = {
    path: '/events',
    query: { filters: filterQuery({ type: ['image', 'container'] }) },
    doing: WATCHING,
    signal,
  };
  try {
    for await (const row of session.http.lines(call, onOpen)) {
      const event = readEvent(row as Partial<EventRow> | null);
      if (event !== undefined) yield event;
    }
  } catch (thrown) {
    // To stop listening is no failure.
    if (signal?.aborted) return;
    throw thrown;
  }
  if (signal?.aborted) return;
  throw connectionEnded(session.http.address);
}

export function readEvent(row: Partial<EventRow> | null): EngineEvent | undefined {
  if (row === null || typeof row !== 'object') return undefined;
  const action = String(row.Action ?? row.status ?? '');
  const time = number(row.time);
  const attributes = row.Actor?.Attributes ?? {};
  if (row.Type === 'container') {
    if (!CONTAINER_CHANGES.has(action)) return undefined;
    return { action: 'container', subject: subjectOf(attributes['image'] ?? row.from ?? ''), time };
  }
  if (row.Type !== undefined && row.Type !== 'image') return undefined;
  // Podman leaves the id of some events empty.
  const subject = row.Actor?.ID || row.id || attributes['name'] || '';
  return { action: IMAGE_ACTIONS[action] ?? 'other', subject: subjectOf(subject), time };
}

function subjectOf(subject: string): string {
  return /^[0-9a-f]{64}$/.test(subject) ? imageId(subject) : familiarName(subject);
}

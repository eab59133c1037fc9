/** Making an image of a container. */
import { applyChanges, type RunConfig } from '../archive/change.ts';
import type { CommitOptions, CommitResult } from '../container.ts';
import { parseNewName } from '../reference.ts';
import { containerRefusal } from './container-failure.ts';
import { containerName, containerPath, shownContainer } from './container-name.ts';
import { SLOW_MS } from './http.ts';
import { inspectImage } from './images.ts';
import { corrupt } from './ndjson.ts';
import { imageId } from './normalise.ts';
import { podmanChanges } from './podman-changes.ts';
import type { Session } from './session.ts';

/** Source: `POST /commit`. */
export async function commitContainer(
  session: Session,
  container: string,
  options: CommitOptions = {},
): Promise<CommitResult> {
  const { reference, author, message, changes = [], pause = true, signal } = options;
  const name = reference === undefined ? undefined : parseNewName(reference);
  const wanted = applyChanges(changes);
  const shown = shownContainer(container);
  const purpose = { doing: `commit the container ${shown}`, subject: `container ${shown}` };
  const isPodman = session.kind === 'podman';
  const { Id } = await session.http.object<{ Id: string }>({
    ...purpose,
    method: 'POST',
    path: '/commit',
    query: {
      container: containerName(container),
      // A short name may mean another registry to Podman.
      ...(name && { repo: isPodman ? name.name : name.familiarName, tag: name.tag }),
      author: author || undefined,
      comment: message || undefined,
      pause,
      changes:
        isPodman && changes.length > 0
          ? podmanChanges(changes, await configOf(session, container, options))
          : changes.filter(isSent),
    },
    // Docker 20 takes every change but this one; Podman wants a body and then looks at nothing in it.
    json: { ...(wanted.StopSignal && { StopSignal: wanted.StopSignal }) },
    explain: containerRefusal(container, purpose),
    timeout: SLOW_MS,
    signal,
  });
  const made = imageId(Id);
  if (made === '') throw corrupt(purpose.doing, 'it names no image');
  // Who lists the images next must find it under the very id that is told here.
  const { id } = await inspectImage(session, made, options);
  return { id, reference: name?.familiar() ?? '' };
}

function isSent(change: string): boolean {
  return !/^\s*stopsignal\s/i.test(change);
}

/** What changes of a container start from. */
async function configOf(session: Session, container: string, options: CommitOptions): Promise<RunConfig> {
  const shown = shownContainer(container);
  const purpose = { doing: `inspect the container ${shown}`, subject: `container ${shown}` };
  const { Config } = await session.http.object<{ Config: RunConfig | null }>({
    ...purpose,
    path: `${containerPath(container)}/json`,
    explain: containerRefusal(container, purpose),
    signal: options.signal,
  });
  return { Env: Config?.Env ?? [], WorkingDir: Config?.WorkingDir ?? '' };
}

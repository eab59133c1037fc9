/** What a container has changed in its files. */
import type { ContainerChange } from '../container.ts';
import type { CallOptions } from '../engine.ts';
import { sortGradually } from '../gradual-sort.ts';
import { line } from '../text.ts';
import { containerRefusal, noContainer, severalContainers } from './container-failure.ts';
import { containerName, containerPath, shownContainer } from './container-name.ts';
import { listContainers } from './containers.ts';
import { SLOW_MS } from './http.ts';
import type { Session } from './session.ts';
import type { ChangeRow } from './wire.ts';

const KINDS = ['modified', 'added', 'deleted'] as const;

/** Source: `GET /containers/{id}/changes`. */
export async function containerChanges(
  session: Session,
  container: string,
  options: CallOptions = {},
): Promise<ContainerChange[]> {
  const { signal } = options;
  const shown = shownContainer(container);
  const purpose = { doing: `read the changes of ${shown}`, subject: `container ${shown}` };
  // Podman answers with the files of an image where no container is called so.
  const target = session.kind === 'podman' ? await idOf(session, container, options) : container;
  const rows = await session.http.rows<ChangeRow>({
    ...purpose,
    path: `${containerPath(target)}/changes`,
    explain: containerRefusal(container, purpose),
    timeout: SLOW_MS,
    signal,
  });
  const changes: ContainerChange[] = [];
  for (const { Path, Kind } of rows) {
    const kind = KINDS[Kind ?? -1];
    if (typeof Path === 'string' && kind !== undefined) changes.push({ path: line(Path), kind });
  }
  return await sortGradually(changes, (a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Of what failed builds left behind, too. Errors: `not-found`, `bad-input` for a beginning that several have. */
async function idOf(session: Session, container: string, options: CallOptions): Promise<string> {
  const name = containerName(container);
  const all = await listContainers(session, options);
  const exact = all.find((each) => each.id === name || each.name === name);
  const found = exact === undefined ? all.filter((each) => each.id.startsWith(name)) : [exact];
  if (found.length > 1) throw severalContainers(container);
  if (found.length === 0) throw noContainer(container);
  return found[0]!.id;
}

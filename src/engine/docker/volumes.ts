/** Volumes, who uses them, and how they are removed. */
import type { CallOptions } from '../engine.ts';
import { EngineError } from '../errors.ts';
import { isAnonymousName, type Volume, volumeName } from '../volume.ts';
import { containerRefusal } from './container-failure.ts';
import { containerPath, shownContainer } from './container-name.ts';
import { filterQuery, SLOW_MS } from './http.ts';
import { labels, seconds, text, timestamp } from './normalise.ts';
import { refusal, refusalMessage } from './refusal.ts';
import type { Session } from './session.ts';
import { mountingRows, usersOf } from './volume-users.ts';
import type { MountingDetail, VolumeRow } from './wire.ts';

/** A name that is shown otherwise than it is would be asked for as that of another volume. */
export function isNamed({ Name = '' }: Partial<VolumeRow>): boolean {
  return Name !== '' && text(Name) === Name;
}

/** Docker marks what nobody named since version 23. */
const ANONYMOUS_LABEL = 'com.docker.volume.anonymous';
const LISTING = 'list volumes';

/** Source: `GET /volumes`, and who mounts them from `GET /containers/json?all=1`. */
export async function listVolumes(session: Session, { signal }: CallOptions = {}): Promise<Volume[]> {
  const [rows, free, containers] = await Promise.all([
    volumeRows(session, undefined, signal),
    freeNames(session, signal),
    mountingRows(session, signal),
  ]);
  const users = usersOf(rows, containers);
  return rows
    .filter(isNamed)
    .map((row) => readVolume(row, free, users))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Source: `GET /volumes/{name}` and the same of one volume. */
export async function inspectVolume(
  session: Session,
  name: string,
  { signal }: CallOptions = {},
): Promise<Volume> {
  const path = volumePath(name);
  const [row, free, containers] = await Promise.all([
    session.http.object<VolumeRow>({
      path,
      ...purposeOf('look at', name),
      explain: volumeRefusal('look at', name),
      signal,
    }),
    freeNames(session, signal),
    mountingRows(session, signal),
  ]);
  return readVolume(row, free, usersOf([row], containers));
}

/** Source: `DELETE /volumes/{name}`, never with force: Podman would remove the containers that use it. */
export async function removeVolume(
  session: Session,
  name: string,
  { signal }: CallOptions = {},
): Promise<void> {
  await session.http.send({
    ...purposeOf('remove', name),
    method: 'DELETE',
    path: volumePath(name),
    explain: volumeRefusal('remove', name),
    timeout: SLOW_MS,
    signal,
  });
}

/** Source: `GET /containers/{id}/json`. */
export async function volumesGoingWith(
  session: Session,
  container: string,
  { signal }: CallOptions = {},
): Promise<string[]> {
  const purpose = {
    doing: `look at the container ${shownContainer(container)}`,
    subject: `container ${shownContainer(container)}`,
  };
  const { HostConfig, Mounts } = await session.http.object<MountingDetail>({
    path: `${containerPath(container)}/json`,
    ...purpose,
    explain: containerRefusal(container, purpose),
    signal,
  });
  if (HostConfig?.AutoRemove !== true) return [];
  const names = (Mounts ?? []).flatMap(({ Type, Name }) => (Type === 'volume' ? [text(Name)] : []));
  return [...new Set(names.filter(isAnonymousName))];
}

async function volumeRows(
  session: Session,
  filters: string | undefined,
  signal: AbortSignal | undefined,
): Promise<readonly Partial<VolumeRow>[]> {
  const answer = await session.http.object<{ Volumes: readonly Partial<VolumeRow>[] | null }>({
    path: '/volumes',
    query: { filters },
    doing: LISTING,
    signal,
  });
  return Array.isArray(answer.Volumes) ? answer.Volumes : [];
}

/** Names of those that the engine itself counts as unused: it may know of users that it does not list. */
async function freeNames(session: Session, signal: AbortSignal | undefined): Promise<ReadonlySet<string>> {
  const rows = await volumeRows(session, filterQuery({ dangling: ['true'] }), signal);
  return new Set(rows.map((row) => text(row.Name)));
}

function readVolume(
  row: Partial<VolumeRow>,
  free: ReadonlySet<string>,
  users: ReadonlyMap<string, readonly string[]>,
): Volume {
  const name = text(row.Name);
  const driver = text(row.Driver) || 'local';
  const known = labels(row.Labels);
  return {
    name,
    driver,
    elsewhere: driver !== 'local' || Object.keys(row.Options ?? {}).length > 0,
    anonymous: Object.hasOwn(known, ANONYMOUS_LABEL) || isAnonymousName(name),
    labels: known,
    created: seconds(row.CreatedAt),
    ...(timestamp(row.CreatedAt) !== '' && { made: timestamp(row.CreatedAt) }),
    users: users.get(name) ?? [],
    inUse: !free.has(name),
  };
}

/** Names of other drivers may hold anything; as a path it must not lead elsewhere. Errors: `bad-input`. */
function volumePath(name: string): string {
  const parts = name.split('/');
  if (parts.every((part) => part !== '' && part !== '.' && part !== '..'))
    return `/volumes/${parts.map(encodeURIComponent).join('/')}`;
  throw new EngineError({
    code: 'bad-input',
    message: `${JSON.stringify(name)} cannot be the name of a volume`,
    hint: 'Give it as the engine lists it.',
  });
}

function purposeOf(verb: string, name: string): { doing: string; subject: string } {
  const shown = volumeName(name);
  return { doing: `${verb} the volume ${shown}`, subject: `volume ${shown}` };
}

function volumeRefusal(verb: string, name: string): (status: number, body: string) => EngineError {
  const purpose = purposeOf(verb, name);
  return (status, body) => {
    const detail = refusalMessage(body);
    if (/no such volume/i.test(detail))
      return new EngineError({
        code: 'not-found',
        message: `there is no ${purpose.subject} on this engine`,
        hint: 'Look at the volumes again: it may have been removed meanwhile.',
        detail,
      });
    if (/volume is in use|volume is being used|being used by the following container/i.test(detail))
      return new EngineError({
        code: 'in-use',
        message: `cannot ${purpose.doing}: a container uses it`,
        hint: 'Remove that container first, if nobody needs what is in the volume.',
        detail,
      });
    return refusal(status, body, purpose);
  };
}

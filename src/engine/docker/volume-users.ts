/** Who uses volumes: containers that mount one, or a folder in which one lies, whether they run or not. */
import { posix } from 'node:path';
import { text } from './normalise.ts';
import type { Session } from './session.ts';
import type { MountingRow, VolumeRow } from './wire.ts';

/** Source: `GET /containers/json?all=1`; asked for a volume, it tells nothing of those that mount its folder. */
export async function mountingRows(
  session: Session,
  signal: AbortSignal | undefined,
): Promise<readonly Partial<MountingRow>[]> {
  return await session.http.rows<MountingRow>({
    path: '/containers/json',
    query: { all: true },
    doing: 'list containers',
    signal,
  });
}

/**
 * Ids of containers by the volume that they use. Engines count only who mounts a volume by its name: one whose folder
 * a container mounts by its path they would remove under it.
 */
export function usersOf(
  volumes: readonly Partial<VolumeRow>[],
  containers: readonly Partial<MountingRow>[],
): ReadonlyMap<string, readonly string[]> {
  const homes = new Map(volumes.flatMap((row) => homeOf(row).map((home) => [home, text(row.Name)] as const)));
  const users = new Map<string, string[]>();
  for (const { Id, Mounts } of containers) {
    const names = (Mounts ?? []).flatMap(({ Type, Name, Source }) =>
      Type === 'volume' ? [text(Name)] : volumeAt(homes, Source ?? ''),
    );
    for (const name of new Set(names)) users.set(name, [...(users.get(name) ?? []), text(Id)]);
  }
  return users;
}

/** The folder that goes with a volume: what is in it lies below, in `_data`. */
function homeOf({ Mountpoint = '' }: Partial<VolumeRow>): string[] {
  if (!posix.isAbsolute(Mountpoint)) return [];
  return [Mountpoint.replace(/\/_data\/?$/, '')];
}

function volumeAt(homes: ReadonlyMap<string, string>, source: string): string[] {
  if (!posix.isAbsolute(source)) return [];
  let path = posix.join(source, '.');
  for (let above = posix.dirname(path); above !== path; path = above, above = posix.dirname(path)) {
    const name = homes.get(path);
    if (name !== undefined) return [name];
  }
  return [];
}

/** Volumes as steps of a clean-up: what is in them, which a pin holds, and whether they are still what was planned. */
import type { Engine, Size } from '../engine.ts';
import { asEngineError, EngineError } from '../errors.ts';
import { shortId } from '../reference.ts';
import { sizeOf } from '../removal-doubt.ts';
import type { Stock } from '../stock.ts';
import { type Volume, volumeId, volumeName } from '../volume.ts';
import type { Spared } from './guard.ts';
import type { Pins } from './pins.ts';

/** A volume that goes last, with all that is in it: nothing brings that back. */
export interface VolumeStep {
  readonly name: string;
  readonly driver: string;
  readonly anonymous: boolean;
  /** Unix seconds, as the engine told it; 0 where it does not. */
  readonly created: number;
  /** The same as the engine writes it; absent where it does not tell. */
  readonly made?: string;
  /** Bytes in it; undefined where the engine does not tell. */
  readonly size: number | undefined;
  /** Ids of containers of the same plan that have it until they are gone. */
  readonly users: readonly string[];
}

export function volumeSteps(stock: Stock, volumes: readonly Volume[]): VolumeStep[] {
  return volumes.map(({ name, driver, anonymous, created, made, users }) => ({
    name,
    driver,
    anonymous,
    created,
    ...(made !== undefined && { made }),
    size: stock.volumeSizes?.[name],
    users,
  }));
}

/** What is in these volumes. */
export function heldIn(steps: readonly VolumeStep[]): Size {
  const bytes = steps.reduce((sum, step) => sum + (step.size ?? 0), 0);
  if (steps.every((step) => step.size !== undefined)) return sizeOf(bytes, []);
  return sizeOf(bytes, [
    {
      bound: 'at-least',
      reason: 'of some volumes no size is known: what is in them may lie elsewhere, or is not measured yet',
    },
  ]);
}

/** Volumes that no pin holds, and those that one does. */
export function unpinned(
  volumes: readonly Volume[],
  pins: Pins,
): { readonly free: readonly Volume[]; readonly pinned: readonly Spared[] } {
  if (pins.count === 0) return { free: volumes, pinned: [] };
  const by = new Map(volumes.map((volume) => [volume, pins.ofVolume(volume)]));
  return {
    free: volumes.filter((volume) => by.get(volume) === undefined),
    pinned: [...by].flatMap(([{ name }, pin]) =>
      pin === undefined
        ? []
        : [{ id: volumeId(name), name: shownVolume({ name }), why: 'pinned', by: [pin] }],
    ),
  };
}

/** `went`: along with a container of the plan, as one does that was made to go at its end. */
export type VolumeNow = 'free' | 'went' | { readonly moved: string };

/** Whether it can go now, or somebody has taken it, or it is another one by now: says what is different. */
export async function volumeNow(engine: Engine, volume: VolumeStep): Promise<VolumeNow> {
  const name = shownVolume(volume);
  try {
    const now = await engine.volumes!.inspect(volume.name);
    const [user] = now.users;
    const moved = movedVolume(volume, now, now.users);
    if (moved !== undefined) return { moved };
    if (user === undefined) return 'free';
    const known = (await engine.containers?.list())?.find(({ id }) => id === user);
    return { moved: `${name} is used by container ${known?.name ?? shortId(user)}` };
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code === 'not-found') return volume.users.length > 0 ? 'went' : { moved: `${name} is gone` };
    if (error.code !== 'cancelled') throw error;
    throw new EngineError({
      code: 'unreachable',
      message: `the connection was closed before ${name} was removed`,
      hint: 'Look at the volumes again to see what is left.',
      cause: error,
    });
  }
}

/** Why a container cannot be stopped: it would take volumes along that the plan did not show. Undefined where it can. */
export async function takesUnshown(
  engine: Engine,
  { id, name }: { readonly id: string; readonly name: string },
  shown: readonly VolumeStep[],
): Promise<EngineError | undefined> {
  let going: readonly string[];
  try {
    going = (await engine.volumes?.goingWith(id)) ?? [];
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code === 'unreachable' || error.code === 'cancelled') throw error;
    // One that is gone meanwhile is found missing when its turn comes.
    return error.code === 'not-found' ? undefined : error;
  }
  const others = going.filter((one) => !shown.some((volume) => volume.name === one));
  if (others.length === 0) return undefined;
  const what = others.map((one) => shownVolume({ name: one })).join(', ');
  return new EngineError({
    code: 'in-use',
    message: `cannot stop the container ${name}: it was made to go at its end, and ${what} would go with it`,
    hint: 'Stop it yourself if nobody needs what is in there, or add the rule unused-volumes=released, which shows it in the plan.',
  });
}

/** `users`: containers that may have it. */
export function movedVolume(
  volume: VolumeStep,
  now: Volume | undefined,
  users: readonly string[],
): string | undefined {
  const name = shownVolume(volume);
  if (now === undefined) return `${name} is gone`;
  const others = now.users.filter((id) => !users.includes(id));
  if (others.length > 0) return `${name} is used by a container now`;
  if (now.inUse && now.users.length === 0) return `${name} is in use now`;
  // While a container had it, Docker before 23 counts its making from the last change in it.
  const isAnother =
    now.driver !== volume.driver || (volume.users.length === 0 && now.created !== volume.created);
  return isAnother ? `${name} is not the one that was planned` : undefined;
}

export function shownVolume({ name }: Pick<Volume, 'name'>): string {
  return volumeId(volumeName(name));
}

/** The trash: images that were deleted and can come back, on an OCI layout of its own, up to an age and a size. */
import type { Engine, EngineInfo, EngineKind } from '../engine.ts';
import type { Transfer } from '../transfer.ts';
import type { KeptImage, TrashItem } from './trash-item.ts';

export interface TrashSettings {
  /** Seconds that an image stays. */
  readonly keep: number;
  /** Bytes that the trash takes at most. */
  readonly size: number;
}

export interface TrashOptions {
  readonly folder: string;
  /** Without them nothing new is kept, and what is there can still come back. */
  readonly settings?: TrashSettings | undefined;
  /** Unix seconds. */
  readonly clock?: () => number;
}

/** Images are being written into the trash. */
export interface KeepingEvent {
  readonly type: 'keeping';
  /** Bytes read so far, and how many there are about; undefined where that is not known. */
  readonly done: number;
  readonly total: number | undefined;
  /** Bytes a second since the first of them came; 0 until then. */
  readonly rate: number;
  /** How many images are kept. */
  readonly images: number;
}

/** What one `keep` put into the trash. */
export interface Kept {
  readonly items: readonly TrashItem[];
  /** Takes those out again whose images were not deleted after all. */
  discard(ids: ReadonlySet<string>): Promise<void>;
}

export interface Restored {
  readonly item: TrashItem;
  /** What the engine calls it now. */
  readonly id: string;
  /** Whether that is what it was called before: an engine of another kind calls it differently. */
  readonly sameId: boolean;
  /** Names that it has again. */
  readonly references: readonly string[];
  /** Names that another image has by now; it keeps them. */
  readonly taken: readonly { readonly reference: string; readonly id: string }[];
  /** Digest references that no load can give back: they say where it was pulled from. */
  readonly lostDigests: readonly string[];
  /** False where it was put into another engine, or came back as another image. */
  readonly leftTrash: boolean;
}

export interface TrashUsage {
  /** On the disk. */
  readonly bytes: number;
  readonly images: number;
  /** Unix seconds of the image that goes next; undefined where there is none. */
  readonly next: number | undefined;
}

export interface Trash {
  readonly folder: string;
  /** Undefined where it is off. */
  readonly settings: TrashSettings | undefined;
  /**
   * Saves images as an engine has them; when it returns, all of them are in the trash, whole and on the disk. Where
   * it fails or is cancelled nothing of them is. The oldest of the trash go where its size demands it.
   * Errors: `no-space`, also for what is too large for the whole trash; `bad-input`, `corrupt`, and what
   * `engine.save` throws.
   */
  keep(
    engine: Engine,
    images: readonly KeptImage[],
    options?: { readonly signal?: AbortSignal },
  ): AsyncGenerator<KeepingEvent, Kept, void>;
  /** Whether an image of that id can come back, of one engine where one is given. */
  has(id: string, engine?: TrashItem['engine']): Promise<boolean>;
  /** Newest first. Errors: `corrupt`, `permission`. */
  list(): Promise<TrashItem[]>;
  /**
   * Loads an image back and gives it its names again, but none that another image has by now. It leaves the trash
   * where it is in its own engine again as it was. `which` is an item's key, or an image id: the newest of it.
   * Errors: `not-found`, and what `engine.load` throws.
   */
  restore(engine: Engine, which: string, options?: { readonly signal?: AbortSignal }): Transfer<Restored>;
  /** Takes out what is too old, and the oldest of what is too much; tells which went. `now` in Unix seconds. */
  expire(now?: number): Promise<TrashItem[]>;
  usage(): Promise<TrashUsage>;
  /** Takes everything out, or the items with these keys. */
  empty(keys?: readonly string[]): Promise<{ readonly items: readonly TrashItem[]; readonly freed: number }>;
}

/**
 * The folder is looked at with the first call, and made with the first image; calls fail with `bad-input`, `corrupt` or
 * `permission` where it is no OCI layout, or not one's own.
 */
export async function openTrash(options: TrashOptions): Promise<Trash> {
  const { FolderTrash } = await import('./folder-trash.ts');
  return new FolderTrash(options);
}

export function isOf(item: TrashItem, { kind, address }: Pick<EngineInfo, 'kind' | 'address'>): boolean {
  return item.engine.kind === (kind satisfies EngineKind) && item.engine.address === address;
}

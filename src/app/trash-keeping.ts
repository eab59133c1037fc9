/** The trash of the running app: opened when it is first needed, and rid of what is too old in the background. */
import { existsSync } from 'node:fs';
import type { Trash, TrashOptions } from '../engine/trash/trash.ts';

export interface TrashKeeping {
  readonly open: () => Promise<Trash>;
  /** Ends the background work. */
  readonly end: () => void;
}

/** Milliseconds after the start, when the screen has its lists, and between two looks. */
const FIRST_LOOK = 3_000;
const EVERY = 3_600_000;

/** `readOnly`: nothing goes, however old it is. */
export function keepTrash(options: TrashOptions, readOnly: boolean): TrashKeeping {
  let opened: Promise<Trash> | undefined;
  const open = (): Promise<Trash> => {
    opened ??= import('../engine/trash/trash.ts').then(({ openTrash }) => openTrash(options));
    return opened;
  };
  const expire = async (): Promise<void> => {
    // Nobody waits for it, and whoever uses the trash is told what is wrong with it.
    if (!readOnly && existsSync(options.folder)) await open().then((trash) => trash.expire().catch(() => {}));
  };
  const first = setTimeout(() => void expire(), FIRST_LOOK).unref();
  const timer = setInterval(() => void expire(), EVERY).unref();
  const end = (): void => {
    clearTimeout(first);
    clearInterval(timer);
  };
  return { open, end };
}

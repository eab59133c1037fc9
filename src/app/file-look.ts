/** What stands at a path, looked up without holding up keys: a file system on a network can take its time. */
import { stat } from 'node:fs/promises';

/** `unknown`: not looked up yet, or not to be seen; whoever opens it then tells why. */
export type Found = 'file' | 'folder' | 'nothing' | 'unknown';

/** Paths remembered where nothing else is said: a file and its folder are asked about together. */
const REMEMBERED = 2;

/** Answers at once with what is known of a path, and calls `onKnown` when more is. */
export function createFileLook(onKnown: () => void, remembered = REMEMBERED): (path: string) => Found {
  const known = new Map<string, Found>();
  return (path) => {
    const found = known.get(path);
    if (found !== undefined) return found;
    if (known.size >= remembered) known.delete(known.keys().next().value!);
    known.set(path, 'unknown');
    void look(path).then((seen) => {
      if (!known.has(path) || seen === 'unknown') return;
      known.set(path, seen);
      onKnown();
    });
    return 'unknown';
  };
}

/** `unknown`: it is not to be seen; whoever opens it then tells why. */
export async function look(path: string): Promise<Found> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'nothing' : 'unknown';
  }
}

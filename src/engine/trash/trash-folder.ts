/** Where deleted images are kept. */
import { join, resolve } from 'node:path';
import { dataHome } from '../store-folder.ts';

/** `NACRE_TRASH`, else `$XDG_DATA_HOME/nacre/trash`. */
export function trashFolder(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const set = env['NACRE_TRASH'];
  return set ? resolve(set) : join(dataHome(env, home), 'nacre', 'trash');
}

/** Where the journal of changes lies: `$XDG_STATE_HOME/nacre/changes`. */
import { join } from 'node:path';
import { stateFolder } from '../state-folder.ts';

export function changesFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(stateFolder(env), 'changes');
}

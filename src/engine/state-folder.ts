/** Where nacre keeps what it must not forget. Source: XDG Base Directory Specification; a relative path counts as none. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export function stateFolder(env: Readonly<Record<string, string | undefined>>): string {
  const set = env['XDG_STATE_HOME'];
  return join(set?.startsWith('/') ? set : join(env['HOME'] || homedir(), '.local', 'state'), 'nacre');
}

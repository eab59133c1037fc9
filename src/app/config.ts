/** A person's own settings: `$XDG_CONFIG_HOME/nacre/config.toml`. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';

export interface Config {
  /** Keys by command id: `[keys]` with `"images.delete" = ["D"]`. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
}

/** A person's settings are wrong: one line with the file, what is wrong and what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const NOTHING: Config = { keys: {} };

/** A missing file is no settings; a broken one throws an Error with the place that is wrong. */
export function readConfig(path: string | undefined, env: NodeJS.ProcessEnv): Config {
  const file = path ?? join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'nacre', 'config.toml');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    // Nobody asked for the usual file: where it cannot be looked at there are no settings.
    const code = (thrown as NodeJS.ErrnoException).code ?? '';
    if (path === undefined && ['ENOENT', 'ENOTDIR', 'EACCES'].includes(code)) return NOTHING;
    throw new ConfigError(`${file} cannot be read: ${(thrown as Error).message}`);
  }
  let keys: unknown;
  try {
    keys = parse(text)['keys'] ?? {};
  } catch (thrown) {
    throw new ConfigError(`${file} is not valid TOML: ${(thrown as Error).message.split('\n')[0]}`);
  }
  if (typeof keys !== 'object' || keys === null || Array.isArray(keys))
    throw new ConfigError(`${file}: [keys] must be a table`);
  for (const [id, value] of Object.entries(keys)) {
    if (!Array.isArray(value) || !value.every((key) => typeof key === 'string')) {
      throw new ConfigError(`${file}: "${id}" needs a list of keys, such as ["d"]`);
    }
  }
  return { keys: keys as Record<string, readonly string[]> };
}

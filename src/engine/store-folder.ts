/** Where the embedded engine keeps its images. */
import { join, resolve } from 'node:path';
import { EngineError } from './errors.ts';

/**
 * The folder that was named; else `NACRE_STORE`, the settings, `$XDG_DATA_HOME/nacre/oci`. `~/` in the settings is
 * `home`. Errors: `bad-input` for an empty name.
 */
export function storeFolder(
  env: NodeJS.ProcessEnv,
  home: string,
  named: { readonly flag?: string | undefined; readonly settings?: string | undefined } = {},
): string {
  if (named.flag === '') {
    throw new EngineError({
      code: 'bad-input',
      message: '--store names no folder',
      hint: 'Give the folder of an OCI layout, or one to make: --store ./images.',
    });
  }
  const given = named.flag ?? (env['NACRE_STORE'] || fromHome(named.settings, home));
  return given ? resolve(given) : join(dataHome(env, home), 'nacre', 'oci');
}

/** Source: XDG Base Directory Specification; a relative path in the variable counts as none. */
export function dataHome(env: NodeJS.ProcessEnv, home: string): string {
  const set = env['XDG_DATA_HOME'];
  return set?.startsWith('/') ? set : join(home, '.local', 'share');
}

function fromHome(path: string | undefined, home: string): string | undefined {
  return path?.startsWith('~/') ? join(home, path.slice(2)) : path;
}

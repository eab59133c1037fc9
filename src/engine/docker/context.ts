/** Docker contexts: named endpoints in docker's configuration folder. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { line } from '../text.ts';
import { completeAddress, type Endpoint, readTlsFolder } from './endpoint.ts';

/** Means: no context, but DOCKER_HOST or the usual socket. */
export const DEFAULT_CONTEXT = 'default';

/** `$DOCKER_CONFIG`, else `~/.docker`. */
export function dockerFolder(env: NodeJS.ProcessEnv, home: string): string {
  return env['DOCKER_CONFIG'] || join(home, '.docker');
}

/** The context that `docker context use` set; `''` where none is. A configuration that cannot be read counts as none. */
export async function currentContext(folder: string): Promise<string> {
  try {
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as {
      currentContext?: unknown;
    };
    return typeof config?.currentContext === 'string' ? config.currentContext : '';
  } catch {
    return '';
  }
}

/** Source: `contexts/meta/<sha256 of the name>/meta.json`. Errors: `bad-input` for an unknown or unreadable context. */
export async function readContext(folder: string, name: string): Promise<Endpoint> {
  const key = createHash('sha256').update(name).digest('hex');
  const text = await readFile(join(folder, 'contexts', 'meta', key, 'meta.json'), 'utf8').catch(
    () => undefined,
  );
  if (text === undefined) {
    const known = await contextNames(folder);
    throw new EngineError({
      code: 'bad-input',
      message: `there is no docker context "${line(name)}"`,
      hint: known.length > 0 ? `Contexts are ${known.join(', ')}.` : `No context is defined in ${folder}.`,
    });
  }
  const { host, skipVerify } = readMeta(name, text);
  const tls = await readTlsFolder(join(folder, 'contexts', 'tls', key, 'docker'), !skipVerify);
  const secure = tls.ca !== undefined || tls.cert !== undefined || skipVerify;
  return { address: completeAddress(host), ...(secure && { tls }) };
}

/** Names of all readable contexts, sorted. */
export async function contextNames(folder: string): Promise<string[]> {
  const meta = join(folder, 'contexts', 'meta');
  const keys = await readdir(meta).catch(() => []);
  const names = await Promise.all(
    keys.map(async (key) => {
      try {
        const { Name } = JSON.parse(await readFile(join(meta, key, 'meta.json'), 'utf8')) as {
          Name?: unknown;
        };
        return typeof Name === 'string' ? line(Name) : '';
      } catch {
        return '';
      }
    }),
  );
  return names.filter((name) => name !== '').sort();
}

function readMeta(name: string, text: string): { host: string; skipVerify: boolean } {
  interface Meta {
    readonly Endpoints?: { readonly docker?: { readonly Host?: string; readonly SkipTLSVerify?: boolean } };
  }
  let docker: NonNullable<Meta['Endpoints']>['docker'];
  try {
    docker = (JSON.parse(text) as Meta).Endpoints?.docker;
  } catch {
    docker = undefined;
  }
  if (typeof docker?.Host !== 'string' || docker.Host === '') {
    throw new EngineError({
      code: 'bad-input',
      message: `the docker context "${line(name)}" names no engine`,
      hint: 'Choose another with --context, or repair it with docker context update.',
    });
  }
  return { host: docker.Host, skipVerify: docker.SkipTLSVerify === true };
}

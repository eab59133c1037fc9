/** Everything that docker's configuration holds for registries, for builders that want it all beforehand. */
import { asEngineError, type EngineError } from '../errors.ts';
import { registryAddress } from './address.ts';
import { listFromHelper } from './credential-helper.ts';
import { type FoundCredentials, findCredentials } from './credentials.ts';
import { type Environment, readDockerConfig } from './docker-config.ts';

export interface KnownRegistry {
  readonly domain: string;
  /** What docker calls it: `https://index.docker.io/v1/`. */
  readonly key: string;
  readonly found?: FoundCredentials | undefined;
  /** Why they could not be had; what is public needs none. */
  readonly problem?: EngineError | undefined;
}

/** Errors: `bad-input` for a configuration that cannot be read. */
export async function allCredentials(env: Environment): Promise<KnownRegistry[]> {
  const config = await readDockerConfig(env);
  const names = [...Object.keys(config.auths), ...Object.keys(config.credHelpers)];
  if (config.credsStore !== '') names.push(...(await listed(config.credsStore, env)));
  const keys = new Map(names.map((name) => [keyOf(name), registryAddress(bare(name)).domain]));
  // Each may be the run of a helper, and the build waits for all of them.
  const all = await Promise.all(
    [...keys].map(async ([key, domain]) => ({ domain, key, ...(await findCredentials(domain, env)) })),
  );
  return all.filter(({ found, problem }: KnownRegistry) => found !== undefined || problem !== undefined);
}

function keyOf(name: string): string {
  return registryAddress(bare(name)).credentialKey;
}

/** Old configurations name registries by URL. */
function bare(name: string): string {
  return name.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

/** A helper that is gone is told of when one registry's credentials are looked up. */
async function listed(helper: string, env: Environment): Promise<string[]> {
  try {
    return await listFromHelper(helper, env);
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code === 'engine') return [];
    throw error;
  }
}

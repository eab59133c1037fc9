/** Who we are to every registry, for builders that cannot ask. Source: `X-Registry-Config` of `POST /build`. */
import { allCredentials } from '../../registry/all-credentials.ts';
import { authConfig, encodeAuth, type RegistryAuth } from '../registry-auth.ts';

export interface RegistryConfig {
  readonly headers: Readonly<Record<string, string>>;
  /** By domain. */
  readonly auths: ReadonlyMap<string, RegistryAuth>;
}

/** All that docker's configuration holds, as docker sends it. Errors: `bad-input` for a configuration that cannot be read. */
export async function registryConfig(): Promise<RegistryConfig> {
  const auths = new Map<string, RegistryAuth>();
  const config: Record<string, object> = {};
  for (const { domain, key, found, problem } of await allCredentials(process.env)) {
    auths.set(domain, { headers: {}, credentials: found?.credentials, from: found?.from ?? '', problem });
    if (found !== undefined) config[key] = authConfig(domain, found.credentials);
  }
  return { headers: { 'x-registry-config': encodeAuth(config) }, auths };
}

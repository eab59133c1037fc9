/** Whether a registry accepts a name and password, and keeping them if it does. */

import type { CallOptions } from '../engine.ts';
import { EngineError } from '../errors.ts';
import type { Credentials } from '../transfer.ts';
import { readDomain } from './address.ts';
import { type StoredCredentials, storeCredentials } from './credentials.ts';
import type { Environment } from './docker-config.ts';
import { openRegistry, type Registry } from './registry.ts';
import type { Limits } from './transport.ts';

export interface LoginOptions extends CallOptions {
  readonly insecure?: readonly string[];
  readonly env?: Environment;
  /** Milliseconds. */
  readonly limits?: Partial<Limits>;
}

export interface Login extends StoredCredentials {
  /** `docker.io`, `registry.example:5000`. */
  readonly domain: string;
  /** True when the registry gave an identity token, which is kept instead of the password. */
  readonly identityToken: boolean;
}

/**
 * Tries credentials at a registry and keeps them where docker's configuration says. `domain` as a person
 * writes it. Errors: `unauthorized` for wrong ones, `unreachable`, `bad-input` and `permission` for the configuration.
 */
export async function login(
  domain: string,
  credentials: Credentials,
  options: LoginOptions = {},
): Promise<Login> {
  const name = readDomain(domain);
  const good = await verifyLogin(name, credentials, options);
  const stored = await storeCredentials(name, good, options.env);
  return { ...stored, domain: name, identityToken: good.identityToken === true };
}

/** What is to be kept: the credentials themselves, or the identity token that the registry gave for them. Errors: as `login`. */
export async function verifyLogin(
  domain: string,
  credentials: Credentials,
  options: LoginOptions = {},
): Promise<Credentials> {
  const { signal, ...rest } = options;
  const registry = openRegistry(domain, { ...rest, credentials });
  try {
    return await identify(registry, credentials, signal);
  } finally {
    registry.close();
  }
}

async function identify(
  registry: Registry,
  credentials: Credentials,
  signal: AbortSignal | undefined,
): Promise<Credentials> {
  const { exchange, domain } = registry;
  const purpose = { doing: `log in to ${domain}`, subject: `registry at ${domain}` };
  try {
    await exchange.status({ ...purpose, at: '', scopes: [], expect: [200], signal });
    const token = await exchange.identify({ ...purpose, signal }, credentials);
    if (token?.refresh !== undefined && !credentials.identityToken) {
      return { username: credentials.username, secret: token.refresh, identityToken: true };
    }
    return credentials;
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || thrown.code !== 'unauthorized') throw thrown;
    throw new EngineError({
      code: 'unauthorized',
      message: `${domain} does not accept that name and password`,
      hint: 'Check both; registries with two-factor login want an access token as the password.',
      detail: thrown.detail,
      cause: thrown.cause,
    });
  }
}

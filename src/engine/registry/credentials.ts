/** Credentials for registries, kept where docker keeps them and nowhere else. */
import { EngineError } from '../errors.ts';
import type { Credentials } from '../transfer.ts';
import { registryAddress } from './address.ts';
import { eraseFromHelper, getFromHelper, putIntoHelper } from './credential-helper.ts';
import {
  type AuthEntry,
  type DockerConfig,
  type Environment,
  readDockerConfig,
  writeAuth,
} from './docker-config.ts';

export interface FoundCredentials {
  readonly credentials: Credentials;
  /** For the log: `credHelper gh`, `credsStore secretservice`, `config.json`. */
  readonly from: string;
}

/** Where credentials went. */
export interface StoredCredentials {
  /** `credsStore secretservice`, or the file's path. */
  readonly where: string;
  /** False in a file, where they are only encoded. */
  readonly encrypted: boolean;
}

/**
 * What docker's configuration holds for a registry: its own helper, else the common one, else `auths`.
 * Errors: `bad-input` for a broken configuration, `engine` for a broken helper.
 */
export async function readCredentials(
  domain: string,
  env: Environment = process.env,
): Promise<FoundCredentials | undefined> {
  const key = registryAddress(domain).credentialKey;
  const config = await readDockerConfig(env);
  const helper = helperFor(config, key);
  if (helper !== undefined) {
    const credentials = await getFromHelper(helper.name, key, env);
    if (credentials !== undefined) return { credentials, from: helper.shown };
  }
  const credentials = fromAuths(config, key);
  return credentials && { credentials, from: 'config.json' };
}

/**
 * As `readCredentials`, but a helper that is missing or broken is only told of: what is public needs no
 * credentials, and Docker Desktop leaves its helper's name behind when it goes.
 */
export async function findCredentials(
  domain: string,
  env: Environment = process.env,
): Promise<{ readonly found?: FoundCredentials; readonly problem?: EngineError }> {
  try {
    const found = await readCredentials(domain, env);
    return found ? { found } : {};
  } catch (thrown) {
    if (thrown instanceof EngineError && thrown.code === 'engine') return { problem: thrown };
    throw thrown;
  }
}

/** Gives them to the configured helper, else writes them into `auths` as docker does. Errors: as `readCredentials`, `permission`. */
export async function storeCredentials(
  domain: string,
  credentials: Credentials,
  env: Environment = process.env,
): Promise<StoredCredentials> {
  const key = registryAddress(domain).credentialKey;
  const helper = helperFor(await readDockerConfig(env), key);
  if (helper !== undefined) {
    await putIntoHelper(helper.name, key, credentials, env);
    // As docker: an empty entry tells its other commands that there is a login.
    await writeAuth(env, key, {});
    return { where: helper.shown, encrypted: true };
  }
  const entry: AuthEntry = credentials.identityToken
    ? { auth: encode(credentials.username, ''), identitytoken: credentials.secret }
    : { auth: encode(credentials.username, credentials.secret) };
  return { where: await writeAuth(env, key, entry), encrypted: false };
}

/** True when there was something to forget. Errors: as `storeCredentials`. */
export async function eraseCredentials(domain: string, env: Environment = process.env): Promise<boolean> {
  const key = registryAddress(domain).credentialKey;
  const config = await readDockerConfig(env);
  const helper = helperFor(config, key);
  const erased = helper !== undefined && (await eraseFromHelper(helper.name, key, env));
  const keys = Object.keys(config.auths).filter((one) => sameRegistry(one, key));
  for (const one of keys) await writeAuth(env, one, undefined);
  return erased || keys.length > 0;
}

function helperFor(config: DockerConfig, key: string): { name: string; shown: string } | undefined {
  const own = Object.entries(config.credHelpers).find(([one]) => sameRegistry(one, key))?.[1];
  if (own) return { name: own, shown: `credHelper ${own}` };
  return config.credsStore === ''
    ? undefined
    : { name: config.credsStore, shown: `credsStore ${config.credsStore}` };
}

function fromAuths(config: DockerConfig, key: string): Credentials | undefined {
  const entry =
    config.auths[key] ?? Object.entries(config.auths).find(([one]) => sameRegistry(one, key))?.[1];
  if (entry === undefined) return undefined;
  if (entry.identitytoken) return { username: '', secret: entry.identitytoken, identityToken: true };
  if (entry.auth) {
    const text = Buffer.from(entry.auth, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon > 0) {
      // Old versions of docker padded the password with zeros.
      return { username: text.slice(0, colon), secret: text.slice(colon + 1).replace(/\0+$/, '') };
    }
  }
  if (entry.username && entry.password) return { username: entry.username, secret: entry.password };
  return undefined;
}

/** Old configurations name registries by URL: `https://registry.example/v1/`. */
function sameRegistry(one: string, key: string): boolean {
  const bare = (text: string) => text.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return one === key || registryAddress(bare(one)).credentialKey === key;
}

function encode(username: string, secret: string): string {
  return Buffer.from(`${username}:${secret}`).toString('base64');
}

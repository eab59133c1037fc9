/** Who we are to a registry, as the Docker Engine API wants it told. */
import type { Credentials, RegistryOptions } from '../transfer.ts';

const HUB = 'docker.io';
const HUB_SERVER = 'https://index.docker.io/v1/';

export interface RegistryAuth {
  /** `X-Registry-Auth`: sent always, since old engines refuse a push without it. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where there are none. */
  readonly credentials: Credentials | undefined;
  /** Where they are from, for the log: `credsStore secretservice`; `''` where there are none. */
  readonly from: string;
}

/** Those of the call, else what docker's configuration holds for that registry. Errors: `bad-input` for a configuration that cannot be read. */
export async function registryAuth(domain: string, options: RegistryOptions): Promise<RegistryAuth> {
  const { credentials, from } = await find(domain, options);
  return { headers: authHeaders(domain, credentials), credentials, from };
}

async function find(
  domain: string,
  { credentials }: RegistryOptions,
): Promise<Omit<RegistryAuth, 'headers'>> {
  if (credentials !== undefined) return { credentials, from: 'this call' };
  const { readCredentials } = await import('../registry/credentials.ts');
  return (await readCredentials(domain, process.env)) ?? { credentials: undefined, from: '' };
}

function authHeaders(domain: string, credentials: Credentials | undefined): Record<string, string> {
  return { 'x-registry-auth': encode(credentials === undefined ? {} : authConfig(domain, credentials)) };
}

function authConfig(domain: string, { username, secret, identityToken }: Credentials): object {
  const serveraddress = domain === HUB ? HUB_SERVER : domain;
  if (identityToken) return { identitytoken: secret, serveraddress };
  return { username, password: secret, serveraddress };
}

/** URL-safe base64 with its padding: without it engines take the header for none, and say nothing. */
function encode(value: object): string {
  const text = Buffer.from(JSON.stringify(value)).toString('base64');
  return text.replaceAll('+', '-').replaceAll('/', '_');
}

/** Who we are to a registry, as the Docker Engine API wants it told. */
import type { EngineError } from '../errors.ts';
import type { Credentials, RegistryOptions, TransferLine } from '../transfer.ts';

const HUB = 'docker.io';
const HUB_SERVER = 'https://index.docker.io/v1/';

export interface RegistryAuth {
  /** `X-Registry-Auth`: sent always, since old engines refuse a push without it. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where there are none. */
  readonly credentials: Credentials | undefined;
  /** Where they are from, for the log: `credsStore secretservice`; `''` where there are none. */
  readonly from: string;
  /** Why they could not be looked up; what is public can be had all the same. */
  readonly problem?: EngineError | undefined;
}

/** Those of the call, else what docker's configuration holds for that registry. Errors: `bad-input` for a configuration that cannot be read. */
export async function registryAuth(domain: string, options: RegistryOptions): Promise<RegistryAuth> {
  const found = await find(domain, options);
  return { headers: authHeaders(domain, found.credentials), ...found };
}

/** What the log says of it: where credentials are from, or why there are none. */
export function* authLines(domain: string, { from, problem }: RegistryAuth): Generator<TransferLine> {
  if (from !== '') yield { type: 'line', topic: 'auth', text: `${domain}: credentials from ${from}` };
  if (problem !== undefined) {
    yield { type: 'line', topic: 'warning', text: `${problem.message}; going on without credentials` };
  }
}

async function find(
  domain: string,
  { credentials }: RegistryOptions,
): Promise<Omit<RegistryAuth, 'headers'>> {
  if (credentials !== undefined) return { credentials, from: 'this call' };
  const { findCredentials } = await import('../registry/credentials.ts');
  const { found, problem } = await findCredentials(domain, process.env);
  return { credentials: found?.credentials, from: found?.from ?? '', problem };
}

function authHeaders(domain: string, credentials: Credentials | undefined): Record<string, string> {
  return { 'x-registry-auth': encodeAuth(credentials === undefined ? {} : authConfig(domain, credentials)) };
}

/** Docker's `AuthConfig`. */
export function authConfig(domain: string, { username, secret, identityToken }: Credentials): object {
  const serveraddress = domain === HUB ? HUB_SERVER : domain;
  if (identityToken) return { identitytoken: secret, serveraddress };
  return { username, password: secret, serveraddress };
}

/** URL-safe base64 with its padding: without it engines take the header for none, and say nothing. */
export function encodeAuth(value: object): string {
  const text = Buffer.from(JSON.stringify(value)).toString('base64');
  return text.replaceAll('+', '-').replaceAll('/', '_');
}

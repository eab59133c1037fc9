/** Bearer tokens. Source: the distribution project's token authentication and its OAuth2 variant. */
import { EngineError } from '../errors.ts';
import { isRecord } from '../oci/descriptor.ts';
import type { Credentials } from '../transfer.ts';
import { isLoopback } from './address.ts';
import type { Challenge } from './challenge.ts';
import type { Asked } from './failure.ts';
import { refusal } from './refusal.ts';
import type { HttpResponse, Transport } from './transport.ts';

export interface Token {
  readonly value: string;
  /** Unix milliseconds after which it is not to be used. */
  readonly expires: number;
  /** An identity token, where one was asked for and is given. */
  readonly refresh?: string;
}

export interface TokenWish {
  readonly challenge: Challenge;
  /** `repository:acme/app:pull`. */
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  /** Ask for an identity token too. */
  readonly offline?: boolean;
  /** Where the registry itself speaks TLS, its token server must. */
  readonly registry: URL;
  readonly signal?: AbortSignal | undefined;
}

const CLIENT = 'nacre';
/** Bytes. Tokens that name many rights are some KB long. */
const LIMIT = 1024 * 1024;
/** Seconds that a token lasts when its server does not say. Source: token authentication, "expires_in". */
const DEFAULT_LIFE = 60;

/** Errors: `unauthorized` for wrong credentials, `corrupt` for nonsense, whatever else the server answers. */
export async function fetchToken(
  transport: Transport,
  wish: TokenWish,
  asked: Omit<Asked, 'method' | 'url'>,
): Promise<Token> {
  const realm = readRealm(wish);
  const { credentials } = wish;
  const response = credentials?.identityToken
    ? await exchangeIdentity(transport, realm, wish, credentials.secret)
    : await getToken(transport, realm, wish);
  const about: Asked = { ...asked, method: credentials?.identityToken ? 'POST' : 'GET', url: realm };
  if (response.status !== 200) {
    const body = await response.bytes(LIMIT).catch(() => Buffer.alloc(0));
    throw refusal(about, response.status, response.headers, body.toString('utf8'));
  }
  return readToken(await response.bytes(LIMIT), about);
}

function readRealm({ challenge, registry, credentials }: TokenWish): URL {
  const realm = URL.parse(challenge.parameters['realm'] ?? '', registry.href);
  if (realm === null || (realm.protocol !== 'https:' && realm.protocol !== 'http:')) {
    throw new EngineError({
      code: 'corrupt',
      message: `${registry.host} sends to a token server that has no usable address`,
      hint: 'Check the address, and ask who runs the registry.',
    });
  }
  const open = realm.protocol === 'http:' && !isLoopback(realm.hostname.replace(/^\[|\]$/g, ''));
  if (open && registry.protocol === 'https:' && credentials !== undefined) {
    throw new EngineError({
      code: 'forbidden',
      message: `${registry.host} wants the password sent to ${realm.host} unencrypted, which is not done`,
      hint: 'Ask who runs the registry to give its token server TLS.',
    });
  }
  return realm;
}

async function getToken(transport: Transport, realm: URL, wish: TokenWish): Promise<HttpResponse> {
  const url = new URL(realm);
  const service = wish.challenge.parameters['service'];
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of wish.scopes) url.searchParams.append('scope', scope);
  if (wish.offline) {
    url.searchParams.set('offline_token', 'true');
    url.searchParams.set('client_id', CLIENT);
  }
  const headers: Record<string, string> = { accept: 'application/json' };
  if (wish.credentials !== undefined) {
    url.searchParams.set('account', wish.credentials.username);
    headers['authorization'] = basicAuthorization(wish.credentials);
  }
  return await transport.request({ method: 'GET', url, headers, signal: wish.signal });
}

async function exchangeIdentity(
  transport: Transport,
  realm: URL,
  wish: TokenWish,
  identity: string,
): Promise<HttpResponse> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    service: wish.challenge.parameters['service'] ?? '',
    client_id: CLIENT,
    scope: wish.scopes.join(' '),
    refresh_token: identity,
  });
  const bytes = Buffer.from(form.toString());
  return await transport.request({
    method: 'POST',
    url: realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: { length: bytes.length, chunks: () => [bytes] },
    signal: wish.signal,
  });
}

export function basicAuthorization({ username, secret }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`;
}

function readToken(body: Buffer, asked: Asked): Token {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    // What the parser says would quote the token.
  }
  const fields = isRecord(value) ? value : {};
  const token = fields['token'] || fields['access_token'];
  // Anything else could become a header of its own.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw new EngineError({
      code: 'corrupt',
      message: `cannot ${asked.purpose.doing}: the token server ${asked.url.host} gives no token`,
      hint: 'Try again, or ask who runs the registry.',
    });
  }
  const seconds = fields['expires_in'];
  const life = typeof seconds === 'number' && seconds > 0 ? seconds : DEFAULT_LIFE;
  const refresh = fields['refresh_token'];
  return {
    value: token,
    // A request takes its time, and clocks differ.
    expires: Date.now() + life * 900,
    ...(typeof refresh === 'string' && refresh !== '' && { refresh }),
  };
}

/** Gives the tokens that a registry asks for. Source: the distribution project's token authentication, and its OAuth2 variant. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Credentials } from '../../src/engine/transfer.ts';
import { type Certificate, makeCertificate } from './certificate.ts';

export interface TokenRequest {
  readonly method: string;
  /** `repository:a/b:pull`. */
  readonly scopes: readonly string[];
  /** `''` for nobody. */
  readonly account: string;
  readonly offline: boolean;
  /** By an identity token. */
  readonly refreshed: boolean;
}

export interface TokenServer {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  readonly certificate: Certificate;
  /** Everything that was asked of it, in order. */
  readonly requests: TokenRequest[];
  /** Every token it gave, identity tokens too: none may be seen anywhere. */
  readonly given: string[];
  /** Seconds that its tokens last from now on. */
  life: number;
  /** What the next requests are answered instead, one each. */
  readonly failures: {
    readonly status: number;
    readonly body: string;
    readonly headers?: Record<string, string>;
  }[];
  stop(): Promise<void>;
}

/** Anonymous clients may pull from `public/…`, those with `credentials` everything. */
export async function startTokenServer(folder: string, credentials: Credentials): Promise<TokenServer> {
  const certificate = await makeCertificate(folder, 'tokens');
  const key = createPrivateKey(readFileSync(certificate.keyFile));
  const identities = new Set<string>();
  const basic = basicOf(credentials);
  const server = createServer(async (asked, answer) => {
    const form = await readForm(asked);
    const failure = state.failures.shift();
    const refresh = form.get('refresh_token');
    const scopes = form.getAll('scope').flatMap((scope) => scope.split(' ').filter(Boolean));
    // containerd sends the password in a form, and asks again in the usual way only where that is unheard of.
    const withPassword = form.get('grant_type') === 'password';
    const authorization = withPassword
      ? basicOf({ username: form.get('username') ?? '', secret: form.get('password') ?? '' })
      : asked.headers.authorization;
    const isKnown = refresh === null ? authorization === basic : identities.has(refresh);
    const account = isKnown ? credentials.username : '';
    const offline = form.get('offline_token') === 'true';
    const refreshed = refresh !== null;
    state.requests.push({ method: asked.method ?? '', scopes, account, offline, refreshed });
    answer.setHeader('content-type', 'application/json');
    if (failure !== undefined) {
      answer.writeHead(failure.status, failure.headers).end(failure.body);
      return;
    }
    if (!isKnown && (refreshed || authorization !== undefined)) {
      answer
        .writeHead(401)
        .end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'wrong password' }] }));
      return;
    }
    const token = signToken(key, {
      issuer: state.issuer,
      service: state.service,
      account,
      scopes,
      life: state.life,
    });
    state.given.push(token);
    const identity = offline && isKnown ? `identity-${randomUUID()}` : undefined;
    if (identity !== undefined) {
      identities.add(identity);
      state.given.push(identity);
    }
    const named = asked.method === 'POST' ? { access_token: token } : { token };
    answer.end(
      JSON.stringify({ ...named, expires_in: state.life, ...(identity && { refresh_token: identity }) }),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const state: TokenServer = {
    realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    service: 'registry of the test',
    issuer: 'token server of the test',
    certificate,
    requests: [],
    given: [],
    life: 300,
    failures: [],
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return state;
}

function basicOf({ username, secret }: Pick<Credentials, 'username' | 'secret'>): string {
  return `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`;
}

async function readForm(asked: IncomingMessage): Promise<URLSearchParams> {
  if (asked.method === 'POST') return new URLSearchParams(await text(asked));
  return new URL(asked.url ?? '', 'http://localhost').searchParams;
}

interface Claims {
  readonly issuer: string;
  readonly service: string;
  readonly account: string;
  readonly scopes: readonly string[];
  readonly life: number;
}

/** A JSON Web Token as distribution wants it: signed by a key that is named by its libtrust fingerprint. */
function signToken(key: KeyObject, { issuer, service, account, scopes, life }: Claims): string {
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: 'JWT', alg: 'ES256', kid: fingerprint(key) };
  const claims = {
    iss: issuer,
    sub: account,
    aud: service,
    exp: now + life,
    nbf: now - 10,
    iat: now,
    jti: randomUUID(),
    access: scopes.flatMap((scope) => granted(scope, account)),
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function granted(scope: string, account: string): { type: string; name: string; actions: string[] }[] {
  const [, type = '', name = '', actions = ''] = /^(\w+):(.+):([\w,*]+)$/.exec(scope) ?? [];
  const wanted = actions.split(',');
  const allowed =
    account !== '' ? wanted : wanted.filter((one) => one === 'pull' && name.startsWith('public/'));
  return allowed.length === 0 ? [] : [{ type, name, actions: allowed }];
}

/** Base32 of a hash's first 30 bytes, in groups of four. */
function fingerprint(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const hash = createHash('sha256').update(der).digest().subarray(0, 30);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...hash].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = bits.match(/.{5}/g)!.map((five) => alphabet[Number.parseInt(five, 2)]);
  return digits.join('').match(/.{4}/g)!.join(':');
}

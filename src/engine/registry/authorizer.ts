/** What a registry is told about who asks: nothing until it wants to know, then what it wants. */
import type { EngineError } from '../errors.ts';
import type { Credentials } from '../transfer.ts';
import { type Challenge, chooseChallenge, parseChallenges } from './challenge.ts';
import type { FoundCredentials } from './credentials.ts';
import type { Asked } from './failure.ts';
import type { Secrets } from './redaction.ts';
import { basicAuthorization, fetchToken, type Token } from './token.ts';
import type { Transport } from './transport.ts';

/** Looked up at the first demand: a helper may ask the person to unlock something. */
export type CredentialSource = () => Promise<{
  readonly found?: FoundCredentials | undefined;
  /** Why they could not be looked up; what is public can be had all the same. */
  readonly problem?: EngineError;
}>;

export interface AuthorizerOptions {
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  readonly secrets: Secrets;
  readonly log: (topic: string, text: string) => void;
}

/** For one request. */
export interface Need {
  /** `repository:acme/app:pull`. */
  readonly scopes: readonly string[];
  /** The registry's own address. */
  readonly registry: URL;
  readonly asked: Omit<Asked, 'method' | 'url' | 'credentialsFrom' | 'credentialsProblem'>;
  readonly signal?: AbortSignal | undefined;
}

export class Authorizer {
  readonly #options: AuthorizerOptions;
  #challenge: Challenge | undefined;
  #looked: ReturnType<CredentialSource> | undefined;
  /** Where the credentials came from, once they were looked up. */
  from: string | undefined;
  /** Why there are none, where they could not be looked up. */
  problem: EngineError | undefined;
  readonly #tokens = new Map<string, Promise<Token>>();
  #told = false;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The Authorization to send; undefined as long as the registry never asked. Errors: as fetchToken. */
  async authorization(need: Need): Promise<string | undefined> {
    const challenge = this.#challenge;
    if (challenge === undefined) return undefined;
    const found = await this.#credentials();
    if (challenge.scheme === 'basic') {
      if (found === undefined || found.credentials.identityToken) return undefined;
      if (!this.#told)
        this.#options.log('auth', `name and password for ${need.registry.host} (${found.from})`);
      this.#told = true;
      return basicAuthorization(found.credentials);
    }
    const scopes = joinScopes(need.scopes, challenge);
    const key = scopes.join(' ');
    const kept = await this.#tokens.get(key)?.catch(() => undefined);
    if (kept !== undefined && kept.expires > Date.now()) return `Bearer ${kept.value}`;
    const fetched = this.#fetch(challenge, scopes, found, need);
    this.#tokens.set(key, fetched);
    fetched.catch(() => this.#tokens.delete(key));
    return `Bearer ${(await fetched).value}`;
  }

  /** Takes a 401's demand. True when `authorization` has something to say now that was not `sent`. */
  async challenged(header: string, sent: string | undefined, isFresh: boolean): Promise<boolean> {
    const challenge = chooseChallenge(parseChallenges(header));
    if (challenge === undefined) return false;
    const before = this.#challenge;
    this.#challenge = challenge;
    if (challenge.scheme === 'basic') {
      const found = await this.#credentials();
      return sent === undefined && found !== undefined && !found.credentials.identityToken;
    }
    if (sent === undefined || before?.scheme === 'basic') return true;
    // One that was just given for these rights will not be better when it is given again.
    if (isFresh && before?.parameters['scope'] === challenge.parameters['scope']) return false;
    this.#tokens.clear();
    return true;
  }

  /** A token for no rights at all, to see whether credentials are good. Undefined where tokens are not used here. */
  async identify(need: Need, credentials: Credentials): Promise<Token | undefined> {
    const challenge = this.#challenge;
    if (challenge?.scheme !== 'bearer') return undefined;
    const wish = {
      challenge,
      scopes: [],
      credentials,
      offline: true,
      registry: need.registry,
      signal: need.signal,
    };
    const token = await fetchToken(this.#options.transport, wish, {
      ...need.asked,
      credentialsFrom: this.from,
    });
    this.#options.secrets.add(token.value, token.refresh ?? '');
    return token;
  }

  async #fetch(
    challenge: Challenge,
    scopes: readonly string[],
    found: FoundCredentials | undefined,
    need: Need,
  ): Promise<Token> {
    const { transport, secrets, log } = this.#options;
    const { registry, signal, asked } = need;
    const wish = { challenge, scopes, credentials: found?.credentials, registry, signal };
    const token = await fetchToken(transport, wish, {
      ...asked,
      credentialsFrom: found?.from,
      credentialsProblem: this.problem,
    });
    secrets.add(token.value);
    const rights = scopes.map((scope) => scope.replace(/^repository:/, '')).join(', ');
    log('auth', `token for ${rights || need.registry.host} (${found?.from ?? 'anonymous'})`);
    return token;
  }

  async #credentials(): Promise<FoundCredentials | undefined> {
    this.#looked ??= this.#options.credentials();
    const { found, problem } = await this.#looked;
    if (problem !== undefined && this.problem === undefined) {
      this.problem = problem;
      this.#options.log('warning', `${problem.message}; going on without credentials`);
    }
    if (found !== undefined) this.#options.secrets.add(found.credentials.secret);
    this.from = found?.from;
    return found;
  }
}

/** What is needed, and what the registry says is needed beyond it. */
function joinScopes(own: readonly string[], challenge: Challenge): string[] {
  const rights = new Map<string, Set<string>>();
  const demanded = (challenge.parameters['scope'] ?? '').split(' ').filter(Boolean);
  const repositories = new Set(own.map(resourceOf));
  for (const scope of [
    ...own,
    ...demanded.filter((one) => repositories.has(resourceOf(one)) || own.length === 0),
  ]) {
    const resource = resourceOf(scope);
    const actions = rights.get(resource) ?? new Set();
    for (const action of scope.slice(resource.length + 1).split(',')) actions.add(action);
    rights.set(resource, actions);
  }
  return [...rights].map(([resource, actions]) => `${resource}:${[...actions].join(',')}`);
}

/** `repository:acme/app`. */
function resourceOf(scope: string): string {
  return scope.slice(0, scope.lastIndexOf(':'));
}

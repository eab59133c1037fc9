/** Calls to one registry: where it is, who asks, where it sends to, and again when that can help. */
import type { EngineError } from '../errors.ts';
import type { Credentials } from '../transfer.ts';
import { hostName, isLoopback, type RegistryAddress } from './address.ts';
import { Authorizer, type CredentialSource } from './authorizer.ts';
import { connectionFailure } from './connection-failure.ts';
import type { Environment } from './docker-config.ts';
import type { Asked, Purpose } from './failure.ts';
import type { OutgoingBody } from './outgoing.ts';
import { Secrets } from './redaction.ts';
import { sendFollowing } from './redirect.ts';
import { refusal } from './refusal.ts';
import { pause, pauseBefore, type RetryPolicy, reasonOf } from './retry.ts';
import type { Token } from './token.ts';
import { type HttpResponse, type Limits, placeOf, Transport } from './transport.ts';

export interface Call extends Purpose {
  readonly method?: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** After `/v2/`; or a whole address that the registry gave. */
  readonly at: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: OutgoingBody | undefined;
  /** Rights that are needed: `repository:acme/app:pull`. */
  readonly scopes: readonly string[];
  /** Statuses that are no failure. */
  readonly expect: readonly number[];
  /** Milliseconds until the answer must begin. */
  readonly patience?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ExchangeOptions {
  readonly address: RegistryAddress;
  readonly insecure: readonly string[];
  readonly env: Environment;
  readonly credentials: CredentialSource;
  readonly log: (topic: string, text: string) => void;
  readonly limits: Limits;
  readonly retry: RetryPolicy;
}

/** Bytes of a refusal that are read. */
const REFUSAL_LIMIT = 64 * 1024;

export class Exchange {
  readonly address: RegistryAddress;
  readonly retry: RetryPolicy;
  readonly log: (topic: string, text: string) => void;
  readonly authorizer: Authorizer;
  readonly #secrets = new Secrets();
  readonly #transport: Transport;
  readonly #insecure: readonly string[];
  #base: Promise<URL> | undefined;
  /** Whether it ever answered: a registry that was there may come back. */
  #reached = false;

  constructor(options: ExchangeOptions) {
    this.address = options.address;
    this.retry = options.retry;
    this.log = (topic, text) => options.log(topic, this.#secrets.hide(text));
    this.#insecure = options.insecure;
    const verify = (url: URL) =>
      !(this.#insecure.includes(url.host) || (url.host === options.address.host && !options.address.verify));
    this.#transport = new Transport(options.env, verify, options.limits);
    const { credentials } = options;
    const { log } = this;
    this.authorizer = new Authorizer({
      transport: this.#transport,
      credentials,
      secrets: this.#secrets,
      log,
    });
  }

  /** One try. Errors: what the registry refuses, `unreachable`, `unauthorized`, `corrupt`, `cancelled`. */
  async once(call: Call): Promise<HttpResponse> {
    const base = await this.base(call);
    const url = typeof call.at === 'string' ? new URL(`/v2/${call.at}`, base) : this.#located(call.at, base);
    const method = call.method ?? 'GET';
    const asked = this.#asked(call, method, url);
    const plainAllowed = (one: URL) =>
      isLoopback(hostName(one.hostname)) || this.#insecure.includes(one.host);
    const need = { scopes: call.scopes, registry: base, asked, signal: call.signal };
    const own = url.origin === base.origin;
    let before: string | undefined;
    try {
      for (let round = 0; ; round++) {
        const authorization = own ? await this.authorizer.authorization(need) : undefined;
        const response = await sendFollowing(
          this.#transport,
          {
            method,
            url,
            headers: { ...call.headers, ...(authorization && { authorization }) },
            body: call.body,
            signal: call.signal,
            ...(call.patience !== undefined && { patience: call.patience }),
          },
          { doing: call.doing, plainAllowed },
        );
        this.#reached = true;
        if (call.expect.includes(response.status)) return response;
        const body = await response.bytes(REFUSAL_LIMIT).catch(() => Buffer.alloc(0));
        const demand = response.headers['www-authenticate'];
        if (
          response.status === 401 &&
          own &&
          response.url.origin === base.origin &&
          demand !== undefined &&
          round < 3
        ) {
          const isFresh = round > 0 && authorization !== before;
          before = authorization;
          if (await this.authorizer.challenged(demand, authorization, isFresh)) continue;
        }
        const facts = {
          ...asked,
          url: response.url,
          credentialsFrom: this.authorizer.from,
          credentialsProblem: this.authorizer.problem,
        };
        throw refusal(facts, response.status, response.headers, body.toString('utf8'));
      }
    } catch (thrown) {
      throw connectionFailure(placed(asked, thrown), thrown, call.signal, this.#reached);
    }
  }

  /** Runs one try after the other while that can help. `told` hears of each failure that is tried again. */
  async retrying<T>(
    call: Pick<Call, 'doing' | 'subject' | 'signal'>,
    run: () => Promise<T>,
    told: (note: string) => void = (note) => this.log('retry', note),
  ): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await run();
      } catch (thrown) {
        const wait = pauseBefore(tries, thrown, this.retry);
        if (wait === undefined || call.signal?.aborted) throw thrown;
        told(this.retryNote(thrown, wait, tries));
        await pause(wait, call.signal);
      }
    }
  }

  /** `503, again in 1.2 s (1 of 5)`. */
  retryNote(thrown: unknown, wait: number, tries: number): string {
    const seconds = (wait / 1000).toFixed(1);
    return this.#secrets.hide(
      `${reasonOf(thrown)}, again in ${seconds} s (${tries + 1} of ${this.retry.tries})`,
    );
  }

  /** A call and the whole of a small answer, tried again together. Errors: as `once`; `corrupt` above the limit. */
  async bytes(call: Call, limit: number): Promise<{ response: HttpResponse; bytes: Buffer }> {
    return await this.retrying(call, async () => {
      const response = await this.once(call);
      try {
        return { response, bytes: await response.bytes(limit) };
      } catch (thrown) {
        throw this.broken(call, response, thrown);
      }
    });
  }

  /** A call whose answer has no body worth reading. Errors: as `once`. */
  async status(call: Call): Promise<HttpResponse> {
    const { response } = await this.bytes(call, REFUSAL_LIMIT);
    return response;
  }

  /** Asks the token server for an identity token; undefined where the registry has none. Errors: `unauthorized`. */
  async identify(
    call: Purpose & { readonly signal?: AbortSignal | undefined },
    credentials: Credentials,
  ): Promise<Token | undefined> {
    const registry = await this.base(call);
    const asked = this.#asked(call, 'GET', registry);
    try {
      const need = { scopes: [], registry, asked, signal: call.signal };
      return await this.authorizer.identify(need, credentials);
    } catch (thrown) {
      throw connectionFailure(placed(asked, thrown), thrown, call.signal, this.#reached);
    }
  }

  /** Why a body did not come whole. */
  broken(call: Call, response: HttpResponse, thrown: unknown): EngineError {
    return connectionFailure(
      this.#asked(call, call.method ?? 'GET', response.url),
      thrown,
      call.signal,
      true,
    );
  }

  /** Where the registry is. Errors: `unreachable`. */
  async base(call: Purpose & { readonly signal?: AbortSignal | undefined }): Promise<URL> {
    this.#base ??= this.#find(call);
    try {
      return await this.#base;
    } catch (thrown) {
      this.#base = undefined;
      throw thrown;
    }
  }

  close(): void {
    this.#transport.close();
  }

  /** TLS wherever it is spoken, as docker does; else plain HTTP where that is allowed. */
  async #find(call: Purpose & { readonly signal?: AbortSignal | undefined }): Promise<URL> {
    const { host, plainAllowed } = this.address;
    const secure = new URL(`https://${host}`);
    if (!plainAllowed) return secure;
    const plain = new URL(`http://${host}`);
    try {
      const isSecure = await this.#transport.speaksTls(secure, call.signal);
      return isSecure ? secure : plain;
    } catch (thrown) {
      const code = (thrown as NodeJS.ErrnoException | undefined)?.code ?? '';
      // Without a port it may be the other one. What cannot be looked up here may be known to a proxy for plain HTTP.
      if (code === 'ENOTFOUND' || (code === 'ECONNREFUSED' && !/:\d+$/.test(host))) return plain;
      throw connectionFailure(
        this.#asked(call, 'GET', new URL('/v2/', secure)),
        thrown,
        call.signal,
        this.#reached,
      );
    }
  }

  /** Behind a proxy that ends TLS, registries give addresses without it. */
  #located(url: URL, base: URL): URL {
    if (base.protocol !== 'https:' || url.protocol !== 'http:' || url.hostname !== base.hostname) return url;
    const secure = new URL(url);
    secure.protocol = 'https:';
    if (url.port === '') secure.port = base.port;
    return secure;
  }

  #asked(purpose: Purpose, method: string, url: URL): Asked {
    return {
      method,
      url,
      purpose: { doing: purpose.doing, subject: purpose.subject },
      domain: this.address.domain,
      secrets: this.#secrets,
      credentialsFrom: this.authorizer.from,
      credentialsProblem: this.authorizer.problem,
    };
  }
}

/** The registry itself may be well while its token server or storage is not. */
function placed(asked: Asked, thrown: unknown): Asked {
  const url = placeOf(thrown) ?? asked.url;
  return { ...asked, url, domain: url.host === asked.url.host ? asked.domain : url.host };
}

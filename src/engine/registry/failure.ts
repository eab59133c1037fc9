/** What goes wrong between here and a registry, as an EngineError a person can act on. */
import { EngineError, type ErrorCode, isAbort } from '../errors.ts';
import { isRecord } from '../oci/descriptor.ts';
import { block, line } from '../text.ts';
import { redactUrl, type Secrets } from './redaction.ts';

/** What a request was about, for messages. */
export interface Purpose {
  /** As after "cannot": `pull acme/app:1`. */
  readonly doing: string;
  /** What may be missing, as the person named it: `acme/app:1`. */
  readonly subject: string;
}

export interface RegistryFacts {
  /** `GET`. */
  readonly method: string;
  /** Without credentials and signatures. */
  readonly url: string;
  /** 0 where there was no answer. */
  readonly status: number;
  /** What the registry calls it: `MANIFEST_UNKNOWN`. Source: distribution spec, "Error Codes". */
  readonly codes: readonly string[];
  /** Milliseconds that the registry wants to be left alone for. */
  readonly retryAfter?: number | undefined;
  /** Whether there was a connection at all. */
  readonly reached: boolean;
}

/** An EngineError that keeps what was asked and what the registry answered. */
export class RegistryError extends EngineError implements RegistryFacts {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly codes: readonly string[];
  readonly retryAfter: number | undefined;
  readonly reached: boolean;

  constructor(facts: ConstructorParameters<typeof EngineError>[0], registry: RegistryFacts) {
    super(facts);
    this.method = registry.method;
    this.url = registry.url;
    this.status = registry.status;
    this.codes = registry.codes;
    this.retryAfter = registry.retryAfter;
    this.reached = registry.reached;
  }
}

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly purpose: Purpose;
  /** The registry's domain. */
  readonly domain: string;
  /** Where the credentials came from; undefined for none. */
  readonly credentialsFrom?: string | undefined;
  readonly secrets: Secrets;
}

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'bad-input',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'unsupported',
  413: 'unsupported',
  501: 'unsupported',
  507: 'no-space',
};
const BY_CODE: Readonly<Record<string, ErrorCode>> = {
  DENIED: 'forbidden',
  UNAUTHORIZED: 'unauthorized',
  MANIFEST_UNKNOWN: 'not-found',
  NAME_UNKNOWN: 'not-found',
  BLOB_UNKNOWN: 'not-found',
  NAME_INVALID: 'bad-input',
  DIGEST_INVALID: 'corrupt',
  SIZE_INVALID: 'corrupt',
  UNSUPPORTED: 'unsupported',
};
/** Answers that may be better the next time. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** An answer that is a refusal. `body` is its beginning, as it came. */
export function refusal(
  asked: Asked,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): RegistryError {
  const { codes, said } = readErrors(body);
  const shown = asked.secrets.hide(said);
  const passing = PASSING.has(status);
  const known = codes.map((code) => BY_CODE[code]).find((code) => code !== undefined);
  const code = passing ? 'unreachable' : (known ?? BY_STATUS[status] ?? 'engine');
  const url = redactUrl(asked.url);
  const retryAfter = passing ? readRetryAfter(headers['retry-after']) : undefined;
  const { message, hint } = words(code, status, asked, shown, retryAfter);
  return new RegistryError(
    {
      code,
      message,
      hint,
      retryable: passing,
      detail: [`${asked.method} ${url}: ${status}`, codes.join(' '), shown].filter(Boolean).join(' · '),
    },
    { method: asked.method, url, status, codes, retryAfter, reached: true },
  );
}

/** No answer, or one that broke off. `reached` tells whether the registry ever answered before. */
export function connectionFailure(
  asked: Asked,
  thrown: unknown,
  signal?: AbortSignal,
  reached = false,
): EngineError {
  if (thrown instanceof EngineError) return thrown;
  if (signal?.aborted || isAbort(thrown)) return cancelled(thrown);
  const error = innermost(thrown);
  const { code = '' } = error;
  const host = asked.url.host;
  const url = redactUrl(asked.url);
  const facts = { method: asked.method, url, status: 0, codes: [], reached: reached || !UNREACHED.has(code) };
  const cannot = `cannot ${asked.purpose.doing}`;
  const detail = `${asked.method} ${url}: ${asked.secrets.hide(error.message)}`;
  if (code === 'EHTTP') {
    return new RegistryError(
      {
        code: 'corrupt',
        message: `${cannot}: ${host} does not answer as HTTP should (${asked.secrets.hide(error.message)})`,
        hint: 'Check the address: is a registry there, and does it want TLS?',
        detail,
        cause: thrown,
      },
      facts,
    );
  }
  const [why, hint, retryable] = explain(error, code, host, asked.domain);
  return new RegistryError(
    { code: 'unreachable', message: `${cannot}: ${why}`, hint, retryable, detail, cause: thrown },
    facts,
  );
}

/** The connection was never made. */
const UNREACHED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPROXY',
  'EACCES',
]);

export function cancelled(cause?: unknown): EngineError {
  return new EngineError({ code: 'cancelled', message: 'cancelled', hint: '', cause });
}

/** Seconds or a date. Source: RFC 9110 section 10.2.3. */
export function readRetryAfter(text: string | undefined, now = Date.now()): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Source: distribution spec, "Error Codes"; anything else is taken as text. */
function readErrors(body: string): { codes: string[]; said: string } {
  try {
    const value: unknown = JSON.parse(body);
    if (isRecord(value)) {
      const errors = Array.isArray(value['errors']) ? value['errors'].filter(isRecord) : [];
      const texts = (key: string) =>
        errors
          .map((error) => error[key])
          .filter((text): text is string => typeof text === 'string' && text !== '');
      const codes = texts('code').map((code) => line(code).slice(0, 60));
      const told = [...texts('message'), value['details'], value['message'], value['error_description']]
        .filter((text): text is string => typeof text === 'string')
        .join('; ');
      if (codes.length > 0 || told !== '') return { codes, said: block(told).slice(0, 500) };
    }
  } catch {
    // A page of some server in between.
  }
  const text = /<html|<!doctype/i.test(body) ? (/<title>([^<]*)/i.exec(body)?.[1] ?? '') : body;
  return { codes: [], said: block(text).trim().slice(0, 300) };
}

function words(
  code: ErrorCode,
  status: number,
  asked: Asked,
  said: string,
  retryAfter: number | undefined,
): { message: string; hint: string } {
  const { domain, credentialsFrom, purpose } = asked;
  const cannot = `cannot ${purpose.doing}`;
  const why = said === '' ? '' : ` (${said})`;
  const login = domain === 'docker.io' ? 'nacre login' : `nacre login ${domain}`;
  switch (code) {
    case 'not-found':
      return {
        message: `there is no ${purpose.subject} on ${domain}`,
        hint: 'Check the name and the tag.',
      };
    case 'unauthorized':
      return credentialsFrom === undefined
        ? {
            message: `${cannot}: ${domain} wants to know who you are${why}`,
            hint: `It is private, or it does not exist: check the name, or log in with: ${login}`,
          }
        : {
            message: `${cannot}: ${domain} does not accept the credentials (${credentialsFrom})${why}`,
            hint: `Log in again with: ${login}`,
          };
    case 'forbidden':
      return {
        message: `${cannot}: ${domain} forbids it${why}`,
        hint:
          credentialsFrom === undefined
            ? `Log in with: ${login}`
            : `Ask who runs it for the right, or log in as somebody else with: ${login}`,
      };
    case 'corrupt':
      return {
        message: `${cannot}: ${domain} received something else than its digest says${why}`,
        hint: 'See whether the store is whole with: nacre store check',
      };
    case 'unsupported':
      return {
        message: `${cannot}: ${domain} does not offer that${why}`,
        hint: 'Ask who runs it to allow it.',
      };
    case 'no-space':
      return { message: `${cannot}: the disk of ${domain} is full`, hint: 'Ask who runs it for more space.' };
    case 'unreachable': {
      const wait = retryAfter === undefined ? '' : `, and asks to wait ${Math.ceil(retryAfter / 1000)} s`;
      return status === 429
        ? {
            message: `${cannot}: ${domain} has had too many requests${wait}${why}`,
            hint:
              credentialsFrom === undefined
                ? `Wait, or log in for a higher limit: ${login}`
                : 'Wait, and try again.',
          }
        : { message: `${cannot}: ${domain} fails with ${status}${wait}${why}`, hint: 'Try again later.' };
    }
    default:
      return {
        message: `${cannot}: ${domain} answers ${status}${why}`,
        hint: 'Check the name, and that the address is one of a registry.',
      };
  }
}

function explain(
  error: NodeJS.ErrnoException,
  code: string,
  host: string,
  domain: string,
): readonly [why: string, hint: string, retryable: boolean] {
  if (code === 'EPROXY') {
    return [`the way to ${host} is barred: ${line(error.message)}`, 'Check HTTPS_PROXY and NO_PROXY.', false];
  }
  if (code === 'ENOTFOUND') return [`there is no host ${host}`, 'Check the name, and the network.', true];
  if (code === 'EAI_AGAIN') {
    return [`${host} cannot be looked up now`, 'Check the network, and try again.', true];
  }
  if (code === 'ECONNREFUSED') return [`nothing listens at ${host}`, 'Check the address and the port.', true];
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
    return [`there is no way to ${host}`, 'Check the network, and try again.', true];
  }
  if (code === 'ETIMEDOUT') {
    return [
      `${host} does not answer in time (${line(error.message)})`,
      'Check the network, and try again.',
      true,
    ];
  }
  if (isPlainHttp(code)) {
    return [
      `${host} does not speak TLS`,
      `If it is meant to, allow plain HTTP in config.toml: [registries] insecure = ["${domain}"]`,
      false,
    ];
  }
  if (/CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO/.test(code)) {
    return [
      `the certificate of ${host} is not accepted (${code})`,
      `Put the authority's certificate into /etc/docker/certs.d/${domain}/ca.crt, or name it in SSL_CERT_FILE.`,
      false,
    ];
  }
  return [`the connection to ${host} broke`, 'Try again.', true];
}

/** What OpenSSL says when it is answered in plain text. */
export function isPlainHttp(code: string): boolean {
  return (
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' || code === 'EPROTO'
  );
}

/** Node wraps the attempts of one connection. */
function innermost(thrown: unknown): NodeJS.ErrnoException {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return innermost(thrown.errors[0]);
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

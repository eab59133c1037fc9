/** What goes wrong on the way to a registry, in words a person can act on. */
import { cancelled, EngineError, isAbort } from '../errors.ts';
import { line } from '../text.ts';
import { type Asked, RegistryError } from './failure.ts';
import { redactUrl } from './redaction.ts';

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
      `Put the authority's certificate into /etc/docker/certs.d/${host}/ca.crt, or name it in SSL_CERT_FILE.`,
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

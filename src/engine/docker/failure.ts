/** What goes wrong between here and an engine, as an EngineError a person can act on. */
import { cancelled, EngineError, type ErrorCode, isAbort } from '../errors.ts';
import { redact } from '../redact.ts';
import { showAddress } from './endpoint.ts';

/** What a call was about, for messages. */
export interface Purpose {
  /** As after "cannot": `list images`, `remove app:1`. */
  readonly doing: string;
  /** The one object it is about, as the person named it. */
  readonly subject?: string;
}

const CONNECTION: Readonly<Record<string, readonly [code: ErrorCode, why: string, hint: string]>> = {
  ENOENT: [
    'unreachable',
    'there is no such socket',
    'Start the engine, or choose another with --host or DOCKER_HOST.',
  ],
  ECONNREFUSED: ['unreachable', 'nothing listens there', 'Start the engine: systemctl start docker.'],
  ENOTFOUND: ['unreachable', 'there is no such host', 'Check the host name.'],
  EAI_AGAIN: ['unreachable', 'the host name cannot be looked up now', 'Check the network and try again.'],
  EHOSTUNREACH: ['unreachable', 'there is no way to that host', 'Check the network and try again.'],
  ENETUNREACH: ['unreachable', 'there is no way to that network', 'Check the network and try again.'],
  ETIMEDOUT: ['unreachable', 'it does not answer', 'Check the network and that the engine runs.'],
  UND_ERR_CONNECT_TIMEOUT: [
    'unreachable',
    'it does not answer',
    'Check the network and that the engine runs.',
  ],
  UND_ERR_HEADERS_TIMEOUT: [
    'unreachable',
    'it took too long to answer',
    'The engine may be busy: try again.',
  ],
  UND_ERR_BODY_TIMEOUT: [
    'unreachable',
    'it stopped in the middle of its answer',
    'The engine may be busy: try again.',
  ],
  EACCES: [
    'permission',
    'permission denied',
    'Join its group (sudo usermod -aG docker $USER, then log in again), or use a rootless engine, or run with sudo.',
  ],
};
const BROKEN = ['unreachable', 'the connection broke', 'The engine went away: try again.'] as const;

/** A failed connection or a broken one. Also says why a socket is of no use when engines are looked for. */
export function connectionFailure(address: string, thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  const error = innermost(thrown);
  const said = redact(error.message);
  const shown = showAddress(address);
  const [code, why, hint] = explain(error, shown, said);
  return new EngineError({
    code,
    message: `cannot reach the engine at ${shown}: ${why}`,
    hint,
    retryable: code === 'unreachable',
    detail: said,
    cause: thrown,
  });
}

/** A stream that should go on for ever has ended. */
export function connectionEnded(address: string): EngineError {
  return new EngineError({
    code: 'unreachable',
    message: `the engine at ${address} ended the connection`,
    hint: 'It was stopped or restarted: try again.',
    retryable: true,
  });
}

/** Why a connection failed, as one phrase: `permission denied`. */
export function connectionProblem(address: string, thrown: unknown): string {
  return explain(innermost(thrown), showAddress(address), '')[1];
}

/** Any failure of a call that is not an answer of the engine. */
export function callFailure(address: string, thrown: unknown, signal: AbortSignal | undefined): EngineError {
  if (signal?.aborted || isAbort(thrown)) return cancelled(thrown);
  return connectionFailure(address, thrown);
}

function explain(
  error: NodeJS.ErrnoException,
  shown: string,
  said: string,
): readonly [code: ErrorCode, why: string, hint: string] {
  const code = error.code ?? '';
  if (code === 'ESSH') return explainSsh(error.message);
  if (error.name === 'HTTPParserError') {
    return [
      'corrupt',
      'what answers there does not speak HTTP',
      'Check the address: is it an engine, and does it want TLS?',
    ];
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO') {
    return [
      'unreachable',
      'it does not speak TLS as expected',
      'Unset DOCKER_TLS_VERIFY, or use the TLS port (2376).',
    ];
  }
  if (/CERT|SELF_SIGNED|ERR_TLS|ERR_SSL|UNABLE_TO/.test(code)) {
    return [
      'unreachable',
      `its certificate is not accepted (${code})`,
      'Check ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH.',
    ];
  }
  if (code === 'ECONNREFUSED' && !shown.startsWith('unix:')) {
    return ['unreachable', 'nothing listens there', 'Start the engine there, and check host and port.'];
  }
  const known = CONNECTION[code === 'EPERM' ? 'EACCES' : code];
  if (known !== undefined) return known;
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
    ? BROKEN
    : ['unreachable', said || code || 'it failed', BROKEN[2]];
}

function explainSsh(said: string): readonly [code: ErrorCode, why: string, hint: string] {
  const why = redact(said);
  if (/permission denied/i.test(said)) {
    return [
      'permission',
      why,
      'Add your key to the agent (ssh-add), and check that ssh to that host works without a password.',
    ];
  }
  if (/host key verification failed/i.test(said)) {
    return ['unreachable', why, 'Connect once with ssh yourself to accept the host key.'];
  }
  if (/not found|no such file/i.test(said)) {
    return ['unreachable', why, 'Here ssh, and on the other host docker, must be installed and on the PATH.'];
  }
  return ['unreachable', why, 'Check that ssh to that host works, and that docker runs there.'];
}

/** Node wraps several attempts of one connection, and undici wraps what the socket said. */
function innermost(thrown: unknown): NodeJS.ErrnoException {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return innermost(thrown.errors[0]);
  if (!(thrown instanceof Error)) return new Error(String(thrown));
  return thrown.cause instanceof Error && (thrown as NodeJS.ErrnoException).code === undefined
    ? innermost(thrown.cause)
    : thrown;
}

/**
 * Which engine to talk to: what the command line says, then the environment and docker's own
 * configuration, then the first of the usual sockets that takes a connection.
 */
import { homedir } from 'node:os';
import {
  contextNames,
  currentContext,
  DEFAULT_CONTEXT,
  dockerFolder,
  readContext,
} from './docker/context.ts';
import { completeAddress, type Endpoint, readAddress, readTlsFolder } from './docker/endpoint.ts';
import { type Probe, probeSocket, type UsualSocket, usualSockets } from './docker/usual-sockets.ts';
import { EngineError } from './errors.ts';

export type { Endpoint };

export interface ChooseOptions {
  /** `--host`. */
  readonly host?: string | undefined;
  /** `--context`. */
  readonly context?: string | undefined;
}

export interface Attempt {
  readonly address: string;
  /** One phrase: `permission denied`. */
  readonly why: string;
}

export interface Choice {
  readonly endpoint: Endpoint;
  /** One phrase: `DOCKER_HOST is set`. */
  readonly chosenBy: string;
  /** What was looked at before and failed. */
  readonly tried: readonly Attempt[];
}

/** An engine that could be chosen instead. */
export interface Candidate {
  readonly choice: Choice;
  /** For people: `rootless Docker`, `context build-box`. */
  readonly label: string;
  /** Why it cannot be used now; `''` when it takes connections, undefined where that was not tried. */
  readonly problem: string | undefined;
}

/** What the choice depends on; the machine's own by default. */
export interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  readonly home?: string;
  readonly probe?: (path: string) => Promise<Probe>;
}

/**
 * Explicit choices are not tried here: connecting tells. Errors: `bad-input` (address, context, TLS files);
 * `permission` or `unreachable` when no usual socket answers, with what was tried in `detail`.
 */
export async function chooseEngine(
  options: ChooseOptions = {},
  surroundings: Surroundings = {},
): Promise<Choice> {
  const { env = process.env, home = homedir(), probe = probeSocket } = surroundings;
  return (await chooseNamed(options, env, home)) ?? (await chooseUsual(env, home, probe));
}

/** Every engine this machine knows of: contexts and usual sockets. Tries the sockets; sockets that do not exist are left out. */
export async function findEngines(surroundings: Surroundings = {}): Promise<Candidate[]> {
  const { env = process.env, home = homedir(), probe = probeSocket } = surroundings;
  const folder = dockerFolder(env, home);
  const named = await Promise.all([
    ...(env['DOCKER_HOST']
      ? [candidate('DOCKER_HOST', fromHost(env, home, env['DOCKER_HOST']), 'DOCKER_HOST is set')]
      : []),
    ...(env['CONTAINER_HOST']
      ? [candidate('CONTAINER_HOST', fromPodman(env['CONTAINER_HOST']), 'CONTAINER_HOST is set')]
      : []),
    ...(await contextNames(folder)).map((name) =>
      candidate(`context ${name}`, readContext(folder, name), `the docker context ${name} was picked`),
    ),
  ]);
  const sockets = await Promise.all(
    usualSockets(env, home).map(async (socket) => ({ socket, result: await probe(socket.path) })),
  );
  const found: Candidate[] = named.filter((one) => one !== undefined);
  for (const { socket, result } of sockets) {
    if (result.missing) continue;
    const choice: Choice = {
      endpoint: { address: `unix://${socket.path}` },
      chosenBy: `${socket.engine} was picked`,
      tried: [],
    };
    found.push({ choice, label: socket.engine, problem: result.problem });
  }
  const seen = new Set<string>();
  return found.filter(
    ({ choice }) => !seen.has(choice.endpoint.address) && seen.add(choice.endpoint.address),
  );
}

async function chooseNamed(
  options: ChooseOptions,
  env: NodeJS.ProcessEnv,
  home: string,
): Promise<Choice | undefined> {
  const { host, context } = options;
  if (host !== undefined && context !== undefined) {
    throw new EngineError({
      code: 'bad-input',
      message: '--host and --context both choose an engine',
      hint: 'Give only one of them.',
    });
  }
  const folder = dockerFolder(env, home);
  const choose = async (endpoint: Promise<Endpoint>, chosenBy: string): Promise<Choice> => ({
    endpoint: await endpoint,
    chosenBy,
    tried: [],
  });
  if (host !== undefined) return choose(fromHost(env, home, host), '--host was given');
  if (context !== undefined && context !== DEFAULT_CONTEXT) {
    return choose(readContext(folder, context), `--context ${context} was given`);
  }
  if (env['DOCKER_HOST']) return choose(fromHost(env, home, env['DOCKER_HOST']), 'DOCKER_HOST is set');
  if (context === undefined) {
    const named = env['DOCKER_CONTEXT'] || (await currentContext(folder));
    if (named && named !== DEFAULT_CONTEXT) {
      const why = env['DOCKER_CONTEXT']
        ? `DOCKER_CONTEXT is ${named}`
        : `${named} is the current docker context`;
      return choose(readContext(folder, named), why);
    }
  }
  return env['CONTAINER_HOST']
    ? choose(fromPodman(env['CONTAINER_HOST']), 'CONTAINER_HOST is set')
    : undefined;
}

async function chooseUsual(
  env: NodeJS.ProcessEnv,
  home: string,
  probe: (path: string) => Promise<Probe>,
): Promise<Choice> {
  const tried: Attempt[] = [];
  let denied: UsualSocket | undefined;
  for (const socket of usualSockets(env, home)) {
    const { open, problem, denied: isDenied } = await probe(socket.path);
    const address = `unix://${socket.path}`;
    if (open) {
      return { endpoint: { address }, chosenBy: `${socket.engine} listens on its usual socket`, tried };
    }
    tried.push({ address, why: problem });
    if (isDenied) denied ??= socket;
  }
  const detail = tried.map(({ address, why }) => `${address}: ${why}`).join('\n');
  if (denied !== undefined) {
    throw new EngineError({
      code: 'permission',
      message: `${denied.engine} listens on ${denied.path}, but you may not talk to it`,
      hint: 'Join its group (sudo usermod -aG docker $USER, then log in again), or use a rootless engine, or run with sudo.',
      detail,
    });
  }
  throw new EngineError({
    code: 'unreachable',
    message: 'no Docker or Podman engine answers on this machine',
    hint: 'Start one (systemctl start docker, or systemctl --user start podman.socket), or name one with --host or DOCKER_HOST.',
    retryable: true,
    detail,
  });
}

/** Source: docker's environment: DOCKER_TLS_VERIFY checks the engine's certificate, DOCKER_TLS only encrypts. */
async function fromHost(env: NodeJS.ProcessEnv, home: string, host: string): Promise<Endpoint> {
  const address = completeAddress(host);
  const { scheme } = readAddress({ address });
  const verify = Boolean(env['DOCKER_TLS_VERIFY']);
  const secure = verify || Boolean(env['DOCKER_TLS']) || address.startsWith('https:');
  if (scheme !== 'tcp' || !secure) return { address };
  const tls = await readTlsFolder(
    env['DOCKER_CERT_PATH'] || dockerFolder(env, home),
    verify || !env['DOCKER_TLS'],
  );
  return { address, tls };
}

async function fromPodman(host: string): Promise<Endpoint> {
  const address = completeAddress(host);
  readAddress({ address });
  return { address, dialer: 'podman' };
}

/** One that cannot be read is left out: it is not what was asked for. */
async function candidate(
  label: string,
  endpoint: Promise<Endpoint>,
  chosenBy: string,
): Promise<Candidate | undefined> {
  try {
    return { choice: { endpoint: await endpoint, chosenBy, tried: [] }, label, problem: undefined };
  } catch {
    return undefined;
  }
}

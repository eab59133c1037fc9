/**
 * Which engine to work with: what the command line says, then the environment, the settings and docker's
 * own configuration, then the first of the usual sockets that takes a connection, then the embedded one.
 */
import { homedir } from 'node:os';
import { type Attempt, addressOf, type Candidate, type Choice, type StoreChoice } from './choice.ts';
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
import { storeFolder } from './store-folder.ts';

export type { Attempt, Candidate, Choice, Endpoint, EndpointChoice, StoreChoice } from './choice.ts';
export { addressOf } from './choice.ts';

export interface ChooseOptions {
  /** `--host`. */
  readonly host?: string | undefined;
  /** `--context`. */
  readonly context?: string | undefined;
  /** `--embedded`. */
  readonly embedded?: boolean | undefined;
  /** `--store`: the embedded engine, on this folder. */
  readonly store?: string | undefined;
  /** What the settings say about engines. */
  readonly settings?: EngineSettings | undefined;
}

/** `[engine]` of the settings. */
export interface EngineSettings {
  /** Where no flag and no variable names an engine. */
  readonly default?: 'embedded' | undefined;
  /** The embedded engine's folder, where no flag and no variable names one. */
  readonly store?: string | undefined;
}

/** What the choice depends on; the machine's own by default. */
export interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  readonly home?: string;
  readonly probe?: (path: string) => Promise<Probe>;
}

/**
 * Explicit choices are not tried here: connecting tells; they are never replaced by another engine. Errors: `bad-input`
 * (address, context, TLS files, folder); `permission` when the only usual sockets are ones that may not be used, with
 * what was tried in `detail`.
 */
export async function chooseEngine(
  options: ChooseOptions = {},
  surroundings: Surroundings = {},
): Promise<Choice> {
  const { env = process.env, home = homedir(), probe = probeSocket } = surroundings;
  return (
    chooseEmbedded(options, env, home) ??
    (await chooseNamed(options, env, home)) ??
    (await chooseUsual(options, env, home, probe))
  );
}

/** Every engine this machine knows of: contexts, usual sockets, the embedded one. Tries the sockets; sockets that do not exist are left out. */
export async function findEngines(
  surroundings: Surroundings = {},
  options: Pick<ChooseOptions, 'store' | 'settings'> = {},
): Promise<Candidate[]> {
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
  found.push({
    choice: embedded(options, env, home, 'the embedded engine was picked'),
    label: 'embedded',
    problem: '',
    note: 'always works, no daemon',
  });
  const seen = new Set<string>();
  return found.filter(({ choice }) => !seen.has(addressOf(choice)) && seen.add(addressOf(choice)));
}

/** The embedded engine, where a flag or its own variable asks for it: those name it, whatever else is set for docker. */
function chooseEmbedded(
  options: ChooseOptions,
  env: NodeJS.ProcessEnv,
  home: string,
): StoreChoice | undefined {
  const { host, context, store } = options;
  const flags = [
    ...(host === undefined ? [] : ['--host']),
    ...(context === undefined ? [] : ['--context']),
    ...(options.embedded || store !== undefined ? [store === undefined ? '--embedded' : '--store'] : []),
  ];
  if (flags.length > 1) {
    throw new EngineError({
      code: 'bad-input',
      message: `${flags.join(' and ')} each choose an engine`,
      hint: 'Give only one of them.',
    });
  }
  if (store !== undefined) return embedded(options, env, home, '--store was given');
  if (options.embedded) return embedded(options, env, home, '--embedded was given');
  if (flags.length === 0 && env['NACRE_STORE']) return embedded(options, env, home, 'NACRE_STORE is set');
  return undefined;
}

function embedded(
  { store, settings }: Pick<ChooseOptions, 'store' | 'settings'>,
  env: NodeJS.ProcessEnv,
  home: string,
  chosenBy: string,
  tried: readonly Attempt[] = [],
): StoreChoice {
  return { store: storeFolder(env, home, { flag: store, settings: settings?.store }), chosenBy, tried };
}

async function chooseNamed(
  options: ChooseOptions,
  env: NodeJS.ProcessEnv,
  home: string,
): Promise<Choice | undefined> {
  const { host, context, settings } = options;
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
    const set = env['DOCKER_CONTEXT'];
    if (!set && settings?.default === 'embedded') {
      return embedded(options, env, home, 'the settings say embedded');
    }
    const named = set || (await currentContext(folder));
    if (named && named !== DEFAULT_CONTEXT) {
      const why = set ? `DOCKER_CONTEXT is ${named}` : `${named} is the current docker context`;
      return choose(readContext(folder, named), why);
    }
  }
  return env['CONTAINER_HOST']
    ? choose(fromPodman(env['CONTAINER_HOST']), 'CONTAINER_HOST is set')
    : undefined;
}

async function chooseUsual(
  options: ChooseOptions,
  env: NodeJS.ProcessEnv,
  home: string,
  probe: (path: string) => Promise<Probe>,
): Promise<Choice> {
  const tried: Attempt[] = [];
  let denied: UsualSocket | undefined;
  let silent: UsualSocket | undefined;
  for (const socket of usualSockets(env, home)) {
    const { open, problem, denied: isDenied, missing } = await probe(socket.path);
    const address = `unix://${socket.path}`;
    if (open) {
      return { endpoint: { address }, chosenBy: `${socket.engine} listens on its usual socket`, tried };
    }
    tried.push({ address, why: problem });
    if (isDenied) denied ??= socket;
    if (!missing) silent ??= socket;
  }
  // Somebody runs an engine here: that it may not be used is news, and an empty store would hide it.
  if (denied !== undefined) {
    throw new EngineError({
      code: 'permission',
      message: `${denied.engine} listens on ${denied.path}, but you may not talk to it`,
      hint: 'Join its group (sudo usermod -aG docker $USER, then log in again), use a rootless engine, run with sudo, or work without an engine: nacre --embedded.',
      detail: tried.map(({ address, why }) => `${address}: ${why}`).join('\n'),
    });
  }
  const chosenBy = "no Docker or Podman engine answers: nacre's own store";
  const choice = embedded(options, env, home, chosenBy, tried);
  return silent === undefined ? choice : { ...choice, insteadOf: silent.engine };
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

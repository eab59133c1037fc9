/** Real engines for tests: each in its own folder, on its own socket, gone when the test is. */
import { join } from 'node:path';
import type { EngineKind } from '../../src/engine/engine.ts';
import { dockerRoot, startDockerd } from './dockerd.ts';
import { ensurePodman, startPodman } from './podman-service.ts';
import type { RawApi } from './raw-api.ts';
import type { RunningEngine } from './running-engine.ts';
import { removeScratch, scratchFolder } from './scratch.ts';

export const ENGINE_NAMES = [
  'docker20',
  'docker26-classic',
  'docker26-containerd',
  'docker28-classic',
  'docker28-containerd',
  'podman43',
] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** Comes from a moving suite: it may be missing without that being a failure. */
export const isOptional = (name: EngineName): boolean => name.startsWith('docker28');

export interface StartOptions {
  /** Addresses of plain HTTP registries that the engine may use (Podman must be told). */
  readonly registries?: readonly string[];
}

export interface TestEngine extends AsyncDisposable {
  readonly name: EngineName;
  readonly kind: EngineKind;
  /** For `DOCKER_HOST` and `--host`: `unix://…`. */
  readonly host: string;
  readonly socket: string;
  /** Bare HTTP on that socket. */
  readonly api: RawApi;
  /** Ends it, with its containers, and removes all its data. */
  stop(): Promise<void>;
  /** Kills it as a power cut would; its images stay for `restart`. */
  kill(): Promise<void>;
  /** Starts it again on the same socket and data; kills it first when it runs. */
  restart(): Promise<void>;
  log(): string;
}

/** Starts an engine; rejects with the reason when it cannot be had here. Ready in about a second. */
export async function startEngine(name: EngineName, options: StartOptions = {}): Promise<TestEngine> {
  const root = await prepareEngine(name);
  const folder = scratchFolder();
  let running: RunningEngine;
  try {
    running = await launch(name, root, join(folder, 'e'), options);
  } catch (thrown) {
    await removeScratch(folder);
    throw thrown;
  }
  const stop = async () => {
    await running.kill();
    await removeScratch(folder);
  };
  return {
    name,
    kind: kindOf(name),
    host: `unix://${running.socket}`,
    socket: running.socket,
    api: running.api,
    stop,
    kill: () => running.kill(),
    restart: async () => {
      await running.kill();
      await running.start();
    },
    log: () => running.log(),
    [Symbol.asyncDispose]: stop,
  };
}

/** Gets what the engine needs onto this machine; the folder that holds it (`''`: installed). Cheap once it is there. */
export async function prepareEngine(name: EngineName): Promise<string> {
  const known = knownProblems()[name];
  if (known !== undefined) throw new Error(known);
  if (name === 'podman43') {
    await ensurePodman();
    return '';
  }
  return await dockerRoot(name === 'docker20' ? 20 : name.startsWith('docker26') ? 26 : 28);
}

/** Every engine, with the reason why it cannot be had where that is so. */
export async function availableEngines(): Promise<{ name: EngineName; problem?: string }[]> {
  const answers: { name: EngineName; problem?: string }[] = [];
  for (const name of ENGINE_NAMES) {
    const problem = await prepareEngine(name).then(
      () => undefined,
      (thrown: Error) => thrown.message,
    );
    answers.push(problem === undefined ? { name } : { name, problem });
  }
  return answers;
}

/** What the run's setup found missing, for its workers: they must not try the downloads again. */
const PROBLEMS = 'NACRE_TEST_ENGINE_PROBLEMS';

export function rememberProblems(problems: Partial<Record<EngineName, string>>): void {
  process.env[PROBLEMS] = JSON.stringify(problems);
}

export function knownProblems(): Partial<Record<EngineName, string>> {
  return JSON.parse(process.env[PROBLEMS] ?? '{}') as Partial<Record<EngineName, string>>;
}

function launch(
  name: EngineName,
  root: string,
  folder: string,
  options: StartOptions,
): Promise<RunningEngine> {
  if (name === 'podman43') return startPodman(folder, options.registries ?? []);
  return startDockerd(root, name.endsWith('containerd') ? 'containerd' : 'classic', folder);
}

function kindOf(name: EngineName): EngineKind {
  if (name === 'podman43') return 'podman';
  return name.endsWith('containerd') ? 'docker-containerd' : 'docker-classic';
}

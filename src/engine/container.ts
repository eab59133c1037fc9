/** Containers, as far as they matter to images: what holds what, what becomes of one, and a throwaway one to look around in. */
import type { Readable, Writable } from 'node:stream';
import type { CallOptions } from './engine.ts';

/**
 * How the names of containers begin that were made to be removed again. A label would be handed on to what is committed
 * from one.
 */
export const THROWAWAY = 'nacre-throwaway-';

export interface Container {
  readonly id: string;
  /** Without the leading slash; the first is the one to show. */
  readonly name: string;
  readonly imageId: string;
  /** The image as it was named at creation. */
  readonly image: string;
  readonly state: string;
  readonly running: boolean;
  /** `Up 3 hours`, `Exited (0) 2 days ago`; the engine's words. */
  readonly status: string;
  readonly created: number;
}

/** Whether a build works in it or has left it behind: which of the two, Podman does not tell. */
export function isOfBuild({ state }: Pick<Container, 'state'>): boolean {
  return state === 'storage';
}

export interface ContainerLister {
  /** All containers, running or not, leftover build containers included. Source: `GET /containers/json?all=1`. */
  list(options?: CallOptions): Promise<Container[]>;
}

/** A path that differs from the image's. Podman also tells of the folders it is in. */
export interface ContainerChange {
  readonly path: string;
  readonly kind: 'added' | 'modified' | 'deleted';
}

export interface CommitOptions extends CallOptions {
  /** Without one the new image is dangling. */
  readonly reference?: string;
  readonly author?: string;
  readonly message?: string;
  /** Dockerfile instructions: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR. */
  readonly changes?: readonly string[];
  /** Pause a running container meanwhile; default true, as docker does. */
  readonly pause?: boolean;
}

export interface CommitResult {
  readonly id: string;
  /** In familiar form; `''` where none was asked for. */
  readonly reference: string;
}

export interface ContainerKeeper {
  /** What is other than in its image, by path. Source: `GET /containers/{id}/changes`. Errors: `not-found`. */
  changes(container: string, options?: CallOptions): Promise<ContainerChange[]>;
  /** Makes an image of a container. Source: `POST /commit`. Errors: `not-found`, `bad-input`, `no-space`. */
  commit(container: string, options?: CommitOptions): Promise<CommitResult>;
}

export interface RunOptions extends CallOptions {
  readonly image: string;
  /** Replaces the image's command. */
  readonly command?: readonly string[];
  /** Replaces the image's entrypoint; `[]` takes it away. */
  readonly entrypoint?: readonly string[];
  /** `KEY=value`. */
  readonly env?: readonly string[];
  readonly network?: string;
  readonly user?: string;
  readonly workdir?: string;
  /** `source:target[:ro]`. */
  readonly volumes?: readonly string[];
  readonly name?: string;
  readonly platform?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Gives it a terminal: then its output and errors come as one stream. */
  readonly tty?: boolean;
  /** Let the engine keep a log of what it says; default true. Without one, much output comes much faster. */
  readonly log?: boolean;
}

/** What a container reads from and writes to. */
export interface ContainerStreams {
  /** Its bytes go in as they come; its end closes the container's input. Undefined: no input. */
  readonly input: Readable | undefined;
  readonly output: Writable;
  readonly errors: Writable;
  /** Columns and rows of the terminal, where it has one; `listen` is told of changes until the result is called. */
  readonly terminal?: {
    size(): { readonly columns: number; readonly rows: number };
    listen(onChange: () => void): () => void;
  };
  /** Signals to pass on; `listen` is told of each, by name, while the container runs, until the result is called. */
  readonly signals?: { listen(onSignal: (name: string) => void): () => void };
}

export interface RunResult {
  readonly container: string;
  readonly exitCode: number;
}

export interface ContainerRunner {
  /**
   * Makes a container, starts it, connects the streams and waits for its end. It is kept: remove it, or commit it.
   * When nobody reads its output any more (EPIPE), it is killed. Aborting kills and removes it, and so does every
   * failure. Errors: `not-found` for the image, `bad-input` for a command that cannot be started (a StartError) and for
   * what else the engine objects to, `unreachable`, `no-space` and `engine` for an output that cannot be written.
   * Source: `POST /containers/create`, `/attach`, `/start`, `/resize`, `/wait`.
   */
  run(options: RunOptions, streams: ContainerStreams): Promise<RunResult>;
  /** Removes a container that has ended, and its anonymous volumes unless they are to be kept. Source: `DELETE /containers/{id}?v=1`. */
  remove(container: string, options?: CallOptions & { readonly keepVolumes?: boolean }): Promise<void>;
  /** Ends a running container: asks it first, and kills it after ten seconds. Source: `POST /containers/{id}/stop`. */
  stop?(container: string, options?: CallOptions): Promise<void>;
}

export type Containers = ContainerLister & ContainerKeeper & ContainerRunner;

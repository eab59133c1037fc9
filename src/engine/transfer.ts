/**
 * Moving images: between an engine, registries and archives.
 *
 * Every operation is an async generator of TransferEvents that returns its result. Pulling the next
 * event is the backpressure; an operation that nobody pulls from stands still. Aborting its signal
 * makes it reject with `cancelled`, `return()` ends it; either way nothing half-done is left behind
 * under a final name. Failures before and during the work are EngineErrors.
 */
import type { Readable, Writable } from 'node:stream';
import type { CallOptions } from './engine.ts';

/**
 * What happens to a part now. `present`: nothing has to be moved, it was there before. `checking`: its
 * digest, or whether the other side has it. `done`: it is where it belongs, whole.
 */
export type TransferStage =
  | 'waiting'
  | 'present'
  | 'downloading'
  | 'uploading'
  | 'checking'
  | 'unpacking'
  | 'reading'
  | 'writing'
  | 'retrying'
  | 'done';

/** Something to be moved: one row on the screen for its whole life. Told again whenever it changes. */
export interface TransferPart {
  readonly type: 'part';
  /** Names the part within its transfer: 12 hex digits of a layer's digest, or a word (`config`, `archive`). */
  readonly id: string;
  readonly stage: TransferStage;
  /** Bytes moved in this stage; starts again with the next stage. Never above `total`. */
  readonly done: number;
  /** Bytes to move in this stage; undefined where the engine does not tell. */
  readonly total: number | undefined;
  /** Where the engine counts seconds instead of bytes (unpacking on containerd). */
  readonly seconds?: number;
  /** One phrase: `connection reset at 4.1 MB, resumed (1 of 5)`, `mounted from acme/base`. */
  readonly note?: string;
}

/** A line for the log. `topic` is a short word: `auth`, `resolve`, `layer`, `retry`, `engine`, `warning`. */
export interface TransferLine {
  readonly type: 'line';
  readonly topic: string;
  readonly text: string;
}

/** What a reference turned out to be; told once, as soon as it is known, where the engine tells. */
export interface TransferResolved {
  readonly type: 'resolved';
  /** In familiar form. */
  readonly reference: string;
  /** Of the manifest or index. */
  readonly digest: string;
  /** `linux/amd64`; `''` where it is not known. */
  readonly platform: string;
}

export type TransferEvent = TransferPart | TransferLine | TransferResolved;

export type Transfer<Result> = AsyncGenerator<TransferEvent, Result, void>;

/** For one registry: a name and password, or an identity token (`username` is `''` then). */
export interface Credentials {
  readonly username: string;
  readonly secret: string;
  readonly identityToken?: boolean;
}

export interface RegistryOptions extends CallOptions {
  /** Used instead of what docker's configuration holds for that registry. */
  readonly credentials?: Credentials;
}

export interface PullOptions extends RegistryOptions {
  /** `linux/arm64`; default: the engine's own. */
  readonly platform?: string;
  /** All platforms of the index; only where the engine stores them (embedded). Others reject with `unsupported`. */
  readonly allPlatforms?: boolean;
}

export interface PullResult {
  /** In familiar form, with its tag or digest. */
  readonly reference: string;
  /** Of the manifest or index; `''` where the engine does not tell. */
  readonly digest: string;
  /** Image id. */
  readonly id: string;
  /** False when the engine had it already, whole and under this name. */
  readonly changed: boolean;
}

export interface PushOptions extends RegistryOptions {
  /** Only this platform of an index. */
  readonly platform?: string;
}

export interface PushResult {
  readonly reference: string;
  readonly digest: string;
  /** Bytes of the manifest or index; 0 where the engine does not tell. */
  readonly size: number;
}

export interface SaveOptions extends CallOptions {
  /** Only this platform of an index. */
  readonly platform?: string;
}

export interface SaveResult {
  /** Bytes of the tar. */
  readonly bytes: number;
}

export interface LoadResult {
  /** In the archive's order. */
  readonly images: readonly { readonly id: string; readonly references: readonly string[] }[];
}

export interface ImportOptions extends CallOptions {
  /** The new image's name; without one it is dangling. */
  readonly reference?: string;
  readonly message?: string;
  /** Dockerfile instructions: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR, HEALTHCHECK. */
  readonly changes?: readonly string[];
  readonly platform?: string;
}

export interface ImportResult {
  readonly id: string;
  /** `''` where none was asked for. */
  readonly reference: string;
}

/** Source: `POST /images/create`, `/images/{x}/push`, `GET /images/get`, `POST /images/load`; OCI distribution spec. */
export interface ImageMover {
  /**
   * Gets an image from a registry. A reference without tag and digest means `latest`, never all tags.
   * Errors: `bad-input`, `not-found`, `unauthorized`, `forbidden`, `unreachable`, `corrupt`, `no-space`, `unsupported`.
   */
  pull(reference: string, options?: PullOptions): Transfer<PullResult>;
  /** Sends one name to the registry that the name says. Errors: as `pull`. */
  push(reference: string, options?: PushOptions): Transfer<PushResult>;
  /**
   * Writes images as one uncompressed tar that `docker load` reads, and ends `sink`; on a failure it is destroyed.
   * Names keep their names in it, ids have none. Errors: `not-found`, `no-space`, `unreachable`.
   */
  save(images: readonly string[], sink: Writable, options?: SaveOptions): Transfer<SaveResult>;
  /**
   * Reads the images of an uncompressed tar (docker archive of any age, OCI archive).
   * Errors: `bad-input` for what is no such archive, `corrupt`, `no-space`.
   */
  load(source: Readable, options?: CallOptions): Transfer<LoadResult>;
  /** Makes an image of one layer from an uncompressed tar of a root file system. Errors: `bad-input`, `corrupt`, `no-space`. */
  import(source: Readable, options?: ImportOptions): Transfer<ImportResult>;
}

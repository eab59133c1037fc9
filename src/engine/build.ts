/**
 * Building images. Every builder (BuildKit, Docker's classic one, Podman's) tells the same events: steps that
 * change, what they print, what goes on inside of them, and warnings.
 */
import type { Readable } from 'node:stream';
import type { CallOptions } from './engine.ts';
import type { TransferLine, TransferPart } from './transfer.ts';

export type BuilderKind = 'buildkit' | 'classic' | 'buildah';

export type BuildStepState = 'waiting' | 'running' | 'cached' | 'done' | 'failed' | 'cancelled';

/** A step of a build: told again, whole, whenever it changes. */
export interface BuildStep {
  readonly type: 'step';
  /** Names the step within its build. */
  readonly id: string;
  /** The instruction as the builder tells it, its variables filled in: `RUN npm ci`. */
  readonly name: string;
  /**
   * The stage's name; its number from 0 where it has none (`'0'`); `''` for what belongs to none. Where a build is
   * for several platforms, the platform comes in front: `linux/arm64 build`.
   */
  readonly stage: string;
  /** From 1, counted as the builder counts within its stage (BuildKit, Podman) or build (classic); undefined where it does not. */
  readonly position: number | undefined;
  /** Steps the builder counts there; undefined where it does not. */
  readonly of: number | undefined;
  /** True for what no Dockerfile says: reading the context, exporting. */
  readonly internal: boolean;
  /** Ids of the steps that this one needs; known to BuildKit, the step before for the others. */
  readonly inputs: readonly string[];
  readonly state: BuildStepState;
  /** Milliseconds, by the engine's clock where it tells, else by ours; undefined until then. */
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** Why it failed, one or more lines; `''` while it did not. */
  readonly error: string;
}

/** One line that a step printed, without its end, sanitised; very long ones come in pieces. */
export interface BuildLog {
  readonly type: 'log';
  readonly step: string;
  readonly stream: 'out' | 'err';
  readonly text: string;
}

/** Work inside a step that has a progress of its own: a layer pulled for FROM, an export. Told again whenever it changes. */
export interface BuildPart {
  readonly type: 'inside';
  readonly step: string;
  /** Names the part within its step. */
  readonly id: string;
  /** `downloading sha256:20ee…`, `exporting layers`. */
  readonly name: string;
  /** Bytes. */
  readonly done: number;
  /** Undefined where there is nothing to count, or it is not known. */
  readonly total: number | undefined;
  readonly ended: boolean;
}

/** What a linter of Dockerfiles, or the builder, advises. */
export interface BuildWarning {
  readonly type: 'warning';
  /** `FromAsCasing: 'as' and 'FROM' keywords' casing do not match`, without its line number. */
  readonly text: string;
  readonly detail: readonly string[];
  /** `''` where there is none. */
  readonly url: string;
  /** As the builder names it; `''` where it does not. */
  readonly file: string;
  /** From 1; undefined where it is not known. */
  readonly line: number | undefined;
}

/** `part` with the id `context`: bytes of the context that were sent. `line`: what belongs to no step. */
export type BuildEvent = BuildStep | BuildLog | BuildPart | BuildWarning | TransferPart | TransferLine;

export interface BuildResult {
  /** Image id as `Engine.list` tells it; `''` where the builder told none. */
  readonly id: string;
  /** The names it has got, in familiar form. */
  readonly references: readonly string[];
}

export type Build = AsyncGenerator<BuildEvent, BuildResult, void>;

/** A secret for `RUN --mount=type=secret,id=…`; read when the builder asks for it, never logged, never kept. */
export interface BuildSecret {
  readonly id: string;
  read(): Promise<Uint8Array>;
}

export interface BuildOptions extends CallOptions {
  /** Default: the first of `ImageBuilder.kinds`. */
  readonly builder?: BuilderKind;
  /** Path within the context, with slashes; default `Dockerfile`. */
  readonly dockerfile?: string;
  readonly references?: readonly string[];
  /** Stage to build; default: the last. */
  readonly target?: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly platform?: string;
  /** `default`, `none`, `host` or a network's name. */
  readonly network?: string;
  readonly noCache?: boolean;
  /** Ask the registry for a newer base image even when one is here. */
  readonly pull?: boolean;
  /** Rejects with `unsupported` on a builder that takes none. */
  readonly secrets?: readonly BuildSecret[];
  /**
   * Told as soon as the engine's own name of the build is known: that of `BuildRecord.id`. Only BuildKit has one.
   */
  readonly onNamed?: (id: string) => void;
  /**
   * Takes the events, many at once; they are not yielded then. A builder can tell ten thousand a second, and one by one
   * each of them would cost a turn at every hand it goes through. What it returns is waited for.
   */
  readonly onEvents?: (events: readonly BuildEvent[]) => Promise<void> | undefined;
}

export interface ImageBuilder {
  /** What this engine builds with, the preferred first. Never empty. */
  readonly kinds: readonly BuilderKind[];
  /**
   * Builds from a tar of the context (plain, or packed with gzip, bzip2 or xz). Credentials for private base images
   * come from docker's configuration. Aborting stops the engine's work, as far as the engine can be stopped.
   * A build whose step fails rejects with `build-failed`; its message names the step, its detail has the last lines.
   * Errors: `bad-input` (no such Dockerfile, a syntax error with its line, no such target), `not-found` and
   * `unauthorized` for base images, `build-failed`, `no-space`, `unreachable`, `unsupported`.
   * Source: `POST /build`, `/session`.
   */
  build(context: Readable, options?: BuildOptions): Build;
}

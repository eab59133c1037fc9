/** Builds that an engine knows of, whoever started them. */
import type { BuildEvent } from './build.ts';
import type { CallOptions } from './engine.ts';

export interface BuildRecord {
  /** The engine's name of the build. */
  readonly id: string;
  /** What it is called for people: the names it gives, else its context or Dockerfile; never `''`. */
  readonly title: string;
  readonly references: readonly string[];
  readonly target: string;
  readonly platform: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  /** `''` unless it failed. */
  readonly error: string;
  /** Id of the image that came of it, as `Engine.list` tells it; `''` where there is none. */
  readonly image: string;
  /** Milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** As the engine counts them; zeros where it does not tell. */
  readonly steps: { readonly total: number; readonly cached: number; readonly done: number };
}

export type BuildRecordEvent =
  | { readonly type: 'build'; readonly record: BuildRecord }
  | { readonly type: 'forgotten'; readonly id: string };

/** Source: BuildKit's Control API over `POST /grpc` (ListenBuildHistory, Status). */
export interface BuildWatcher {
  /**
   * First every build that is known, then each that begins, changes or is forgotten. Yields until aborted (returns) or
   * the connection breaks (throws `unreachable`).
   */
  records(
    options?: CallOptions & { readonly onListed?: () => void },
  ): AsyncGenerator<BuildRecordEvent, void, void>;
  /** Everything a build told so far, and, while it runs, what it goes on to tell. Errors: `not-found`. */
  follow(id: string, options?: CallOptions): AsyncGenerator<BuildEvent, void, void>;
}

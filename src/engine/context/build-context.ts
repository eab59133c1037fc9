/** Where a build's context comes from: a folder, a git repository, a tar, or a lone Dockerfile. */
import type { Readable } from 'node:stream';
import type { CallOptions } from '../engine.ts';

/** Counted as the context is read by whoever sends it. */
export interface Sent {
  /** Of the stream. */
  readonly bytes: number;
  /** Files, links and folders; 0 where what is sent came packed. */
  readonly files: number;
  /** What `.dockerignore` keeps back; a folder that is kept back whole counts as one. */
  readonly ignored: number;
}

/** A stream whose chunks cost less when they are given back. */
export interface Recycling {
  /** Says that nobody reads a chunk any more: its memory is used again. Who keeps chunks says nothing. */
  recycle(chunk: Uint8Array): void;
}

export interface BuildContext {
  /** A tar, plain or packed, read ahead only a little. What it fails with is an EngineError. */
  readonly stream: Readable & Partial<Recycling>;
  /** Path of the Dockerfile within the context, with slashes. */
  readonly dockerfile: string;
  /** The Dockerfile's text where it is known before the build; undefined for a tar. */
  readonly text: string | undefined;
  /** Absolute path where the Dockerfile can be edited; undefined where it is no file of the person's. */
  readonly file: string | undefined;
  /** For people, without credentials: `./services/api`, `github.com/acme/api#main:web`, `stdin`. */
  readonly name: string;
  /** What was passed over, or looks wrong: a socket, a Dockerfile that `.dockerignore` names. Grows as it is read. */
  readonly warnings: readonly string[];
  /** So far. */
  sent(): Sent;
  /** Ends the stream and removes what was fetched. Never rejects; may be called twice. */
  close(): Promise<void>;
}

export interface ContextOptions extends CallOptions {
  /** As `docker build --file`: a path from the working directory, `-` for standard input; within a git repository or a tar a path in there. */
  readonly dockerfile?: string | undefined;
  /** Default: the process's own. */
  readonly stdin?: (Readable & { readonly isTTY?: boolean }) | undefined;
  /** Default: the process's own. */
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

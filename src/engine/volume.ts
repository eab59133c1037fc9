/** Volumes: where containers keep what is to outlive them. Nothing brings one back that was removed. */
import type { CallOptions } from './engine.ts';

export interface Volume {
  readonly name: string;
  /** `local`, or that of a plugin. */
  readonly driver: string;
  /** What is in it may lie elsewhere: it is of another driver, or mounts something by options of its own. */
  readonly elsewhere: boolean;
  /** Nobody named it: it was made along with a container. */
  readonly anonymous: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Unix seconds, 0 where the engine does not tell. Docker before 23 tells when its top folder last changed. */
  readonly created: number;
  /** The same in the engine's own words, which its commands tell as well; absent where it does not tell. */
  readonly made?: string;
  /** Ids of the containers that mount it, whether they run or not. */
  readonly users: readonly string[];
  /** The engine counts it as used, also where it lists nobody who does. */
  readonly inUse: boolean;
}

export interface Volumes {
  /** All volumes, sorted by name. What is in them is measured by disk usage. Source: `GET /volumes`, `/containers/json?all=1`. */
  list(options?: CallOptions): Promise<Volume[]>;
  /** One volume as it is now. Source: `GET /volumes/{name}` and the same. Errors: `not-found`, `bad-input`. */
  inspect(name: string, options?: CallOptions): Promise<Volume>;
  /**
   * Names of those that nobody named and that the engine itself removes with a running container as soon as it has
   * ended: it was made to go then. Source: `GET /containers/{id}/json`. Errors: `not-found`.
   */
  goingWith(container: string, options?: CallOptions): Promise<string[]>;
  /** Removes it with all that is in it, unless a container has it. Source: `DELETE /volumes/{name}`. Errors: `not-found`, `in-use`, `bad-input`. */
  remove(name: string, options?: CallOptions): Promise<void>;
}

/** How a volume is known where ids of other things stand as well: no id has a blank. */
export function volumeId(name: string): string {
  return `volume ${name}`;
}

const ANONYMOUS_NAME = /^[0-9a-f]{64}$/;

/** `app-data`, and of one that nobody named the first digits. */
export function volumeName(name: string): string {
  return ANONYMOUS_NAME.test(name) ? name.slice(0, 12) : name;
}

export function isAnonymousName(name: string): boolean {
  return ANONYMOUS_NAME.test(name);
}

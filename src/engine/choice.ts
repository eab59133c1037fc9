/** What was chosen to work with: an engine that listens somewhere, or the embedded one on a folder. */
import { type Endpoint, showAddress } from './docker/endpoint.ts';

export type { Endpoint };

export interface Attempt {
  readonly address: string;
  /** One phrase: `permission denied`. */
  readonly why: string;
}

interface Chosen {
  /** One phrase: `DOCKER_HOST is set`. */
  readonly chosenBy: string;
  /** What was looked at before and failed. */
  readonly tried: readonly Attempt[];
}

export interface EndpointChoice extends Chosen {
  readonly endpoint: Endpoint;
}

/** The embedded engine. */
export interface StoreChoice extends Chosen {
  /** Full path of the OCI layout that holds its images; made when something is first stored in it. */
  readonly store: string;
  /** An engine that seems to be installed and does not answer, in whose stead this was chosen: `Docker`. */
  readonly insteadOf?: string;
}

export type Choice = EndpointChoice | StoreChoice;

/** An engine that could be chosen instead. */
export interface Candidate {
  readonly choice: Choice;
  /** For people: `rootless Docker`, `context build-box`, `embedded`. */
  readonly label: string;
  /** Why it cannot be used now; `''` when it takes connections, undefined where that was not tried. */
  readonly problem: string | undefined;
  /** What else is worth knowing, one phrase: `always works, no daemon`. */
  readonly note?: string;
}

/** `unix:///var/run/docker.sock`, `ssh://…`, or a store's folder; without secrets. */
export function addressOf(choice: Choice): string {
  return 'store' in choice ? choice.store : showAddress(choice.endpoint.address);
}

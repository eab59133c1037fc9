/** Failures of a registry: EngineErrors that keep what was asked and what was answered. */
import { EngineError } from '../errors.ts';
import type { Secrets } from './redaction.ts';

/** What a request was about, for messages. */
export interface Purpose {
  /** As after "cannot": `pull acme/app:1`. */
  readonly doing: string;
  /** What may be missing, as the person named it: `acme/app:1`. */
  readonly subject: string;
}

export interface RegistryFacts {
  /** `GET`. */
  readonly method: string;
  /** Without credentials and signatures. */
  readonly url: string;
  /** 0 where there was no answer. */
  readonly status: number;
  /** What the registry calls it: `MANIFEST_UNKNOWN`. Source: distribution spec, "Error Codes". */
  readonly codes: readonly string[];
  /** Milliseconds that the registry wants to be left alone for. */
  readonly retryAfter?: number | undefined;
  /** Whether there was a connection at all. */
  readonly reached: boolean;
}

/** An EngineError that keeps what was asked and what the registry answered. */
export class RegistryError extends EngineError implements RegistryFacts {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly codes: readonly string[];
  readonly retryAfter: number | undefined;
  readonly reached: boolean;

  constructor(facts: ConstructorParameters<typeof EngineError>[0], registry: RegistryFacts) {
    super(facts);
    this.method = registry.method;
    this.url = registry.url;
    this.status = registry.status;
    this.codes = registry.codes;
    this.retryAfter = registry.retryAfter;
    this.reached = registry.reached;
  }
}

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly purpose: Purpose;
  /** The registry's domain. */
  readonly domain: string;
  /** Where the credentials came from; undefined for none. */
  readonly credentialsFrom?: string | undefined;
  /** Why credentials could not be looked up. */
  readonly credentialsProblem?: EngineError | undefined;
  readonly secrets: Secrets;
}

/** What reads a builder's answer, whichever builder it is. */
import type { BuildEvent, BuildStep } from '../../build.ts';

export interface BuildReader {
  /** Image id as the builder told it; `''` until then. */
  readonly id: string;
  /** What the builder gave as the reason of its failure, its exit code where it told one; undefined while it did not fail. */
  readonly failure: BuildFailure | undefined;
  /** The events of one line of its answer. */
  read(row: unknown): readonly BuildEvent[];
  /** The same of a line as it came, where it can be read without parsing it; else undefined. */
  readRaw?(line: Buffer): readonly BuildEvent[] | undefined;
  /** The answer is over, well or not. */
  finish(): readonly BuildEvent[];
}

export interface BuildFailure {
  /** In the builder's words. */
  readonly said: string;
  /** Undefined where no step was at work. */
  readonly step: BuildStep | undefined;
  /** What it printed last. */
  readonly tail: readonly string[];
  /** Where the builder tells it apart from its words. */
  readonly exitCode?: number | undefined;
}

/** A line of an answer, as every builder may send it. Source: Docker's `jsonmessage.JSONMessage`. */
export interface BuildRow {
  readonly stream?: unknown;
  readonly status?: unknown;
  readonly id?: unknown;
  readonly aux?: unknown;
  readonly progressDetail?: unknown;
  readonly errorDetail?: { readonly message?: unknown; readonly code?: unknown } | null;
  readonly error?: unknown;
}

export function asRow(value: unknown): BuildRow {
  return value !== null && typeof value === 'object' ? value : {};
}

/** The words of an error line; undefined for every other. */
export function errorOf({ errorDetail, error }: BuildRow): string | undefined {
  const said = [errorDetail?.message, error].find((text) => typeof text === 'string' && text.trim() !== '');
  return typeof said === 'string' ? said.trim() : undefined;
}

/** `{"aux":{"ID":"sha256:…"}}`. */
export function idOf({ aux }: BuildRow): string {
  if (aux === null || typeof aux !== 'object') return '';
  const { ID: id } = aux as { readonly ID?: unknown };
  return typeof id === 'string' ? id : '';
}

/**
 * Changes of an engine as the journal keeps them: what a call was about to do, with all that is needed to take it
 * back, and what became of it. Calls that a person asked for as one thing are one act.
 */
import { randomBytes } from 'node:crypto';
import type { EngineInfo, RemovalEntry } from '../engine.ts';
import type { Image, ImageDetail } from '../image.ts';
import { digestOf } from '../oci/digest.ts';
import { redact } from '../redact.ts';

/** `remove` takes a name or an image; whether only a name went stands in its end. */
export type ChangeAction =
  | 'tag'
  | 'remove'
  | 'prune'
  | 'prune-build-cache'
  | 'remove-container'
  | 'remove-volume'
  | 'pull'
  | 'load'
  | 'import'
  | 'commit'
  | 'build';

export type ChangedEngine = Pick<EngineInfo, 'kind' | 'address'>;

/** What an image runs, without values that may be secrets. */
export interface ChangedConfig {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** Names only. */
  readonly env: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly exposedPorts: readonly string[];
}

/** An image as it was before a change. */
export interface ChangedImage {
  readonly id: string;
  readonly references: readonly string[];
  readonly digests: readonly string[];
  readonly parentId: string;
  /** Unix seconds; 0 where unknown. */
  readonly created: number;
  /** Bytes, as the engine counts an image's size. */
  readonly size: number;
  /** `''` where it was not asked for. */
  readonly platform: string;
  /** The chain ID of its top layer: the same files have the same one on every engine; `''` where unknown. */
  readonly chainId: string;
  readonly config?: ChangedConfig;
}

/** Whose a name was that the call may give to another image; `''`: nobody's. */
export interface NameHolder {
  readonly name: string;
  readonly image: string;
}

export interface ChangedContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
}

/** A volume as it was before it was removed. Nothing keeps what was in it. */
export interface ChangedVolume {
  readonly name: string;
  readonly driver: string;
  readonly anonymous: boolean;
  /** Unix seconds; 0 where unknown. */
  readonly created: number;
  /** What was in it when it was last measured; undefined where the engine did not tell. */
  readonly bytes?: number;
}

/** What a person asked for as one thing; all its calls have the same id. */
export interface Act {
  /** Ten hex digits. */
  readonly id: string;
  /** The act that this one takes back. */
  readonly undoes?: string;
}

/** A call that is about to be made. */
export interface Change {
  readonly id: string;
  readonly act: Act;
  /** Unix milliseconds. */
  readonly time: number;
  readonly engine: ChangedEngine;
  readonly action: ChangeAction;
  /** What was asked for: the name or id given; `''` where there is none. */
  readonly subject: string;
  /** Every image that the call may untag, delete, or take a name from. Of `tag`, the one that gets the name comes first. */
  readonly images: readonly ChangedImage[];
  readonly names: readonly NameHolder[];
  readonly container?: ChangedContainer;
  readonly volume?: ChangedVolume;
}

/** `unknown`: the connection broke before the engine had answered. */
export type ChangeOutcome = 'done' | 'failed' | 'unknown';

export interface ChangeEnd {
  readonly time: number;
  readonly outcome: ChangeOutcome;
  /** The engine's answer; for `failed`, what is gone in spite of that. */
  readonly entries: readonly RemovalEntry[];
  /** Names that were given, and the image that has each of them now. */
  readonly given: readonly NameHolder[];
  /** Bytes that the engine says it freed; undefined where it does not tell. */
  readonly freed?: number;
  /** Build cache records that went. */
  readonly records?: number;
  /** Why it failed or is not known. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** `running`: its process still works on it. `cut-off`: its process ended before the engine had answered. */
export type ChangeState = ChangeOutcome | 'running' | 'cut-off';

export interface RecordedChange {
  readonly change: Change;
  readonly state: ChangeState;
  /** Undefined while `running` and for `cut-off`. */
  readonly end: ChangeEnd | undefined;
}

/** That an act was taken back. */
export interface Undone {
  /** The act that took it back. */
  readonly by: string;
  readonly time: number;
  /** What did not come back, one phrase each. */
  readonly lacks: readonly string[];
}

export interface RecordedAct {
  readonly id: string;
  /** Of its first call, in Unix milliseconds. */
  readonly time: number;
  readonly engine: ChangedEngine;
  /** In the order in which they were made. */
  readonly changes: readonly RecordedChange[];
  readonly undoes: string | undefined;
  readonly undone: Undone | undefined;
}

export function newId(): string {
  return randomBytes(5).toString('hex');
}

export function newAct(undoes?: string): Act {
  return { id: newId(), ...(undoes === undefined ? {} : { undoes }) };
}

export function sameEngine(one: ChangedEngine, other: ChangedEngine): boolean {
  return one.kind === other.kind && one.address === other.address;
}

/** From an image's details; what they do not tell is taken from the list where that is known. */
export function imageFromDetail(detail: ImageDetail, listed?: Pick<Image, 'created' | 'size'>): ChangedImage {
  const { id, references, digests, parentId, size, platform, diffIds, config } = detail;
  const moment = Math.floor(Date.parse(detail.created) / 1000);
  return {
    id,
    references,
    digests,
    parentId,
    created: listed?.created ?? (Number.isFinite(moment) ? Math.max(0, moment) : 0),
    size: listed?.size ?? size,
    platform,
    chainId: topChainId(diffIds),
    config: {
      entrypoint: harmless(config.entrypoint),
      cmd: harmless(config.cmd),
      env: config.env.map((each) => each.split('=', 1)[0]!),
      workingDir: config.workingDir,
      user: config.user,
      exposedPorts: config.exposedPorts,
    },
  };
}

export function imageFromList({ id, references, digests, parentId, created, size }: Image): ChangedImage {
  return { id, references, digests, parentId, created, size, platform: '', chainId: '' };
}

/** Source: OCI image configuration, "Layer ChainID". */
function topChainId(diffIds: readonly string[]): string {
  return diffIds.reduce((below, id) => (below === '' ? id : digestOf(`${below} ${id}`)), '');
}

/** A command can be long, and hold a secret, also in a word of its own: `--token`, `abc`. */
function harmless(words: readonly string[]): string[] {
  return words.map((word, at) => {
    if (SECRET_OPTION.test(words[at - 1] ?? '')) return '***';
    const text = redact(word);
    return text.length > LONGEST_WORD ? `${text.slice(0, LONGEST_WORD)}…` : text;
  });
}

const SECRET_OPTION = /^--?[\w-]*(?:password|passwd|secret|token|auth|key)$/i;
const LONGEST_WORD = 200;

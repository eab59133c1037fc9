/** The journal of changes: what was done to engines, kept on disk so that it can be taken back. */

import { errnoOf } from '../embedded/fault.ts';
import { isAlive, newOwner, type Owner, readOwner, writeOwner } from '../embedded/owner.ts';
import { EngineError, type ErrorCode } from '../errors.ts';
import {
  type Change,
  type ChangedEngine,
  type ChangeEnd,
  type ChangeState,
  type RecordedAct,
  type RecordedChange,
  sameEngine,
  type Undone,
} from './change.ts';
import { ChangeFile, type ChangeFileOptions } from './change-file.ts';
import { fromLine, type JournalRecord, toLine } from './change-record.ts';

export interface ListActsOptions {
  /** Only what was done to this one. */
  readonly engine?: ChangedEngine;
  /** At most so many acts. */
  readonly limit?: number;
}

export interface ChangeJournal {
  readonly folder: string;
  /**
   * Writes down what is about to be done; it is on the disk when this resolves.
   * Errors: `no-space`, `permission`, `read-only`, `engine`: then the call must not be made.
   */
  begin(change: Change): Promise<void>;
  /** What became of it. Never rejects: what is done is done, and a change without an end is told as such. */
  end(change: string, end: ChangeEnd): Promise<void>;
  /** Marks an act as taken back. Never rejects. */
  undone(act: string, undone: Undone): Promise<void>;
  /** Newest first; damaged lines are passed over. Errors: `permission`, `engine` for files that cannot be read. */
  list(options?: ListActsOptions): Promise<RecordedAct[]>;
}

/** Nothing is read or made before it is needed. `folder` is a place for files of nobody else's. */
export function openChangeJournal(options: ChangeFileOptions): ChangeJournal {
  return new FileJournal(new ChangeFile(options));
}

class FileJournal implements ChangeJournal {
  readonly #file: ChangeFile;
  #self: Owner | undefined;
  /** Changes of this journal that have not ended yet. */
  readonly #open = new Set<string>();

  constructor(file: ChangeFile) {
    this.#file = file;
  }

  get folder(): string {
    return this.#file.folder;
  }

  async begin(change: Change): Promise<void> {
    const owner = writeOwner(this.#owner);
    try {
      await this.#file.add(toLine({ kind: 'begin', change, owner }), { sync: true });
    } catch (thrown) {
      throw notWritten(this.folder, thrown);
    }
    this.#open.add(change.id);
  }

  /** Looked up with the first change: most runs make none. */
  get #owner(): Owner {
    this.#self ??= newOwner();
    return this.#self;
  }

  async end(change: string, end: ChangeEnd): Promise<void> {
    this.#open.delete(change);
    await this.#note({ kind: 'end', change, end });
  }

  async undone(act: string, undone: Undone): Promise<void> {
    await this.#note({ kind: 'undone', act, undone });
  }

  async list({ engine, limit }: ListActsOptions = {}): Promise<RecordedAct[]> {
    const ends = new Map<string, ChangeEnd>();
    const undone = new Map<string, Undone>();
    const acts = new Map<string, RecordedChange[]>();
    const seen = new Set<string>();
    try {
      for await (const line of this.#file.newest()) {
        const record = fromLine(line);
        if (record?.kind === 'end') ends.set(record.change, record.end);
        // The newest word on an act counts, unless what took it back was taken back itself.
        if (record?.kind === 'undone' && !undone.has(record.act) && !undone.has(record.undone.by))
          undone.set(record.act, record.undone);
        if (record?.kind !== 'begin') continue;
        const { change, owner } = record;
        // A file that was put aside while this reads comes a second time.
        if (seen.has(change.id)) continue;
        seen.add(change.id);
        if (engine !== undefined && !sameEngine(engine, change.engine)) continue;
        const end = ends.get(change.id);
        const recorded = { change, end, state: end?.outcome ?? this.#stateOf(change, owner) };
        const known = acts.get(change.act.id);
        if (known === undefined) acts.set(change.act.id, [recorded]);
        else known.push(recorded);
      }
    } catch (thrown) {
      throw notRead(this.folder, thrown);
    }
    const listed = [...acts.values()].map((changes) => actOf(changes.reverse(), undone));
    return listed.sort((a, b) => b.time - a.time).slice(0, limit);
  }

  #stateOf({ id, time }: Change, text: string): ChangeState {
    const owner = readOwner(text);
    if (owner === undefined) return 'cut-off';
    if (owner.token === this.#owner.token) return this.#open.has(id) ? 'running' : 'cut-off';
    return isAlive(owner, time) ? 'running' : 'cut-off';
  }

  async #note(record: JournalRecord): Promise<void> {
    await this.#file.add(toLine(record), { sync: false }).catch(() => {});
  }
}

function actOf(changes: readonly RecordedChange[], undone: ReadonlyMap<string, Undone>): RecordedAct {
  const { act, time, engine } = changes[0]!.change;
  return { id: act.id, time, engine, changes, undoes: act.undoes, undone: undone.get(act.id) };
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EROFS: 'read-only',
  EACCES: 'permission',
  EPERM: 'permission',
};

/** A call was not made because it could not be written down: the next one could not, either. */
export class UnjournaledError extends EngineError {}

function notWritten(folder: string, cause: unknown): UnjournaledError {
  const code = CODES[errnoOf(cause)] ?? 'engine';
  return new UnjournaledError({
    code,
    message: `nothing was changed, because the journal of changes in ${folder} cannot be written: ${reasonOf(cause)}`,
    hint: `${code === 'no-space' ? 'Free some space there' : 'Let your user write that folder'}, or go without a journal and without undo: [journal] keep = false in the settings.`,
    cause,
  });
}

function notRead(folder: string, cause: unknown): EngineError {
  return new EngineError({
    code: CODES[errnoOf(cause)] ?? 'engine',
    message: `the journal of changes in ${folder} cannot be read: ${reasonOf(cause)}`,
    hint: 'Let your user read that folder.',
    cause,
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOTDIR: 'something on the way there is not a folder',
};

function reasonOf(cause: unknown): string {
  return REASONS[errnoOf(cause)] ?? (cause instanceof Error ? cause.message : String(cause));
}

/** Writes a call into the journal before it is made, and what became of it afterwards. */
import type { Engine, RemovalEntry } from '../engine.ts';
import { asEngineError, cancelled, type EngineError } from '../errors.ts';
import { redact } from '../redact.ts';
import { line } from '../text.ts';
import { type Act, type Change, type ChangeEnd, newAct, newId } from './change.ts';
import type { ChangeJournal } from './change-journal.ts';

export type Planned = Pick<Change, 'action' | 'subject' | 'images'> &
  Partial<Pick<Change, 'names' | 'container' | 'volume'>>;
export type Answer = Partial<Pick<ChangeEnd, 'entries' | 'given' | 'freed' | 'records'>>;

export class Recorder {
  readonly #engine: Engine;
  readonly #journal: ChangeJournal;
  /** Undefined: every call is an act of its own. */
  readonly act: Act | undefined;

  constructor(engine: Engine, journal: ChangeJournal, act: Act | undefined) {
    this.#engine = engine;
    this.#journal = journal;
    this.act = act;
  }

  /**
   * Makes a call with its record around it. `wentAnyway` tells what is gone although the call failed.
   * Rejects as the call does, and as `ChangeJournal.begin` does before it.
   */
  async around<Result>(
    planned: Planned,
    call: () => Promise<Result>,
    options: {
      readonly signal?: AbortSignal | undefined;
      readonly answer: (result: Result) => Answer;
      readonly wentAnyway?: () => Promise<readonly RemovalEntry[]>;
    },
  ): Promise<Result> {
    if (options.signal?.aborted) throw cancelled();
    const change = this.change(planned);
    await this.#journal.begin(change);
    try {
      const result = await call();
      await this.end(change, options.answer(result));
      return result;
    } catch (thrown) {
      const error = asEngineError(thrown);
      const entries = isOpen(error) ? [] : await options.wentAnyway?.().catch(() => []);
      await this.end(change, { entries: entries ?? [] }, error);
      throw thrown;
    }
  }

  /** Whether it was written down: moving a name destroys nothing, so it goes on without a record, too. */
  async tryBegin(change: Change): Promise<boolean> {
    return await this.#journal.begin(change).then(
      () => true,
      () => false,
    );
  }

  change(planned: Planned): Change {
    const { kind, address } = this.#engine.info;
    return {
      id: newId(),
      act: this.act ?? newAct(),
      time: Date.now(),
      engine: { kind, address },
      names: [],
      ...planned,
      // A name such as `auth:1` is no secret.
      subject: line(planned.subject),
    };
  }

  async end(change: Change, answer: Answer, error?: EngineError): Promise<void> {
    const outcome = error === undefined ? 'done' : isOpen(error) ? 'unknown' : 'failed';
    await this.#journal.end(change.id, {
      time: Date.now(),
      outcome,
      entries: [],
      given: [],
      ...answer,
      ...(error === undefined ? {} : { error: { code: error.code, message: redact(error.message) } }),
    });
  }
}

/** Whether the engine may have gone on with it. */
function isOpen({ code }: EngineError): boolean {
  return code === 'unreachable' || code === 'cancelled';
}

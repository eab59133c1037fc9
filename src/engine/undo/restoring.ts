/** Takes an act back, step by step. What is done here is an act itself, so that it can be taken back, too. */
import type { CallOptions, Engine } from '../engine.ts';
import { asEngineError, cancelled, EngineError } from '../errors.ts';
import { shortId } from '../reference.ts';
import { isSingleReference } from '../removal-names.ts';
import type { Transfer } from '../transfer.ts';
import { type ChangedImage, newAct, type RecordedAct, sameEngine } from './change.ts';
import { type ChangeJournal, UnjournaledError } from './change-journal.ts';
import type { MovedName } from './effects.ts';
import { inOneAct } from './journaling.ts';
import { stepText, type Way, type WayStep } from './way-back.ts';

/** As much of the trash as brings an image back. */
export interface TrashRestorer {
  restore(
    engine: Engine,
    id: string,
    options?: CallOptions,
  ): Transfer<{
    readonly id: string;
    readonly references: readonly string[];
    readonly lostDigests: readonly string[];
  }>;
}

export interface RestoreOptions extends CallOptions {
  readonly engine: Engine;
  readonly journal: ChangeJournal;
  readonly act: RecordedAct;
  /** As it was shown. Each step looks at its names again before it touches them. */
  readonly way: Way;
  readonly trash?: TrashRestorer | undefined;
}

export interface Restored {
  /** The act that took it back. */
  readonly act: string;
  /** One phrase for each thing that is back: `app:1 is 3f2a0b1c2d3e again`. */
  readonly done: readonly string[];
  /** What is not, one phrase each. */
  readonly lacks: readonly string[];
}

/**
 * Goes on where a single step fails. Errors: `bad-input` for what was done to another engine; that of the first step
 * where none worked; `cancelled`, `unreachable` and UnjournaledError at once, and then the act counts as not taken
 * back: what is left can be, once more.
 */
export async function* restore(options: RestoreOptions): Transfer<Restored> {
  const { journal, act, way, signal } = options;
  // The same ids and names can be there as well, and mean something else to whoever uses them.
  if (!sameEngine(options.engine.info, act.engine)) throw otherEngine(act);
  const undo = newAct(act.id);
  const restorer = new Restorer(inOneAct(options.engine, undo), options);
  restorer.lacks.push(...way.lacks);
  let first: EngineError | undefined;
  for (const step of way.steps) {
    if (signal?.aborted) throw cancelled();
    try {
      yield* restorer.take(step);
    } catch (thrown) {
      const error = asEngineError(thrown);
      const isOver = error.code === 'cancelled' || signal?.aborted || error instanceof UnjournaledError;
      // A registry that cannot be reached is a matter of that step alone.
      if (isOver || (error.code === 'unreachable' && step.kind !== 'pull')) throw error;
      first ??= error;
      restorer.lacks.push(`${stepText(step)}: ${error.message}`);
    }
  }
  const { done, lacks } = restorer;
  if (done.length === 0 && first !== undefined) throw first;
  if (done.length > 0) await journal.undone(act.id, { by: undo.id, time: Date.now(), lacks });
  return { act: undo.id, done, lacks };
}

class Restorer {
  readonly done: string[] = [];
  readonly lacks: string[] = [];
  readonly #engine: Engine;
  readonly #trash: TrashRestorer | undefined;
  readonly #call: CallOptions;

  constructor(engine: Engine, { trash, signal }: RestoreOptions) {
    this.#engine = engine;
    this.#trash = trash;
    this.#call = signal === undefined ? {} : { signal };
  }

  async *take(step: WayStep): Transfer<void> {
    switch (step.kind) {
      case 'retag':
        return await this.#give(step.image, { name: step.name, before: step.image, after: step.from });
      case 'untag':
        return await this.#untag(step);
      case 'trash':
        return yield* this.#fromTrash(step);
      case 'pull':
        return yield* this.#pull(step);
    }
  }

  /** Only a name that is free, or that the act itself gave to another. */
  async #give(image: string, { name, after }: MovedName): Promise<void> {
    const holder = await this.#holder(name);
    if (holder !== '' && holder !== after && holder !== image) {
      this.lacks.push(`${name} is the name of ${shortId(holder)} now`);
      return;
    }
    if (holder !== image) await this.#engine.tag(image, name, this.#call);
    this.done.push(`${name} is ${shortId(image)} again`);
  }

  /** Never the last name: the image would go with it. */
  async #untag({ image, name }: Extract<WayStep, { kind: 'untag' }>): Promise<void> {
    const detail = await this.#look(name);
    if (detail !== undefined && detail.id !== image) {
      this.lacks.push(`${name} is the name of ${shortId(detail.id)} now`);
      return;
    }
    if (detail !== undefined && isSingleReference(detail.references)) {
      this.lacks.push(`${name} is the only name of ${shortId(image)} now: without it, it would be deleted`);
      return;
    }
    if (detail !== undefined) await this.#engine.remove(name, { noPrune: true, ...this.#call });
    this.done.push(`${name} is gone again`);
  }

  async *#fromTrash({ image, names }: Extract<WayStep, { kind: 'trash' }>): Transfer<void> {
    if (this.#trash === undefined) throw noTrash(image.id);
    const { id, references, lostDigests } = yield* this.#trash.restore(this.#engine, image.id, this.#call);
    this.done.push(`${shortId(id)} is back from the trash`);
    if (id !== image.id) this.lacks.push(`it is ${shortId(id)} now and was ${shortId(image.id)}`);
    for (const name of references) this.done.push(`${name} is ${shortId(id)} again`);
    for (const digest of lostDigests) {
      const phrase = `${digest}: a pull of it gives this digest back`;
      if (!this.lacks.includes(phrase)) this.lacks.push(phrase);
    }
    for (const moved of names) if (!references.includes(moved.name)) await this.#give(id, moved);
  }

  async *#pull({ image, sources, names }: Extract<WayStep, { kind: 'pull' }>): Transfer<void> {
    let failure: EngineError | undefined;
    let source: string | undefined;
    for (const wanted of sources) {
      const failed = yield* this.#tryPull(wanted, image);
      if (failed === undefined) {
        source = wanted;
        break;
      }
      failure ??= failed;
    }
    if (source === undefined) throw failure ?? otherImage('', '', image.id);
    this.done.push(`${shortId(image.id)} is pulled again from ${source}`);
    for (const moved of names) await this.#give(image.id, moved);
    const now = await this.#engine.inspect(image.id, this.#call);
    const missing = sources.filter((each) => ![...now.digests, ...now.references].includes(each));
    for (const wanted of missing) {
      const failed = yield* this.#tryPull(wanted, image);
      if (failed !== undefined) this.lacks.push(`${wanted}: ${failed.message}`);
    }
  }

  /** Why the image is not there by it. Only throws where nothing else is worth trying. */
  async *#tryPull(source: string, { id, platform }: ChangedImage): Transfer<EngineError | undefined> {
    try {
      const result = yield* this.#engine.pull(source, {
        ...(platform === '' ? {} : { platform }),
        ...this.#call,
      });
      return result.id === id ? undefined : otherImage(source, result.id, id);
    } catch (thrown) {
      const error = asEngineError(thrown);
      if (error.code === 'cancelled' || this.#call.signal?.aborted) throw error;
      return error;
    }
  }

  async #holder(name: string): Promise<string> {
    return (await this.#look(name))?.id ?? '';
  }

  /** The image that has this name. Podman also finds images whose names only end with it. */
  async #look(name: string) {
    try {
      const detail = await this.#engine.inspect(name, this.#call);
      return detail.references.includes(name) ? detail : undefined;
    } catch (thrown) {
      if (asEngineError(thrown).code === 'not-found') return undefined;
      throw thrown;
    }
  }
}

function otherImage(source: string, id: string, wanted: string): EngineError {
  return new EngineError({
    code: 'engine',
    message: `${source} is the image ${shortId(id)} here, not ${shortId(wanted)}: it was given no names`,
    hint: 'Look at what was pulled, and name it yourself if it is what you want.',
  });
}

function otherEngine({ engine }: RecordedAct): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `nothing was taken back: that was done on ${engine.address}`,
    hint: 'Connect to that engine, and take it back there.',
  });
}

function noTrash(id: string): EngineError {
  return new EngineError({
    code: 'not-found',
    message: `the trash cannot be opened, so ${shortId(id)} stays away`,
    hint: 'Try again with the settings that the image was deleted with.',
  });
}

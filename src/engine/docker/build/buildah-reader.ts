/** The text of Podman's builder (buildah). */
import type { BuildEvent } from '../../build.ts';
import { line } from '../../text.ts';
import { asRow, type BuildFailure, type BuildReader, errorOf, idOf } from './build-reader.ts';
import { TextStages } from './text-stages.ts';
import { TextSteps } from './text-steps.ts';

const HEADER = /^(?:\[(\d+)\/(\d+)\] )?STEP (\d+)(?:\/(\d+))?: (.+)$/s;
const COMMIT = /^(?:\[\d+\/\d+\] )?(COMMIT(?: .+)?)\n?$/;
const CACHED = /^--> Using cache [0-9a-f]{64}\n?$/;
const MADE = /^--> [0-9a-f]{11,64}\n?$/;
const ID = /^[0-9a-f]{64}\n?$/;
const WARNED = /^\[Warning\] (.+?)\n?$/s;
const SUCCESS = /^Successfully (?:built|tagged) .+\n?$/;
const COPYING = /^Copying (blob|config) (sha256:[0-9a-f]{64})/;

export class BuildahReader implements BuildReader {
  id = '';
  failure: BuildFailure | undefined;
  readonly #steps = new TextSteps();
  readonly #stages = new TextStages();
  #stage = 0;
  #position = 0;
  #of = 0;
  /** Without layers, steps end untold. */
  #tellsEnds = false;

  read(value: unknown): BuildEvent[] {
    const row = asRow(value);
    const said = errorOf(row);
    if (said !== undefined) this.#fail(said);
    else if (typeof row.stream === 'string') this.#readText(row.stream);
    else this.id = idOf(row) || this.id;
    return this.#steps.take();
  }

  finish(): BuildEvent[] {
    if (this.id !== '' && this.failure === undefined) this.#steps.end();
    else this.#steps.cancel();
    return this.#steps.take();
  }

  #fail(said: string): void {
    const { current, tail, isRunning } = this.#steps;
    this.failure = { said, step: isRunning ? current : undefined, tail };
    if (isRunning) this.#steps.fail(line(said));
  }

  #readText(text: string): void {
    if (this.#readControl(text)) return;
    const from = this.#steps.current;
    if (from !== undefined && /^(?:FROM|COPY)\s/i.test(from.name) && this.#readPull(text)) return;
    this.#steps.resume();
    this.#steps.print('out', text);
  }

  /** What the builder itself says comes in chunks of its own. */
  #readControl(text: string): boolean {
    const header = HEADER.exec(text);
    if (header !== null) {
      const [, stage = '1', , position, of, name = ''] = header;
      return this.#begin(Number(stage), Number(position), of === undefined ? undefined : Number(of), name);
    }
    const commit = COMMIT.exec(text)?.[1];
    if (commit !== undefined && this.#position === this.#of) this.#beginCommit(line(commit).trim());
    else if (CACHED.test(text)) this.#steps.cached();
    else if (MADE.test(text) && this.#position > 0) this.#endStep();
    else if (SUCCESS.test(text) && !this.#steps.isRunning) {
      this.#steps.tell({ type: 'line', topic: 'engine', text: line(text).trim() });
    } else if (!ID.test(text) || this.#steps.isRunning) {
      const warned = WARNED.exec(text)?.[1];
      if (warned === undefined || this.#steps.isRunning) return false;
      this.#steps.warn(warned);
    }
    return true;
  }

  #endStep(): void {
    this.#tellsEnds = true;
    this.#steps.end();
  }

  /** False where it is not the next step's turn: a program that imitates the builder deceives only in its own step. */
  #begin(stage: number, position: number, of: number | undefined, name: string): boolean {
    const shown = line(name).trim();
    const isFrom = /^FROM\s/i.test(shown);
    const isNext = stage === this.#stage ? position === this.#position + 1 : stage > this.#stage && isFrom;
    const before = this.#steps.current;
    const mayFollow = !this.#steps.isRunning || !this.#tellsEnds || /^FROM\s/i.test(before?.name ?? '');
    if (!isNext || !mayFollow) return false;
    this.#stage = stage;
    this.#position = position;
    this.#of = of ?? 0;
    const from = isFrom ? this.#stages.begin(shown, stage - 1) : [];
    const id = `${stage}/${position}`;
    const inputs = [...from, ...this.#stages.step(id, shown)];
    this.#steps.begin({ id, name: shown, stage: this.#stages.name, position, of, internal: false, inputs });
    return true;
  }

  #beginCommit(name: string): void {
    const id = `${this.#stage}/commit`;
    const inputs = this.#stages.step(id, name);
    const place = { stage: '', position: undefined, of: undefined };
    this.#steps.begin({ id, name, ...place, internal: true, inputs });
  }

  /** The base image is pulled: it tells what it copies, and nothing of how far it is. */
  #readPull(text: string): boolean {
    const copied = COPYING.exec(text);
    if (copied === null) return false;
    const [, what = '', digest = ''] = copied;
    const name = `copying ${what} ${digest.slice(0, 'sha256:'.length + 12)}`;
    this.#steps.inside({
      id: digest,
      name,
      done: 0,
      total: undefined,
      ended: / (?:done|skipped)/.test(text),
    });
    return true;
  }
}

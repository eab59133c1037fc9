/** The steps of a builder that tells them as text, one after another: what it says next belongs to the step that runs. */
import type { BuildEvent, BuildLog, BuildPart, BuildStep } from '../../build.ts';
import { line } from '../../text.ts';
import { LogTail } from './log-tail.ts';
import { PrintedLines } from './printed-lines.ts';

export type BegunStep = Pick<BuildStep, 'id' | 'name' | 'stage' | 'position' | 'of' | 'internal' | 'inputs'>;

export class TextSteps {
  #events: BuildEvent[] = [];
  #step: BuildStep | undefined;
  #isCached = false;
  #tail = new LogTail();
  readonly #parts = new Map<string, BuildPart>();
  readonly #streams = {
    out: new PrintedLines((text) => this.#tellLine('out', text)),
    err: new PrintedLines((text) => this.#tellLine('err', text)),
  };

  /** What was told since it was last taken. */
  take(): BuildEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** The step that runs, or ran last. */
  get current(): BuildStep | undefined {
    return this.#step;
  }

  /** What the current step printed last. */
  get tail(): readonly string[] {
    return this.#tail.lines;
  }

  get isRunning(): boolean {
    return this.#step?.state === 'running';
  }

  begin(step: BegunStep): void {
    this.end();
    this.#isCached = false;
    this.#tail = new LogTail();
    this.#parts.clear();
    this.#change({
      ...step,
      type: 'step',
      state: 'running',
      startedAt: Date.now(),
      endedAt: undefined,
      error: '',
    });
  }

  cached(): void {
    this.#isCached = true;
  }

  /** Goes on with a step that was thought to be over. */
  resume(): void {
    if (this.#step === undefined || this.isRunning) return;
    this.#isCached = false;
    this.#change({ ...this.#step, state: 'running', endedAt: undefined });
  }

  end(): void {
    this.endLines();
    if (this.#step === undefined || !this.isRunning) return;
    this.#endParts('whole');
    this.#change({ ...this.#step, state: this.#isCached ? 'cached' : 'done', endedAt: Date.now() });
  }

  fail(error: string): void {
    this.endLines();
    if (this.#step === undefined) return;
    this.#endParts('broken');
    this.#change({ ...this.#step, state: 'failed', endedAt: Date.now(), error });
  }

  /** The builder went away in the middle. */
  cancel(): void {
    this.endLines();
    if (this.#step === undefined || !this.isRunning) return;
    this.#endParts('broken');
    this.#change({ ...this.#step, state: 'cancelled', endedAt: Date.now() });
  }

  print(stream: BuildLog['stream'], text: string): void {
    this.#streams[stream].write(text);
  }

  endLines(): void {
    this.#streams.out.end();
    this.#streams.err.end();
  }

  /** `part` of the current step. */
  inside(part: Omit<BuildPart, 'type' | 'step'>): void {
    if (this.#step === undefined) return;
    const told: BuildPart = { type: 'inside', step: this.#step.id, ...part };
    this.#parts.set(part.id, told);
    this.#events.push(told);
  }

  tell(event: BuildEvent): void {
    this.#events.push(event);
  }

  /** What a text builder advises is one line. */
  warn(text: string): void {
    const warned = line(text).trim();
    this.tell({ type: 'warning', text: warned, detail: [], url: '', file: '', line: undefined });
  }

  #endParts(how: 'whole' | 'broken'): void {
    for (const part of this.#parts.values()) {
      const done = how === 'whole' ? (part.total ?? part.done) : part.done;
      if (!part.ended) this.#events.push({ ...part, done, ended: true });
    }
    this.#parts.clear();
  }

  #change(step: BuildStep): void {
    this.#step = step;
    this.#events.push(step);
  }

  #tellLine(stream: BuildLog['stream'], text: string): void {
    if (this.#step === undefined) {
      if (text !== '') this.#events.push({ type: 'line', topic: 'engine', text });
      return;
    }
    this.#events.push({ type: 'log', step: this.#step.id, stream, text });
    this.#tail.push(text);
  }
}

/** The events of several workers as one stream that nobody can flood. */
import type { TransferEvent, TransferLine, TransferPart } from '../transfer.ts';

export class TransferChannel {
  readonly #queue: TransferEvent[] = [];
  /** Parts that are told and not taken yet, by id: what is told of one meanwhile replaces it. */
  readonly #untaken = new Map<string, number>();
  #taken = 0;
  #wake = Promise.withResolvers<void>();
  #drained: PromiseWithResolvers<void> | undefined;
  #isOver = false;

  part(part: Omit<TransferPart, 'type'>): void {
    const event: TransferPart = { type: 'part', ...part };
    const at = this.#untaken.get(part.id);
    const waiting = at === undefined ? undefined : this.#queue[at - this.#taken];
    // A change of stage is never lost, only numbers within one are.
    if (at !== undefined && waiting?.type === 'part' && waiting.stage === part.stage) {
      this.#queue[at - this.#taken] = event;
      return;
    }
    this.#untaken.set(part.id, this.#taken + this.#queue.length);
    this.tell(event);
  }

  line(topic: string, text: string): void {
    const event: TransferLine = { type: 'line', topic, text };
    this.tell(event);
  }

  tell(event: TransferEvent): void {
    this.#queue.push(event);
    this.#wake.resolve();
  }

  /**
   * Undefined where everything told has been taken, or nobody takes any more; else resolves when that is so:
   * who waits for it keeps step.
   */
  untaken(): Promise<void> | undefined {
    if (this.#queue.length === 0 || this.#isOver) return undefined;
    this.#drained ??= Promise.withResolvers<void>();
    return this.#drained.promise;
  }

  /** Everything told until `work` is settled, then its result. */
  async *follow<Result>(work: Promise<Result>): AsyncGenerator<TransferEvent, Result, void> {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
      this.#wake.resolve();
    };
    work.then(settled, settled);
    try {
      for (;;) {
        for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
          this.#taken++;
          if (event.type === 'part' && (this.#untaken.get(event.id) ?? 0) < this.#taken) {
            this.#untaken.delete(event.id);
          }
          if (this.#queue.length === 0) this.#drain();
          yield event;
        }
        if (isSettled) return await work;
        await this.#wake.promise;
        this.#wake = Promise.withResolvers<void>();
      }
    } finally {
      // Whoever waits for it to be taken would wait for ever.
      this.#isOver = true;
      this.#drain();
    }
  }

  #drain(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
  }
}

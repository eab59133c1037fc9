/** One line a part, when it has ended: for logs and pipes. */
import type { TransferEvent } from '../../engine/transfer.ts';
import { Part } from './part.ts';
import { lastingLine, type ProgressView } from './view.ts';

export class PlainView implements ProgressView {
  readonly #parts = new Map<string, Part>();
  readonly #stream: NodeJS.WritableStream;
  readonly #onlyWarnings: boolean;

  constructor(stream: NodeJS.WritableStream, options: { readonly onlyWarnings: boolean }) {
    this.#stream = stream;
    this.#onlyWarnings = options.onlyWarnings;
  }

  show(event: TransferEvent): void {
    if (event.type !== 'part') {
      this.#write(lastingLine(event));
      return;
    }
    if (this.#onlyWarnings) return;
    const known = this.#parts.get(event.id);
    if (known?.ended) return;
    const part = known ?? new Part(event, performance.now());
    if (known === undefined) this.#parts.set(event.id, part);
    else part.take(event, performance.now());
    this.#write(part.ended ? part.ending() : part.trouble());
  }

  end(): void {}

  #write(text: string | undefined): void {
    if (text !== undefined) this.#stream.write(`${text}\n`);
  }
}

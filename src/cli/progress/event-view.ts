/** Every event as one line of JSON on stdout. */
import type { TransferEvent } from '../../engine/transfer.ts';
import type { Output } from '../output.ts';
import type { ProgressView } from './view.ts';

export class EventView implements ProgressView {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  show(event: TransferEvent): Promise<void> {
    return this.#output.jsonLine(event);
  }

  end(): void {}
}

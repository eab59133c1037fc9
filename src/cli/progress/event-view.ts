/** Every event as one line of JSON on stdout. */
import type { Output } from '../output.ts';
import type { ProgressView } from './view.ts';

export class EventView implements ProgressView<object> {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  show(event: object): Promise<void> {
    return this.#output.jsonLine(event);
  }

  end(): void {}
}

/** Many lines to stdout: written in large pieces, and no faster than they are read. */
import type { Output } from './output.ts';

/** Characters that are handed over at once. */
const PIECE = 64 * 1024;

export class LineWriter {
  readonly #output: Output;
  #lines: string[] = [];
  #length = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Wait for the promise, if there is one, before the next line. */
  add(line: string): Promise<void> | undefined {
    this.#lines.push(line, '\n');
    this.#length += line.length + 1;
    return this.#length < PIECE ? undefined : this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#lines.join('');
    this.#lines = [];
    this.#length = 0;
    await this.#output.write(text);
  }
}

/** Lines that scroll by, and below them lines that are redrawn in place. */
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import type { TerminalStream } from '../context.ts';

export class LiveLines {
  readonly #stream: TerminalStream;
  /** Cells of each line that stands in place now. */
  #drawn: readonly number[] = [];

  constructor(stream: TerminalStream) {
    this.#stream = stream;
  }

  /** Cells that a line may have: one less than the terminal's, so that it never wraps. */
  get columns(): number {
    return Math.max(2, this.#stream.columns || 80) - 1;
  }

  /** How many lines can be in place: what has scrolled off the screen cannot be taken back. */
  get room(): number {
    return Math.max(1, (this.#stream.rows || 24) - 2);
  }

  /** `lasting` scrolls by and stays; `live`, each within `columns`, takes the place of what stood there. */
  draw(lasting: readonly string[], live: readonly string[]): void {
    // In a terminal made narrower, the lines that stand there have wrapped.
    const wide = this.columns + 1;
    const back = this.#drawn.reduce((rows, cells) => rows + Math.max(1, Math.ceil(cells / wide)), 0);
    const text = [...lasting, ...live].map((line) => `${line}\n`).join('');
    if (back > 0 || text !== '') this.#stream.write(`${back > 0 ? `\u001b[${back}A\r\u001b[J` : ''}${text}`);
    this.#drawn = live.map((line) => stringWidth(stripVTControlCharacters(line)));
  }
}

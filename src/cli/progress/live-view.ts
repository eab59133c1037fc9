/** On a terminal: what has ended scrolls by, and what is under way is redrawn in place below it. */
import type { TransferEvent } from '../../engine/transfer.ts';
import type { TerminalStream } from '../context.ts';
import { ellipsis } from '../ellipsis.ts';
import { LiveLines } from './live-lines.ts';
import { Part } from './part.ts';
import { lastingLine, type ProgressView } from './view.ts';

/** Milliseconds between two drawings. */
const FRAME = 100;

export class LiveView implements ProgressView {
  readonly #parts = new Map<string, Part>();
  readonly #lines: LiveLines;
  readonly #clock: NodeJS.Timeout;
  /** Lines that stay, since the last drawing. */
  #lasting: string[] = [];
  #changed = false;

  constructor(stream: TerminalStream) {
    this.#lines = new LiveLines(stream);
    this.#clock = setInterval(() => this.#draw(), FRAME);
  }

  show(event: TransferEvent): void {
    this.#changed = true;
    if (event.type !== 'part') {
      const text = lastingLine(event);
      if (text !== undefined) this.#lasting.push(text);
      return;
    }
    const known = this.#parts.get(event.id);
    if (known?.ended) return;
    const part = known ?? new Part(event, performance.now());
    if (known === undefined) this.#parts.set(event.id, part);
    else part.take(event, performance.now());
    if (part.ended) this.#lasting.push(part.ending());
  }

  end(): void {
    clearInterval(this.#clock);
    this.#write([]);
  }

  #draw(): void {
    const moving = [...this.#parts.values()].filter((part) => !part.ended);
    // Rates change with time alone, but what stands still needs no new picture.
    if (!this.#changed && moving.length === 0) return;
    this.#changed = false;
    const { room, columns } = this.#lines;
    const shown = moving.length > room ? room - 1 : moving.length;
    const now = performance.now();
    const lines = moving.slice(0, shown).map((part) => ellipsis(part.line(now), columns));
    if (shown < moving.length) lines.push(`… and ${moving.length - shown} more`);
    this.#write(lines);
  }

  #write(live: readonly string[]): void {
    this.#lines.draw(this.#lasting, live);
    this.#lasting = [];
  }
}

/** How far the reading of images has come, as one line on a terminal that goes again. */
import type { Context } from '../context.ts';
import { dockerSize } from '../docker-size.ts';
import { ellipsis } from '../ellipsis.ts';
import { LiveLines } from './live-lines.ts';
import { Speed } from './speed.ts';

/** Milliseconds between two drawings. */
const FRAME = 100;

export interface ReadingProgress {
  /** What is read: `app:1`, `3 of 40 images`. */
  readonly what: string;
  /** Bytes of how many, where that is known. */
  readonly bytes?: number;
  readonly total?: number | undefined;
}

export class ReadingLine {
  readonly #lines: LiveLines | undefined;
  readonly #clock: NodeJS.Timeout | undefined;
  readonly #speed = new Speed();
  #now: ReadingProgress | undefined;

  constructor({ io }: Pick<Context, 'io'>) {
    if (io.stderr.isTTY !== true || io.env['TERM'] === 'dumb') return;
    this.#lines = new LiveLines(io.stderr);
    this.#clock = setInterval(() => this.#draw(), FRAME);
  }

  show(progress: ReadingProgress): void {
    this.#now = progress;
    if (progress.bytes !== undefined) this.#speed.note(progress.bytes, performance.now());
  }

  /** Takes the line away, for something else to be written; the next drawing brings it back. */
  clear(): void {
    this.#lines?.draw([], []);
  }

  end(): void {
    clearInterval(this.#clock);
    this.clear();
  }

  #draw(): void {
    if (this.#now === undefined || this.#lines === undefined) return;
    this.#lines.draw([], [ellipsis(progressText(this.#now, this.#speed), this.#lines.columns)]);
  }
}

function progressText({ what, bytes, total }: ReadingProgress, speed: Speed): string {
  const parts = [what];
  if (bytes !== undefined && bytes > 0) {
    parts.push(
      total === undefined ? dockerSize(bytes, 3) : `${dockerSize(bytes, 3)} of ${dockerSize(total, 3)}`,
    );
    const rate = speed.at(performance.now());
    if (rate !== undefined && rate > 0 && total !== undefined && total > bytes)
      parts.push(`${timeText((total - bytes) / rate)} left`);
  }
  return parts.join(', ');
}

function timeText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)}s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)}min` : `${Math.round(seconds / 3600)}h`;
}

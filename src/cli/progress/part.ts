/** One part of a transfer, as far as it is known: what its line says while it moves and when it has ended. */
import type { TransferPart, TransferStage } from '../../engine/transfer.ts';
import { dockerSize } from '../docker-size.ts';
import { Speed } from './speed.ts';

/** Stages in which `done` counts the part's own bytes. */
const MOVING: ReadonlySet<TransferStage> = new Set(['downloading', 'uploading', 'reading', 'writing']);
const LONGEST_STAGE = 'downloading'.length;

export class Part {
  #now: TransferPart;
  #size = 0;
  #speed = new Speed();

  constructor(event: TransferPart, at: number) {
    this.#now = event;
    this.take(event, at);
  }

  /** `at` in milliseconds. */
  take(event: TransferPart, at: number): void {
    if (event.stage !== this.#now.stage) this.#speed = new Speed();
    this.#now = event;
    this.#speed.note(event.done, at);
    if (MOVING.has(event.stage) || event.stage === 'done')
      this.#size = Math.max(this.#size, event.done, event.total ?? 0);
  }

  get id(): string {
    return this.#now.id;
  }

  /** Whether nothing more will come of it. */
  get ended(): boolean {
    return this.#now.stage === 'done' || this.#now.stage === 'present';
  }

  /** `9e02cc771001: done 31.4MB`. */
  ending(): string {
    const { stage, note } = this.#now;
    const what =
      stage === 'present' ? 'already there' : `done${this.#size > 0 ? ` ${dockerSize(this.#size, 3)}` : ''}`;
    return `${this.id}: ${what}${note === undefined ? '' : ` (${note})`}`;
  }

  /** `9e02cc771001: retrying (connection reset at 4.1 MB)`; for those who see no line move. */
  trouble(): string | undefined {
    const { stage, note } = this.#now;
    if (stage !== 'retrying') return undefined;
    return `${this.id}: retrying${note === undefined ? '' : ` (${note})`}`;
  }

  /** `9e02cc771001:  downloading  12.3MB of 31.4MB   39%  4.1MB/s  5s left`. */
  line(now: number): string {
    const { stage, done, total, seconds, note } = this.#now;
    const columns = [`${this.id}:`.padEnd(13), stage.padEnd(LONGEST_STAGE)];
    if (seconds !== undefined) columns.push(`${seconds} s`);
    else if (done > 0 || (total ?? 0) > 0) {
      const rate = this.#speed.at(now);
      columns.push(
        `${dockerSize(done, 3).padStart(6)}${total === undefined ? '' : ` of ${dockerSize(total, 3).padEnd(6)}`}`,
      );
      if (total !== undefined && total > 0) columns.push(`${Math.floor((done * 100) / total)}%`.padStart(4));
      if (rate !== undefined && rate > 0) {
        columns.push(`${dockerSize(rate, 3)}/s`);
        if (total !== undefined && total > done) columns.push(`${shortTime((total - done) / rate)} left`);
      }
    }
    if (note !== undefined) columns.push(note);
    return columns.join('  ').trimEnd();
  }
}

/** `5s`, `3m20s`, `2h05m`. */
function shortTime(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const two = (number: number) => String(number).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}

/** A build on a terminal: steps that have ended scroll by, those that run stand below with their last lines. */
import stringWidth from 'string-width';
import type { BuildEvent } from '../../engine/build.ts';
import type { ProgressStep } from '../../engine/build-progress.ts';
import { line } from '../../engine/text.ts';
import type { TerminalStream } from '../context.ts';
import { dockerSize } from '../docker-size.ts';
import { ellipsis } from '../ellipsis.ts';
import type { BuildMemory } from './build-memory.ts';
import type { BuildView } from './build-view.ts';
import { duration, hasEnded, seconds, stepLabel } from './build-words.ts';
import { LiveLines } from './live-lines.ts';
import type { Paint } from './paint.ts';

/** Milliseconds between two drawings. */
const FRAME = 100;
/** Last lines shown of one running step. */
const TAIL = 6;
/** Preparations that took less are not told of, in milliseconds. */
const NOTABLE = 500;

export class LiveBuildView implements BuildView {
  readonly #lines: LiveLines;
  readonly #memory: BuildMemory;
  readonly #paint: Paint;
  readonly #clock: NodeJS.Timeout;
  readonly #began = performance.now();
  /** When each step was first seen to run, by our clock: the builder's may be another. */
  readonly #seen = new Map<string, number>();
  /** Ends that have scrolled by. */
  readonly #told = new Set<string>();
  #lasting: string[] = [];
  #stopping = false;

  /** `memory` is given each event before it is shown. */
  constructor(stream: TerminalStream, memory: BuildMemory, paint: Paint) {
    this.#lines = new LiveLines(stream);
    this.#memory = memory;
    this.#paint = paint;
    this.#clock = setInterval(() => this.#draw(), FRAME);
    this.#draw();
  }

  show(event: BuildEvent): void {
    if (event.type === 'line' && event.topic === 'warning') this.#lasting.push(`warning: ${event.text}`);
    if (event.type === 'step' && event.state === 'running' && !this.#seen.has(event.id))
      this.#seen.set(event.id, performance.now());
  }

  stopping(): void {
    this.#stopping = true;
    this.#draw();
  }

  end(): void {
    clearInterval(this.#clock);
    this.#write([]);
  }

  #draw(): void {
    const { columns, room } = this.#lines;
    const { steps, context, counts } = this.#memory.progress;
    const { plain, dim } = this.#paint;
    const parts = [
      `${this.#stopping ? 'stopping the build' : 'building'} ${seconds(performance.now() - this.#began)}`,
      ...(counts.total > 0 ? [`${counts.done} of ${counts.total} steps`] : []),
      ...(counts.cached > 0 ? [`${counts.cached} cached`] : []),
    ];
    const live: string[] = [];
    if (context.bytes > 0 && !context.done)
      live.push(`${plain('›')} context ${dockerSize(context.bytes, 3)}`);
    const running = steps.filter(({ state }) => state === 'running');
    // A screen that is too low shows the steps that began first, and how many more there are.
    const shown = running.slice(0, Math.max(1, room - 2 - live.length));
    const each = Math.min(
      TAIL,
      Math.floor((room - 1 - live.length - shown.length) / Math.max(1, shown.length)),
    );
    for (const step of shown) live.push(...this.#running(step, each));
    if (shown.length < running.length) live.push(dim(plain(`… and ${running.length - shown.length} more`)));
    live.push(dim(plain(ellipsis(parts.join(' · '), columns))));
    this.#write(live);
  }

  #running(step: ProgressStep, most: number): string[] {
    const { columns } = this.#lines;
    const { plain, dim } = this.#paint;
    const since = performance.now() - (this.#seen.get(step.id) ?? performance.now());
    const inside = step.inside
      .filter(({ ended }) => !ended)
      .map((part) => {
        const total = part.total === undefined ? '' : ` of ${dockerSize(part.total, 3)}`;
        return `${line(part.name)}${part.done > 0 || total !== '' ? ` ${dockerSize(part.done, 3)}${total}` : ''}`;
      });
    const rows = [...inside.slice(0, most), ...this.#memory.tail(step.id, most - inside.length)];
    return [
      row(plain('›'), plain(stepLabel(step)), seconds(since), columns),
      ...rows.map((text) => dim(plain(ellipsis(`  │ ${text}`, columns)))),
    ];
  }

  /** What has ended since the last drawing, in the order of its end. */
  #ended(): string[] {
    const { steps, context } = this.#memory.progress;
    const { columns } = this.#lines;
    const { good, bad, dim, plain } = this.#paint;
    const lines: string[] = [];
    if (context.done && context.bytes > 0 && this.#isNew('context'))
      lines.push(`${good(plain('✓'))} context ${dockerSize(context.bytes, 3)}`);
    const ended = steps
      .filter((step) => hasEnded(step) && this.#isNew(step.id))
      .sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
    for (const step of ended) {
      const took = duration(step) ?? performance.now() - (this.#seen.get(step.id) ?? performance.now());
      const label = plain(stepLabel(step));
      if (step.state === 'failed') lines.push(bad(row(plain('✗'), label, seconds(took), columns)));
      else if (step.internal && took < NOTABLE) continue;
      else if (step.state === 'cached') lines.push(dim(row(plain('✓'), label, 'cached', columns)));
      else if (step.state === 'cancelled') lines.push(dim(row(plain('·'), label, 'cancelled', columns)));
      else lines.push(row(plain('✓'), label, seconds(took), columns, good));
    }
    return lines;
  }

  #isNew(id: string): boolean {
    const isNew = !this.#told.has(id);
    this.#told.add(id);
    return isNew;
  }

  #write(live: readonly string[]): void {
    this.#lines.draw([...this.#ended(), ...this.#lasting], live);
    this.#lasting = [];
  }
}

/** `✓ [assets 3/4] RUN npm ci       12.5s`, exactly as wide as `columns`. */
function row(
  sign: string,
  label: string,
  time: string,
  columns: number,
  paint = (text: string): string => text,
): string {
  const shown = ellipsis(label, Math.max(1, columns - time.length - 4));
  const gap = Math.max(2, columns - 2 - stringWidth(shown) - time.length);
  return `${paint(sign)} ${shown}${' '.repeat(gap)}${time}`;
}

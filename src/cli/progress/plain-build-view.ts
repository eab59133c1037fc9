/** A build in lines that stay, each with the number of its step: for logs and pipes. */
import type { BuildEvent, BuildStep } from '../../engine/build.ts';
import { line } from '../../engine/text.ts';
import { dockerSize } from '../docker-size.ts';
import type { BuildView } from './build-view.ts';
import { duration, hasEnded, seconds, stepLabel } from './build-words.ts';

interface Shown {
  /** From 1, in the order in which steps began. */
  readonly number: number;
  readonly began: number;
  state: BuildStep['state'];
  /** Parts whose end was told. */
  readonly parts: Set<string>;
}

export class PlainBuildView implements BuildView {
  readonly #stream: NodeJS.WritableStream;
  readonly #steps = new Map<string, Shown>();
  #contextTold = false;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  show(event: BuildEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'step':
        return this.#step(event);
      case 'log': {
        const shown = this.#steps.get(event.step);
        const time = shown === undefined ? '' : `${((performance.now() - shown.began) / 1000).toFixed(2)} `;
        return this.#write(`#${shown?.number ?? '?'} ${time}${event.text}`);
      }
      case 'inside': {
        const shown = this.#steps.get(event.step);
        if (shown === undefined || !event.ended || shown.parts.has(event.id)) return undefined;
        shown.parts.add(event.id);
        const size = event.done > 0 ? ` ${dockerSize(event.done, 3)}` : '';
        return this.#write(`#${shown.number} ${line(event.name)}${size} done`);
      }
      case 'part':
        if (event.id !== 'context' || event.stage !== 'done' || this.#contextTold) return undefined;
        this.#contextTold = true;
        return this.#write(`context: sent ${dockerSize(event.done, 3)}`);
      case 'line':
        // The command says that itself, on stdout.
        return /^Successfully (?:built|tagged) /.test(event.text)
          ? undefined
          : this.#write(`${event.topic}: ${event.text}`);
      case 'warning':
        // They are listed at the end, where they are seen.
        return undefined;
    }
  }

  stopping(): void {
    void this.#write('stopping the build');
  }

  end(): void {}

  #step(step: BuildStep): Promise<void> | undefined {
    if (step.state === 'waiting') return undefined;
    let shown = this.#steps.get(step.id);
    const lines: string[] = [];
    if (shown === undefined) {
      shown = { number: this.#steps.size + 1, began: performance.now(), state: 'waiting', parts: new Set() };
      this.#steps.set(step.id, shown);
      lines.push(`#${shown.number} ${stepLabel(step)}`);
    }
    if (step.state !== shown.state && hasEnded(step)) lines.push(`#${shown.number} ${ending(step, shown)}`);
    shown.state = step.state;
    return lines.length === 0 ? undefined : this.#write(lines.join('\n'));
  }

  /** A promise when the reader is behind. */
  #write(text: string): Promise<void> | undefined {
    const stream = this.#stream;
    if (!stream.writable || stream.write(`${text}\n`)) return undefined;
    return new Promise((resolve) => {
      // A reader that goes away holds nothing up.
      const go = () => {
        stream.off('drain', go).off('close', go);
        resolve();
      };
      stream.on('drain', go).on('close', go);
    });
  }
}

function ending(step: BuildStep, { began }: Shown): string {
  switch (step.state) {
    case 'cached':
      return 'CACHED';
    case 'failed':
      return `ERROR ${line(step.error)}`.trimEnd();
    case 'cancelled':
      return 'CANCELLED';
    default:
      return `DONE ${seconds(duration(step) ?? performance.now() - began)}`;
  }
}

/** Signals on their way to another program, while one runs; else they end what is under way. */
import type { ContainerStreams } from '../engine/container.ts';

const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
const TELLING: readonly NodeJS.Signals[] = ['SIGUSR2'];
/** Who asks so often does not want to wait any longer. */
const ENOUGH = 3;
/** How long a program may go on without its terminal, in milliseconds. */
const HANGUP_MS = 3000;

export class PassedSignals implements NonNullable<ContainerStreams['signals']> {
  readonly #stop = new AbortController();
  readonly #listeners = new Set<(name: string) => void>();
  readonly #endsOnHangup: boolean;
  #asked = 0;

  /** A program that has a terminal ends with it, as it would here; others go on. */
  constructor({ tty }: { readonly tty: boolean }) {
    this.#endsOnHangup = tty;
    for (const name of [...ENDING, ...TELLING]) process.on(name, this.#onSignal);
  }

  /** Aborted when all is to end at once. */
  get ending(): AbortSignal {
    return this.#stop.signal;
  }

  listen(onSignal: (name: string) => void): () => void {
    this.#listeners.add(onSignal);
    return () => void this.#listeners.delete(onSignal);
  }

  /** From here on they do again what they did before. */
  close(): void {
    for (const name of [...ENDING, ...TELLING]) process.off(name, this.#onSignal);
  }

  readonly #onSignal = (name: NodeJS.Signals): void => {
    const isEnding = ENDING.includes(name);
    if (isEnding) this.#asked++;
    if (isEnding && (this.#listeners.size === 0 || this.#asked >= ENOUGH)) this.#stop.abort();
    this.#pass(name);
    if (name === 'SIGHUP' && this.#endsOnHangup) setTimeout(() => this.#pass('SIGKILL'), HANGUP_MS).unref();
  };

  #pass(name: NodeJS.Signals): void {
    for (const each of this.#listeners) each(name);
  }
}

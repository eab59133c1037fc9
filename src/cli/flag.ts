/** What a command understands: flags and operands, as data. Parser, help and completion are read from it. */

export interface Flag {
  /** Long name without dashes: `no-trunc`. */
  readonly name: string;
  /** One letter without the dash. */
  readonly short?: string;
  /** Placeholder of the value the flag takes; a flag without one is a switch. */
  readonly value?: string;
  /** May be given more than once. */
  readonly repeat?: boolean;
  readonly help: string;
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Operands as the usage line shows them: `IMAGE [IMAGE...]`. */
  readonly operands: string;
  readonly least: number;
  readonly most: number;
  readonly flags: readonly Flag[];
  /** True for what changes images: `--read-only` refuses it. */
  readonly changes?: boolean | ((operands: readonly string[]) => boolean);
  /** With `--json` it prints events, one a line; its failure is then the last of them. */
  readonly events?: boolean;
  /** Its own flags end at the first operand: what follows belongs to another program. */
  readonly passesOn?: boolean;
  /** Exit code of every failure, where 1 and 2 may be those of another program. */
  readonly failed?: number;
  /** Further paragraphs of the command's help. */
  readonly notes?: readonly string[];
  readonly load: () => Promise<{
    readonly run: (context: import('./context.ts').Context) => Promise<number>;
  }>;
}

/** Flags as given on one command line, by long name. */
export class FlagValues {
  readonly #values = new Map<string, (string | boolean)[]>();

  add(name: string, value: string | boolean): void {
    this.#values.set(name, [...(this.#values.get(name) ?? []), value]);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** A switch; the last one given counts. */
  on(name: string, preset = false): boolean {
    const value = this.#values.get(name)?.at(-1);
    return typeof value === 'boolean' ? value : preset;
  }

  /** A flag's value; the last one given counts. */
  text(name: string): string | undefined {
    const value = this.#values.get(name)?.at(-1);
    return typeof value === 'string' ? value : undefined;
  }

  /** All values of a flag that may be repeated. */
  list(name: string): string[] {
    return (this.#values.get(name) ?? []).filter((value) => typeof value === 'string');
  }
}

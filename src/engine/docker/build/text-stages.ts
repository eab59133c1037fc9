/** The stages of a build that is told as text, and which of them a step needs. */

export class TextStages {
  readonly #stages: { readonly index: string; readonly name: string; last: string }[] = [];

  /** A stage begins; `from` is its `FROM` instruction, `index` counts from 0. Returns the ids that it needs. */
  begin(from: string, index: number = this.#stages.length): readonly string[] {
    const { base, name } = readFrom(from);
    const needed = this.#find(base);
    this.#stages.push({ index: String(index), name: name || String(index), last: '' });
    return needed;
  }

  /** Of the current stage; `''` before the first. */
  get name(): string {
    return this.#stages.at(-1)?.name ?? '';
  }

  /** A step of the current stage. Returns the ids that it needs. */
  step(id: string, name: string): readonly string[] {
    const stage = this.#stages.at(-1);
    const before = stage === undefined || stage.last === '' ? [] : [stage.last];
    if (stage !== undefined) stage.last = id;
    const other = /^(?:COPY|ADD|RUN) .*?(?:--from=|,from=)([^\s,]+)/i.exec(name)?.[1];
    const needed = other === undefined ? [] : this.#find(other);
    return [...before, ...needed.filter((one) => !before.includes(one))];
  }

  #find(wanted: string): readonly string[] {
    const lower = wanted.toLowerCase();
    const named = this.#stages.find(({ name, index }) => name.toLowerCase() === lower || index === wanted);
    const last = named?.last ?? '';
    return last === '' ? [] : [last];
  }
}

/** `FROM --platform=linux/arm64 base:1 AS name`. */
export function readFrom(instruction: string): { readonly base: string; readonly name: string } {
  const found = /^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(instruction);
  return { base: found?.[1] ?? '', name: found?.[2] ?? '' };
}

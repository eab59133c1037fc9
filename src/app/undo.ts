/** What can be taken back at once: names given and names removed. */

export interface Undoable {
  /** `removed the name app:2`. */
  readonly what: string;
  /** Does the reverse; rejects with an EngineError when that is no longer possible. */
  readonly revert: () => Promise<void>;
}

export interface UndoStack {
  push(entry: Undoable): void;
  pop(): Undoable | undefined;
  peek(): Undoable | undefined;
  /** Another engine: what was done on the last one cannot be taken back here. */
  clear(): void;
}

const DEPTH = 50;

export function createUndoStack(): UndoStack {
  const entries: Undoable[] = [];
  return {
    push(entry) {
      entries.push(entry);
      if (entries.length > DEPTH) entries.shift();
    },
    pop: () => entries.pop(),
    peek: () => entries.at(-1),
    clear: () => {
      entries.length = 0;
    },
  };
}

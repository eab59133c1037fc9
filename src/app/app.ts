/** The running program as its commands see it. */

import type { Trash } from '../engine/trash/trash.ts';
import type { ChangeJournal } from '../engine/undo/change-journal.ts';
import type { BuildAnswers } from './build-answers.ts';
import type { KeyMap } from './commands.ts';
import type { Journal } from './journal.ts';
import type { PinBook } from './pin-book.ts';
import type { Session } from './session.ts';
import type { Slots } from './slots.ts';
import type { AppState, Toast } from './state.ts';
import type { Store } from './store.ts';
import type { Stroke } from './stroke.ts';
import type { Terminal } from './terminal.ts';

export interface App {
  readonly store: Store<AppState>;
  readonly session: Session;
  readonly terminal: Terminal;
  /** What was done, on disk. */
  readonly journal: Journal;
  /** What was built last in a folder. */
  readonly buildAnswers: BuildAnswers;
  /** Places for jobs that transfer at a time. */
  readonly slots: Slots;
  /** Where deleted images are kept for a while; undefined where that is off. */
  readonly trash?: () => Promise<Trash>;
  /** Registries that a person lets go without certificates. */
  readonly insecureRegistries: readonly string[];
  /** What was done to engines. */
  readonly changeJournal: ChangeJournal;
  readonly pins: PinBook;
  readonly keyMap: KeyMap;
  /** A person's own keys by command id, from the config file. */
  readonly ownKeys: Readonly<Record<string, readonly string[]>>;
  readonly stroke: Stroke;
  /** The furthest the open window can be scrolled, as last drawn. */
  readonly drawn: { lastTop: number };
  /** Milliseconds. */
  readonly clock: () => number;
  /** One line in the status row, until the next key. */
  say(tone: Toast['tone'], text: string): void;
  hush(): void;
  /** Says in one line that something failed, in few words where there are such, and keeps the whole story behind `!`. */
  fail(what: string, thrown: unknown, brief?: string): void;
  /** Asks first when jobs run, unless told not to. */
  quit(atOnce?: boolean): void;
  suspend(): void;
  /** Lends the terminal, as it was before nacre, to `body`; the screen comes back when that has ended. */
  lend(body: () => Promise<void>): Promise<void>;
}

/** The command table as help, palette, hint line and docs show it. */
import fuzzysort from 'fuzzysort';
import type { App } from './app.ts';
import { COMMANDS, type Command, type Scope } from './commands.ts';
import { heardScopes } from './dispatch.ts';

export interface PaletteRow {
  readonly command: Command;
  readonly title: string;
  readonly scope: string;
  readonly keys: string;
  /** Why it cannot be done now, `''` when it can. */
  readonly blocked: string;
}

export interface HelpColumn {
  readonly title: string;
  readonly entries: readonly { readonly keys: string; readonly title: string }[];
}

export const SCOPE_TITLES: Record<Scope, string> = {
  always: 'Always',
  anywhere: 'Anywhere',
  list: 'Moving',
  images: 'Images',
  layers: 'Layers',
  disk: 'Disk',
  jobs: 'Jobs',
  page: 'Image page',
  log: 'Job log',
  build: 'Build',
  containers: 'Containers',
  changes: 'Changes',
  files: 'Files',
  waste: 'Waste',
  file: 'File',
  findings: 'Find in all images',
  compare: 'Comparison',
  acts: 'Journal of changes',
  result: 'Result of a removal',
  field: 'Filter and search',
  plan: 'Delete dialog',
  prompt: 'Prompt',
  choice: 'Choice',
  ending: 'End of a run',
  restore: 'Undo dialog',
  palette: 'Commands',
  help: 'Help',
  error: 'Error',
  engines: 'Engines',
};

const KEY_SIGNS: Record<string, string> = { up: '↑', down: '↓', left: '←', right: '→' };

export function keyLabel(key: string): string {
  return KEY_SIGNS[key] ?? key;
}

export function keysOf(command: Command, own: Readonly<Record<string, readonly string[]>> = {}): string {
  return (own[command.id] ?? command.keys).map(keyLabel).join(' ');
}

/** Why a command cannot run now: a missing capability, read-only, a lost engine, or its own reason. */
export function blockedReason(command: Command, app: App): string | undefined {
  const state = app.store.get();
  if (command.changes === true && state.readOnly) return 'nacre was started with --read-only';
  if (command.changes === true && state.connection.status !== 'connected')
    return 'waits until the engine is back';
  if (command.needs !== undefined) {
    const engine = app.session.engine();
    if (engine === undefined) return 'no engine is connected';
    const absent = engine.absent[command.needs];
    if (absent !== undefined) return absent;
  }
  return command.blocked?.(app);
}

/** Commands that could be named, best match first; with nothing typed those of the current screen come first. */
export function paletteRows(app: App, typed: string): PaletteRow[] {
  const scopes = heardScopes({ ...app.store.get(), overlay: undefined, field: undefined });
  const rows = COMMANDS.filter((command) => command.motion !== true && scopes.includes(command.scope)).map(
    (command) => ({
      command,
      title: command.title,
      scope: SCOPE_TITLES[command.scope].toLowerCase(),
      keys: keysOf(command, app.ownKeys),
      blocked: blockedReason(command, app) ?? '',
    }),
  );
  if (typed.trim() === '') {
    return rows.sort(
      (a, b) => Number(a.command.scope === 'anywhere') - Number(b.command.scope === 'anywhere'),
    );
  }
  return fuzzysort
    .go(typed.trim(), rows, {
      key: (row: PaletteRow) => `${row.title} ${row.scope}`,
      limit: 0,
      threshold: 0.2,
    })
    .map((result) => result.obj);
}

/** Help for where the person is: that screen first, then moving, then everywhere. */
export function helpColumns(app: App): HelpColumn[] {
  const scopes = heardScopes({ ...app.store.get(), overlay: undefined, field: undefined });
  const order = [...new Set([...scopes].reverse())];
  const columns = order.map((scope) => ({
    title: SCOPE_TITLES[scope],
    // What has no key is found in the palette, by its name.
    entries: COMMANDS.filter((command) => command.scope === scope)
      .map((command) => ({ keys: keysOf(command, app.ownKeys), title: command.title }))
      .filter((entry) => entry.keys !== ''),
  }));
  return [...columns, GLYPHS];
}

const GLYPHS: HelpColumn = {
  title: 'Signs',
  entries: [
    { keys: '▌', title: 'cursor' },
    { keys: '◆', title: 'marked' },
    { keys: '▪', title: 'pinned' },
    { keys: '−', title: 'goes with what is marked' },
    { keys: '●2', title: 'used by two containers' },
    { keys: '○', title: 'dangling' },
    { keys: '+2', title: 'two more names' },
    { keys: '◇', title: 'in the open range' },
    { keys: '≥ ≈', title: 'at least, about' },
    { keys: '✓ ✗ ↻ …', title: 'done, failed, runs, waits' },
    { keys: '←', title: 'taken back' },
    { keys: '+ ~ −', title: 'added, changed (of a folder: or in it), removed' },
    { keys: '↪', title: 'a link' },
    { keys: '▏', title: 'cursor of the other pane' },
  ],
};

export interface Hint {
  readonly key: string;
  readonly label: string;
}

function hintKey({ id, keys, hintKeys }: Command, { ownKeys }: App): string {
  const own = ownKeys[id];
  return own === undefined && hintKeys !== undefined ? hintKeys : keyLabel((own ?? keys)[0] ?? ':');
}

/** In the order of the hint line; worked out once, when all commands are there. */
let hinted: readonly Command[] | undefined;
let lastHints: readonly Hint[] = [];

/** What the hint line shows now, in order; the same array as before when nothing in it changed. */
export function hints(app: App): readonly Hint[] {
  const scopes = heardScopes(app.store.get());
  hinted ??= COMMANDS.filter(({ hint }) => hint !== undefined).sort((a, b) => a.hint! - b.hint!);
  const now = hinted
    .filter((command) => scopes.includes(command.scope))
    .filter((command) => command.hinted?.(app) ?? true)
    .filter((command) => blockedReason(command, app) === undefined)
    .map((command) => ({
      key: hintKey(command, app),
      label:
        typeof command.label === 'function'
          ? command.label(app)
          : (command.label ?? command.title.toLowerCase()),
    }));
  const isSame =
    now.length === lastHints.length &&
    now.every(({ key, label }, index) => key === lastHints[index]!.key && label === lastHints[index]!.label);
  if (!isSame) lastHints = now;
  return lastHints;
}

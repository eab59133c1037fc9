/**
 * A terminal for tests: a command in a real pty, its output read by a terminal emulator.
 *
 *   const terminal = openTerminal({ command: process.execPath, args: ['dist/nacre.js'] });
 *   await terminal.waitFor('Images');
 *   terminal.type('jj');
 *   await terminal.settled();
 *   terminal.close();
 */
import { type IPty, spawn } from '@lydell/node-pty';
import xterm, { type IBufferCell } from '@xterm/headless';

export interface TerminalOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to a small clean environment (PATH, HOME, TERM, LANG); CI is never passed on. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Default 120. */
  readonly columns?: number;
  /** Default 36. */
  readonly rows?: number;
}

export interface Cell {
  /** The character, `' '` where nothing was written, `''` for the second half of a wide one. */
  readonly text: string;
  /** Palette number 0 to 255, `#rrggbb`, or undefined for the terminal's own colour. */
  readonly foreground: number | string | undefined;
  readonly background: number | string | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  readonly strikethrough: boolean;
}

export interface Modes {
  readonly alternateScreen: boolean;
  readonly cursorVisible: boolean;
  readonly bracketedPaste: boolean;
  readonly mouse: 'none' | 'x10' | 'vt200' | 'drag' | 'any';
  /** Raw mode is not a terminal mode: see whether a line typed is echoed. */
  readonly synchronized: boolean;
}

export interface Exit {
  readonly code: number;
  /** The signal's number, 0 for none. */
  readonly signal: number;
}

export interface TerminalSession {
  readonly pid: number;
  /** Sends text as one chunk, exactly as given. */
  type(text: string): void;
  /** Sends one key by name: `enter`, `esc`, `tab`, `shift+tab`, `up`, `pgdn`, `ctrl+z`, `alt+x`, `j`. */
  press(name: string): void;
  /** Sends text the way a terminal pastes it; bracketed when the program asked for that. */
  paste(text: string): void;
  resize(columns: number, rows: number): void;
  /** The rows on screen, without trailing blanks; still there after the exit. */
  screen(): string[];
  /** The rows joined by newlines. */
  text(): string;
  cell(column: number, row: number): Cell;
  /** Where the cursor is, counted from 0. */
  cursor(): { readonly column: number; readonly row: number };
  modes(): Modes;
  /** Resolves as soon as the screen contains the text, matches, or the predicate says so. Default 20 s. */
  waitFor(
    wanted: string | RegExp | ((screen: string[]) => boolean),
    options?: { readonly timeout?: number },
  ): Promise<void>;
  /** Resolves when nothing was written for `quiet` milliseconds (default 150). */
  settled(quiet?: number): Promise<void>;
  /** All bytes the command has written so far. */
  bytes(): number;
  /** What the command wrote since the last call of `mark`, escape sequences included. */
  since(): string;
  mark(): void;
  /** Called with each chunk as it arrives, before it is on the screen. */
  onOutput(listener: (chunk: Uint8Array) => void): void;
  signal(name: NodeJS.Signals): void;
  readonly exit: Promise<Exit>;
  /** Ends the command if it still runs. */
  close(): void;
}

const KEYS: Readonly<Record<string, string>> = {
  enter: '\r',
  return: '\r',
  esc: '\u001b',
  escape: '\u001b',
  tab: '\t',
  'shift+tab': '\u001b[Z',
  space: ' ',
  backspace: '\u007f',
  delete: '\u001b[3~',
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  home: '\u001b[H',
  end: '\u001b[F',
  pgup: '\u001b[5~',
  pgdn: '\u001b[6~',
};

/** The bytes a terminal sends for a key. */
export function keyBytes(name: string): string {
  const known = KEYS[name];
  if (known !== undefined) return known;
  if (name.startsWith('ctrl+')) return String.fromCharCode(name.charCodeAt(5) & 0x1f);
  if (name.startsWith('alt+')) return `\u001b${keyBytes(name.slice(4))}`;
  if ([...name].length === 1) return name;
  throw new Error(`no key is called ${name}`);
}

export function openTerminal(options: TerminalOptions): TerminalSession {
  const columns = options.columns ?? 120;
  const rows = options.rows ?? 36;
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 500 });
  const hidden = new Set<number>();
  const listeners: Array<(chunk: Uint8Array) => void> = [];
  const chunks: Buffer[] = [];
  let written = 0;
  let unparsed = 0;
  let lastOutput = performance.now();
  let wake: Array<() => void> = [];
  const notify = () => {
    const waiting = wake;
    wake = [];
    for (const each of waiting) each();
  };
  watchPrivateModes(screen, hidden);

  const child: IPty = spawn(options.command, [...(options.args ?? [])], {
    name: 'xterm-256color',
    cols: columns,
    rows,
    cwd: options.cwd ?? process.cwd(),
    env: environment(options.env),
    encoding: null,
  });
  let exited: Exit | undefined;
  const exit = new Promise<Exit>((resolve) => {
    child.onExit(({ exitCode, signal }) => {
      exited = { code: exitCode, signal: signal ?? 0 };
      // Without an encoding the chunks are buffers whatever the types say; they may still be in the parser.
      screen.write('', () => {
        resolve(exited!);
        notify();
      });
    });
  });
  child.onData((data) => {
    const chunk = data as unknown as Buffer;
    lastOutput = performance.now();
    written += chunk.length;
    chunks.push(chunk);
    for (const listener of listeners) listener(chunk);
    unparsed++;
    screen.write(chunk, () => {
      unparsed--;
      notify();
    });
  });
  screen.onData((answer) => {
    if (exited === undefined) child.write(answer);
  });

  const lines = (): string[] => {
    const { active } = screen.buffer;
    return Array.from({ length: screen.rows }, (_, row) =>
      (active.getLine(active.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
    );
  };
  const change = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  const send = (text: string) => {
    if (exited === undefined) child.write(text);
  };

  return {
    pid: child.pid,
    type: send,
    press: (name) => send(keyBytes(name)),
    paste: (text) => send(screen.modes.bracketedPasteMode ? `\u001b[200~${text}\u001b[201~` : text),
    resize(width, height) {
      screen.resize(width, height);
      child.resize(width, height);
    },
    screen: lines,
    text: () => lines().join('\n'),
    cell(column, row) {
      const { active } = screen.buffer;
      const cell = active.getLine(active.viewportY + row)?.getCell(column);
      if (cell === undefined) throw new Error(`there is no cell ${column},${row}`);
      return readCell(cell);
    },
    cursor: () => ({ column: screen.buffer.active.cursorX, row: screen.buffer.active.cursorY }),
    modes: () => ({
      alternateScreen: screen.buffer.active.type === 'alternate',
      cursorVisible: !hidden.has(25),
      bracketedPaste: screen.modes.bracketedPasteMode,
      mouse: screen.modes.mouseTrackingMode,
      synchronized: screen.modes.synchronizedOutputMode,
    }),
    async waitFor(wanted, { timeout = 20_000 } = {}) {
      const end = performance.now() + timeout;
      while (!matches(wanted, lines())) {
        const left = end - performance.now();
        if (left <= 0 || (exited !== undefined && unparsed === 0)) {
          const why =
            exited === undefined ? `after ${timeout} ms` : `and the command exited (${exited.code})`;
          throw new Error(`the screen never showed ${String(wanted)} ${why}:\n${lines().join('\n')}`);
        }
        await change(Math.min(left, 250));
      }
    },
    async settled(quiet = 150) {
      const start = performance.now();
      for (;;) {
        const rest = Math.max(lastOutput, start) + quiet - performance.now();
        if (rest <= 0 && unparsed === 0) return;
        await change(Math.max(rest, 5));
      }
    },
    bytes: () => written,
    since: () => Buffer.concat(chunks).toString(),
    mark() {
      chunks.length = 0;
    },
    onOutput: (listener) => {
      listeners.push(listener);
    },
    signal: (name) => process.kill(child.pid, name),
    exit,
    close() {
      if (exited === undefined) child.kill('SIGKILL');
    },
  };
}

/** A clean environment, so that no test depends on who runs it. */
function environment(extra: TerminalOptions['env']): Record<string, string> {
  const env: Record<string, string> = { LANG: 'C.UTF-8', TERM: 'xterm-256color' };
  for (const name of ['PATH', 'HOME', 'USER', 'TMPDIR']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  for (const [name, value] of Object.entries(extra ?? {})) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
  return env;
}

/** The emulator keeps no public record of the hidden cursor. */
function watchPrivateModes(screen: xterm.Terminal, off: Set<number>): void {
  for (const final of ['h', 'l']) {
    screen.parser.registerCsiHandler({ prefix: '?', final }, (params) => {
      for (const mode of params.flat()) {
        if (final === 'h') off.delete(mode);
        else off.add(mode);
      }
      return false;
    });
  }
}

function matches(wanted: string | RegExp | ((screen: string[]) => boolean), screen: string[]): boolean {
  if (typeof wanted === 'function') return wanted(screen);
  const text = screen.join('\n');
  return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
}

function readCell(cell: IBufferCell): Cell {
  return {
    text: cell.getChars() || (cell.getWidth() === 0 ? '' : ' '),
    foreground: colour(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
    background: colour(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
    inverse: cell.isInverse() !== 0,
    strikethrough: cell.isStrikethrough() !== 0,
  };
}

function colour(isDefault: boolean, isRgb: boolean, value: number): number | string | undefined {
  if (isDefault) return undefined;
  return isRgb ? `#${value.toString(16).padStart(6, '0')}` : value;
}

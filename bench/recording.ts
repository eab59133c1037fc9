/** A program in a real pty, what it wrote and when. Nothing is parsed while it runs: that would take its CPU. */
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

export const COLUMNS = 120;
export const ROWS = 40;

export interface Chunk {
  /** Milliseconds since the program was started. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface Recording {
  readonly pid: number;
  readonly chunks: readonly Chunk[];
  /** Milliseconds since the program was started. */
  now(): number;
  type(text: string): void;
  /** Resolves when nothing came for `quiet` milliseconds and something has come at all. */
  quiet(milliseconds: number): Promise<void>;
  /** Resolves with the time of the exit. */
  readonly ended: Promise<number>;
  kill(): void;
}

export function record(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd = process.cwd(),
): Recording {
  const [file = '', ...args] = command;
  const chunks: Chunk[] = [];
  const start = performance.now();
  const now = () => performance.now() - start;
  const child = spawn(file, args, {
    name: 'xterm-256color',
    cols: COLUMNS,
    rows: ROWS,
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', LANG: 'C.UTF-8', ...env },
    encoding: null,
  });
  // Without an encoding the chunks are buffers, whatever the types say.
  child.onData((data) => chunks.push({ at: now(), bytes: data as unknown as Buffer }));
  let isRunning = true;
  const ended = new Promise<number>((resolve) => {
    child.onExit(() => {
      isRunning = false;
      resolve(now());
    });
  });
  return {
    pid: child.pid,
    chunks,
    now,
    type: (text) => child.write(text),
    async quiet(milliseconds) {
      const end = now() + 30_000;
      while (isRunning && now() < end) {
        const last = chunks.at(-1)?.at;
        if (last !== undefined && now() - last >= milliseconds) return;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    ended,
    kill() {
      if (isRunning) child.kill('SIGKILL');
    },
  };
}

/** The screen after each chunk. */
export async function* screens(
  chunks: readonly Chunk[],
): AsyncGenerator<{ readonly at: number; readonly rows: readonly string[] }, void, void> {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  for (const { at, bytes } of chunks) {
    await new Promise<void>((resolve) => terminal.write(bytes, resolve));
    yield { at, rows: rowsOf(terminal) };
  }
}

/** When the screen first looked as wanted, in milliseconds since the start; undefined when it never did. `from`: the first chunk that counts. */
export async function firstTime(
  chunks: readonly Chunk[],
  wanted: (rows: readonly string[]) => boolean,
  from = 0,
): Promise<number | undefined> {
  let index = 0;
  for await (const { at, rows } of screens(chunks)) {
    if (index++ >= from && wanted(rows)) return at;
  }
  return undefined;
}

export async function screenAfter(chunks: readonly Chunk[]): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  for (const { bytes } of chunks) await new Promise<void>((resolve) => terminal.write(bytes, resolve));
  return rowsOf(terminal);
}

function rowsOf(terminal: xterm.Terminal): string[] {
  const { active } = terminal.buffer;
  return Array.from(
    { length: ROWS },
    (_, row) =>
      active
        .getLine(active.viewportY + row)
        ?.translateToString(true)
        .trimEnd() ?? '',
  );
}

/** The built nacre in a terminal of its own, with settings and cache that no other test sees. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { openTerminal, type TerminalSession } from '../support/terminal.ts';

export const PROGRAM = fileURLToPath(new URL('../../dist/nacre.js', import.meta.url));

export interface AppOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly columns?: number;
  readonly rows?: number;
  /** Another Node than the one that runs the tests. */
  readonly node?: string;
  /** Another build of the program than dist/. */
  readonly program?: string;
}

/** Starts the app on an engine (`unix://…`, `''` for whatever it finds itself); it ends with the test. */
export function openApp(host: string, options: AppOptions = {}): TerminalSession {
  const { command, env } = startOf(host, options);
  return endWithTest(openTerminal({ ...sizeOf(options), command: command[0]!, args: command.slice(1), env }));
}

/** The app's command line and surroundings, for a test that starts it in its own way. */
export function startOf(
  host: string,
  options: AppOptions = {},
): { readonly command: readonly string[]; readonly env: Readonly<Record<string, string | undefined>> } {
  const folder = scratchFolder();
  onTestFinished(() => removeScratch(folder));
  return {
    command: [options.node ?? process.execPath, options.program ?? PROGRAM, ...(options.args ?? [])],
    env: {
      HOME: folder,
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      XDG_STATE_HOME: join(folder, 'state'),
      DOCKER_HOST: host === '' ? undefined : host,
      ...options.env,
    },
  };
}

export function sizeOf(options: AppOptions): { readonly columns: number; readonly rows: number } {
  return { columns: options.columns ?? 120, rows: options.rows ?? 36 };
}

export function endWithTest(terminal: TerminalSession): TerminalSession {
  onTestFinished(() => terminal.close());
  return terminal;
}

/** The name on the row under the cursor of the image lists, `''` where none is drawn. */
export function underCursor(screen: readonly string[]): string {
  const row = screen.find((each) => each.startsWith('▌') || each.startsWith('>')) ?? '';
  return /^[▌>].?\s*(\S+)/.exec(row)?.[1] ?? '';
}

/** Until the list, all layers and the disk usage are known, so that nothing moves by itself any more. */
export function untilRead(app: TerminalSession): Promise<void> {
  return app.waitFor(
    (screen) =>
      underCursor(screen) !== '' &&
      screen.some((row) => row.includes(' on disk')) &&
      !screen.some((row) => /\d [kMG]?B +(?:…|~|≈)/.test(row)),
  );
}

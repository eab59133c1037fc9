/** Running a program to its end. */
import { execFile } from 'node:child_process';

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Milliseconds; default two minutes. */
  readonly timeout?: number;
}

/** What the program wrote to stdout; rejects with its name and the end of its stderr. */
export function run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { timeout: 120_000, maxBuffer: 64 * 1024 * 1024, ...options, encoding: 'utf8' },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${program} ${args[0] ?? ''}: ${lastLines(stderr) || error.message}`));
      },
    );
  });
}

/** As `run`, but `''` where the program is missing or fails. */
export async function tryRun(program: string, args: readonly string[], options?: CommandOptions) {
  return await run(program, args, options).catch(() => '');
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-2).join(' ').slice(-400);
}

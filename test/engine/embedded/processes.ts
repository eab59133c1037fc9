/** Processes that work on a store. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What store-worker.ts does is its first argument. */
export const STORE_WORKER = join(import.meta.dirname, 'store-worker.ts');

export interface Worker {
  readonly process: ChildProcess;
  /** Whole lines so far. */
  lines(): string[];
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export function startWorker(script: string, ...args: readonly string[]): Worker {
  const child = spawn(process.execPath, ['--no-warnings', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]: (number | string | null)[]) => {
    if (errors !== '') throw new Error(errors);
    return code ?? signal ?? '';
  });
  return { process: child, lines: () => text.split('\n').slice(0, -1), ended };
}

/** A yes-or-no question on the terminal; anything but yes is no. */
import { createInterface } from 'node:readline/promises';
import type { Io } from './context.ts';

/** Asks on stderr, because stdout carries data only. Rejects when aborted. */
export async function ask(io: Io, question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  // Without this, ctrl+c at the prompt only closes it, and end of input never answers.
  const stop = new AbortController();
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  lines.once('close', () => stop.abort());
  try {
    const answer = await lines.question(`${question} [y/N] `, {
      signal: AbortSignal.any([signal, stop.signal]),
    });
    return /^y(es)?$/i.test(answer.trim());
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return false;
  } finally {
    lines.close();
  }
}

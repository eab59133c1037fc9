/** Questions on the terminal. They are asked on stderr, because stdout carries data only. */
import { createInterface } from 'node:readline/promises';
import type { Io } from './context.ts';

/** A yes-or-no question; anything but yes is no. Rejects when aborted. */
export async function ask(io: Io, question: string, signal: AbortSignal): Promise<boolean> {
  const answer = await askLine(io, `${question} [y/N] `, signal);
  return /^y(es)?$/i.test(answer ?? '');
}

/** One line, trimmed; undefined at the end of input. Rejects when aborted. */
export async function askLine(io: Io, question: string, signal: AbortSignal): Promise<string | undefined> {
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  // Without this, ctrl+c at the prompt only closes it, and end of input never answers.
  const stop = new AbortController();
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  lines.once('close', () => stop.abort());
  try {
    const answer = await lines.question(question, { signal: AbortSignal.any([signal, stop.signal]) });
    return answer.trim();
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return undefined;
  } finally {
    lines.close();
  }
}

/** One line from a terminal that shows nothing of it; undefined at the end of input. Rejects when aborted. */
export async function askSecret(io: Io, question: string, signal: AbortSignal): Promise<string | undefined> {
  const { stdin, stderr } = io;
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  let typed = '';
  const onText = (text: string) => {
    // Arrows and their like mean nothing here.
    if (text.startsWith('\u001b')) return;
    for (const key of text) {
      if (key === '\r' || key === '\n') resolve(typed);
      else if (key === '\u0003') process.kill(process.pid, 'SIGINT');
      else if (key === '\u0004') resolve(typed === '' ? undefined : typed);
      else if (key === '\u0015') typed = '';
      else if (key === '\u007f' || key === '\b') typed = [...typed].slice(0, -1).join('');
      else typed += key;
    }
  };
  const onEnd = () => resolve(undefined);
  const onAbort = () => reject(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', onAbort, { once: true });
  stdin.setRawMode(true);
  // A question before it has left stdin paused.
  stdin.setEncoding('utf8').on('data', onText).once('end', onEnd).resume();
  stderr.write(question);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    stdin.removeListener('data', onText).removeListener('end', onEnd);
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

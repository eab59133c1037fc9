/** The program while it runs: it can be sent signals and waited for. */
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { nacreStarted } from './process.ts';

/** With what it has said so far; killed at the end of the test. */
export function nacreRunning(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = nacreStarted(args, env);
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { output: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.output += text;
  });
  child.stderr.resume();
  const until = async (wanted: string) => {
    while (!said.output.includes(wanted)) await once(child.stdout, 'data');
  };
  const code = once(child, 'close').then(([code]) => code as number);
  return { child, said, until, code };
}

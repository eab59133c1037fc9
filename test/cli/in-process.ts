/** `nacre ARGS…` without a process of its own: for commands whose words matter, and not how they begin and end. */
import { Readable, Writable } from 'node:stream';
import { parseArguments, runCommand } from '../../src/cli/cli.ts';
import type { Ended } from './process.ts';

export async function nacreHere(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const parsed = parseArguments([...args]);
  if (parsed.kind === 'app') throw new Error('these arguments start the app');
  const stdout = new Collected();
  const stderr = new Collected();
  // A shell's stdin that is no terminal, at its end.
  const stdin = Readable.from([]) as unknown as NodeJS.ReadStream;
  const code = await runCommand(parsed, { stdin, stdout, stderr, env });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Collected extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

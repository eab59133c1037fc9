/** A connection to an engine through the machine's own ssh, as docker makes it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { line } from '../text.ts';
import type { Target } from './endpoint.ts';

type SshTarget = Extract<Target, { scheme: 'ssh' }>;

/**
 * `ssh -T … host docker system dial-stdio` as a socket. It has no terminal to ask for a password on:
 * keys, an agent or SSH_ASKPASS must do. What ssh says on stderr becomes the error's message.
 */
export class SshSocket extends Duplex {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #said = '';
  #answered = false;

  constructor(target: SshTarget, dialer: 'docker' | 'podman', env: NodeJS.ProcessEnv = process.env) {
    super({ allowHalfOpen: false });
    // Detached: a ctrl+c meant for the screen must not reach ssh, nor may ssh ask on our terminal.
    this.#child = spawn('ssh', sshArguments(target, dialer), {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      env,
    });
    const { stdin, stdout, stderr } = this.#child;
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-2000);
    });
    stdout.on('data', (chunk: Buffer) => {
      this.#answered = true;
      if (!this.push(chunk)) stdout.pause();
    });
    stdin.on('error', () => {});
    // It may fail before anybody listens; whoever takes the socket then sees it destroyed.
    this.on('error', () => {});
    this.#child.on('error', (error) => this.destroy(this.#failure(error)));
    this.#child.on('close', (code) => {
      if (this.#answered && code === 0) this.push(null);
      else this.destroy(this.#failure(undefined, code));
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  /** A failed write is not told: that ssh has ended follows, and why. */
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#child.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.stdin.destroy();
    this.#child.kill();
    done(error);
    void this.#killLater();
  }

  ref(): this {
    this.#child.ref();
    return this;
  }

  unref(): this {
    this.#child.unref();
    return this;
  }

  async #killLater(): Promise<void> {
    await delay(2000, undefined, { ref: false });
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
  }

  #failure(cause: Error | undefined, code?: number | null): Error {
    const said = line(this.#said.trim().replace(/\s*\n\s*/g, '; '));
    const what = said || cause?.message || `ssh ended with exit code ${code}`;
    return Object.assign(new Error(what, { cause }), { code: 'ESSH' });
  }
}

export function sshArguments(target: SshTarget, dialer: 'docker' | 'podman'): string[] {
  const remote = dialer === 'docker' ? ['docker'] : ['podman'];
  if (target.path !== '')
    remote.push(dialer === 'docker' ? '--host' : '--url', quote(`unix://${target.path}`));
  remote.push('system', 'dial-stdio');
  return [
    '-T',
    ...['-o', 'ConnectTimeout=30', '-o', 'ServerAliveInterval=30'],
    ...(target.user ? ['-l', target.user] : []),
    ...(target.port ? ['-p', target.port] : []),
    '--',
    target.host,
    ...remote,
  ];
}

/** The remote shell reads the command once more. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Programs as a person's shell runs them. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  /** Written to stdin, which is then closed. */
  readonly input?: string | Buffer;
}

const RUN = fileURLToPath(new URL('../../dist/nacre.js', import.meta.url));

/** `nacre ARGS…` to its end. */
export function nacre(args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  return ended(process.execPath, [RUN, ...args], surroundings);
}

/** `nacre ARGS…` still running. */
export function nacreStarted(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawn(process.execPath, [RUN, ...args], { env: cleanEnvironment(env) });
}

/** Docker's own command line of the machine, with no configuration of the person running the tests. */
export function docker(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return ended('/usr/bin/docker', args, { env });
}

function ended(program: string, args: readonly string[], { env, input }: Surroundings): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: cleanEnvironment(env ?? {}) });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(input ?? '');
  });
}

function cleanEnvironment(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { PATH, XDG_STATE_HOME } = process.env;
  return { PATH, XDG_STATE_HOME, HOME: '/nonexistent', TZ: 'UTC', ...extra };
}

/** A program from its start to its end: how long it took, and the most memory that it had. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Timed {
  readonly milliseconds: number;
  /** Linux only, else 0. */
  readonly megabytes: number;
}

/** With a home of its own in the folder. Throws where the program fails. */
export async function timed(
  command: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Timed> {
  const home = join(folder, 'home');
  const began = performance.now();
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      XDG_CACHE_HOME: join(home, 'cache'),
      DOCKER_CONFIG: home,
      ...env,
    },
  });
  let megabytes = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      megabytes = Math.max(megabytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has ended.
    }
  }, 20);
  const [code] = (await once(child, 'exit')) as [number];
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`);
  return { milliseconds: performance.now() - began, megabytes };
}

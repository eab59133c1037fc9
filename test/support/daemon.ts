/** A server process that cannot outlive its test: it runs in pid and mount namespaces that end with us. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DaemonPlan {
  readonly command: readonly [string, ...string[]];
  readonly env?: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Own namespaces need root; a server that starts no processes and mounts nothing can do without. */
  readonly namespaces: boolean;
  /** Resolves to true once the server answers. */
  readonly ready: () => Promise<boolean>;
}

const READY_WITHIN = 20_000;

export class Daemon {
  readonly #plan: DaemonPlan;
  #child: ChildProcess | undefined;

  constructor(plan: DaemonPlan) {
    this.#plan = plan;
  }

  /** Starts the server and waits until it answers; rejects with the end of its log. */
  async start(): Promise<void> {
    const log = openSync(this.#plan.logFile, 'a');
    // The kernel kills the server when we die, however we die; all it started and mounted goes with its namespaces.
    const guard = ['--pdeathsig', 'KILL'];
    if (this.#plan.namespaces) {
      guard.push('unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc');
    }
    const child = spawn('setpriv', [...guard, ...this.#plan.command], {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...this.#plan.env },
      // Out of the terminal's process group, so that ctrl+c reaches the test first.
      detached: true,
    });
    closeSync(log);
    this.#child = child;
    let failure = '';
    child.on('error', (error) => {
      failure = error.message;
    });
    const deadline = Date.now() + READY_WITHIN;
    while (!(await this.#plan.ready())) {
      if (failure !== '' || hasEnded(child) || Date.now() > deadline) {
        await this.kill();
        throw new Error(`${this.#plan.command[0]} did not start: ${failure || this.log().slice(-1500)}`);
      }
      await sleep(20);
    }
  }

  /** Kills the server and everything it started, at once, and waits until they are gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || hasEnded(child)) return;
    const gone = once(child, 'exit');
    process.kill(this.#server(child.pid), 'SIGKILL');
    await gone;
  }

  log(): string {
    return readFileSync(this.#plan.logFile, 'utf8');
  }

  /** The first process of the namespaces: `unshare` waits for it, so its end is the end of all. */
  #server(pid: number): number {
    if (!this.#plan.namespaces) return pid;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? pid : Number(children.split(' ')[0]);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

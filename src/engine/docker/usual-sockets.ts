/** Where engines listen when nobody says otherwise, and whether something does. */
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { connectionProblem } from './failure.ts';

export interface UsualSocket {
  readonly path: string;
  /** For people: `rootless Docker`. */
  readonly engine: string;
}

/** Milliseconds: a socket file answers at once or hangs for good. */
const PROBE_MS = 1_000;

/** In the order in which they are tried. */
export function usualSockets(env: NodeJS.ProcessEnv, home: string): UsualSocket[] {
  const runtime = env['XDG_RUNTIME_DIR'];
  return [
    { path: '/var/run/docker.sock', engine: 'Docker' },
    ...(runtime ? [{ path: join(runtime, 'docker.sock'), engine: 'rootless Docker' }] : []),
    ...(runtime ? [{ path: join(runtime, 'podman/podman.sock'), engine: 'rootless Podman' }] : []),
    { path: '/run/podman/podman.sock', engine: 'Podman' },
    { path: join(home, '.docker/run/docker.sock'), engine: 'Docker Desktop' },
    { path: join(home, '.docker/desktop/docker.sock'), engine: 'Docker Desktop' },
    { path: join(home, '.colima/default/docker.sock'), engine: 'Colima' },
    { path: join(home, '.orbstack/run/docker.sock'), engine: 'OrbStack' },
    { path: join(home, '.rd/docker.sock'), engine: 'Rancher Desktop' },
  ];
}

export interface Probe {
  readonly open: boolean;
  /** Why not, as one phrase: `permission denied`; `''` when open. */
  readonly problem: string;
  readonly denied: boolean;
  readonly missing: boolean;
}

/** Connects and hangs up. Never rejects. */
export function probeSocket(path: string): Promise<Probe> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    const settle = (error?: NodeJS.ErrnoException) => {
      socket.destroy();
      const code = error?.code;
      resolve({
        open: error === undefined,
        problem: error === undefined ? '' : connectionProblem(`unix://${path}`, error),
        // In a folder that may not be entered nobody knows of a socket.
        denied: (code === 'EACCES' || code === 'EPERM') && existsSync(path),
        missing: code === 'ENOENT' || code === 'ENOTDIR',
      });
    };
    socket.once('connect', () => settle()).once('error', settle);
    socket.setTimeout(PROBE_MS, () => settle(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
  });
}

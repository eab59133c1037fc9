/** A Podman API service of one's own, in a folder of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tryRun } from './command.ts';
import { Daemon } from './daemon.ts';
import { debianRoot, installPackages } from './debian-packages.ts';
import { RawApi } from './raw-api.ts';
import type { RunningEngine } from './running-engine.ts';

/** Makes sure that Podman 4.3 is on this machine; rejects with the reason when it cannot be had. */
export async function ensurePodman(): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error('podman tests need Linux and root');
  if (debianRoot() === 'bookworm') await installPackages(['podman', 'runc', 'crun', 'uidmap']);
  const version = /version (\S+)/.exec(await tryRun('podman', ['--version']))?.[1];
  if (version === undefined) throw new Error('this machine has no podman');
  if (!version.startsWith('4.3.')) throw new Error(`this machine has podman ${version}, not 4.3`);
}

/** `registries`: addresses (`127.0.0.1:5000`) that speak plain HTTP. */
export async function startPodman(folder: string, registries: readonly string[]): Promise<RunningEngine> {
  const socket = join(folder, 'podman.sock');
  const api = new RawApi(socket);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'containers.conf'),
    // Equal soft and hard limits, low enough for a machine without CAP_SYS_RESOURCE; runc also runs on hybrid cgroups.
    [
      '[containers]',
      'netns="host"',
      'default_ulimits=["nofile=4096:4096","nproc=32768:32768"]',
      '[engine]',
      'runtime="runc"',
      'cgroup_manager="cgroupfs"',
      'events_logger="file"',
      '',
    ].join('\n'),
  );
  writeFileSync(
    join(folder, 'registries.conf'),
    registries.map((address) => `[[registry]]\nlocation="${address}"\ninsecure=true\n`).join(''),
  );
  const daemon = new Daemon({
    command: [
      'podman',
      ...['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--tmpdir', join(folder, 'tmp')],
      ...['--storage-driver', 'overlay', 'system', 'service', '--time=0', `unix://${socket}`],
    ],
    env: {
      TMPDIR: folder,
      CONTAINERS_CONF: join(folder, 'containers.conf'),
      CONTAINERS_REGISTRIES_CONF: join(folder, 'registries.conf'),
    },
    logFile: join(folder, 'log'),
    namespaces: true,
    ready: () => api.isUp(),
  });
  const start = async () => {
    // What a reboot would clear; without it Podman believes its containers still run.
    for (const stale of ['run', 'tmp', 'podman.sock']) {
      await rm(join(folder, stale), { recursive: true, force: true });
    }
    await daemon.start();
  };
  await start();
  return { socket, api, kill: () => daemon.kill(), start, log: () => daemon.log() };
}

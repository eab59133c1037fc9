/** A Docker daemon of one's own, in a folder of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tryRun } from './command.ts';
import { Daemon } from './daemon.ts';
import { debianRoot, installPackages, unpackedPackages } from './debian-packages.ts';
import { RawApi } from './raw-api.ts';
import type { RunningEngine } from './running-engine.ts';

export type DockerStore = 'classic' | 'containerd';

/** Which Debian suite carries which Docker. `tini` is named differently where only the static one has no dependencies. */
const SUITES: Readonly<Record<string, { suite: string; init: string }>> = {
  20: { suite: 'bookworm', init: 'tini' },
  26: { suite: 'trixie', init: 'tini' },
  28: { suite: 'sid', init: 'tini-static' },
};

/**
 * The folder that holds `usr/bin/dockerd` of this major version, `''` for the machine's own; got where it is missing.
 * Rejects with the reason, for people, when it cannot be had.
 */
export async function dockerRoot(major: 20 | 26 | 28): Promise<string> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error('dockerd needs Linux and root');
  if ((await dockerMajor('')) === major) return '';
  const debian = debianRoot();
  const source = SUITES[major];
  if (debian === '' || source === undefined) throw new Error(`this machine has no dockerd ${major}`);
  if (debian === source.suite) {
    await installPackages(['docker.io', 'runc']);
    if ((await dockerMajor('')) === major) return '';
  }
  // The host's runc runs them all: that of a newer suite needs a newer libc.
  await installPackages(['runc', 'libdevmapper1.02.1']);
  const root = await unpackedPackages(source.suite, ['docker.io', 'containerd', source.init]);
  const found = await dockerMajor(root);
  if (found === major) return root;
  throw new Error(
    found === undefined
      ? `dockerd of Debian ${source.suite} does not run here`
      : `Debian ${source.suite} carries Docker ${found}, not ${major}`,
  );
}

async function dockerMajor(root: string): Promise<number | undefined> {
  const said = await tryRun(root === '' ? 'dockerd' : join(root, 'usr/sbin/dockerd'), ['--version']);
  const major = /version (\d+)\./.exec(said)?.[1];
  return major === undefined ? undefined : Number(major);
}

export async function startDockerd(root: string, store: DockerStore, folder: string): Promise<RunningEngine> {
  const socket = join(folder, 'docker.sock');
  const api = new RawApi(socket);
  mkdirSync(folder, { recursive: true });
  const features = store === 'containerd' ? { features: { 'containerd-snapshotter': true } } : {};
  writeFileSync(join(folder, 'daemon.json'), JSON.stringify(features));
  const path = ['usr/bin', 'usr/sbin'].map((name) => join(root, name)).join(':');
  const daemon = new Daemon({
    command: [
      root === '' ? 'dockerd' : join(root, 'usr/sbin/dockerd'),
      ...['--config-file', join(folder, 'daemon.json')],
      ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
      ...['-H', `unix://${socket}`, '--pidfile', join(folder, 'pid')],
      // systemd's driver would reach out of our namespaces.
      ...['--exec-opt', 'native.cgroupdriver=cgroupfs'],
      ...['--bridge=none', '--iptables=false', '--ip6tables=false'],
    ],
    env: { TMPDIR: folder, ...(root === '' ? {} : { PATH: `${path}:${process.env['PATH']}` }) },
    logFile: join(folder, 'log'),
    namespaces: true,
    ready: () => api.isUp(),
  });
  const start = async () => {
    // What a reboot would clear: pids in there would mean other processes now.
    for (const stale of ['exec', 'pid', 'docker.sock']) {
      await rm(join(folder, stale), { recursive: true, force: true });
    }
    await daemon.start();
  };
  await start();
  return { socket, api, kill: () => daemon.kill(), start, log: () => daemon.log() };
}

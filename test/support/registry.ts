/** A registry of one's own on a free loopback port, without TLS. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tryRun } from './command.ts';
import { Daemon } from './daemon.ts';
import { debianRoot, installPackages } from './debian-packages.ts';
import { removeScratch, scratchFolder } from './scratch.ts';

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`: the domain part of references. */
  readonly address: string;
  readonly url: string;
  stop(): Promise<void>;
  log(): string;
}

/** Makes sure that `docker-registry` is on this machine; rejects with the reason when it cannot be had. */
export async function ensureRegistry(): Promise<void> {
  const isThere = async () => (await tryRun('docker-registry', ['--version'])) !== '';
  if (await isThere()) return;
  if (debianRoot() !== '') await installPackages(['docker-registry']);
  if (!(await isThere())) throw new Error('this machine has no docker-registry');
}

export async function startRegistry(): Promise<TestRegistry> {
  await ensureRegistry();
  const folder = scratchFolder();
  const config = {
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    // The kernel picks the port, so nobody can take it between the choice and the start.
    http: { addr: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
  let address = '';
  const daemon = new Daemon({
    command: ['docker-registry', 'serve', join(folder, 'config.yml')],
    logFile: join(folder, 'log'),
    namespaces: false,
    ready: async () => {
      address = /listening on (127\.0\.0\.1:\d+)/.exec(daemon.log())?.[1] ?? '';
      if (address === '') return false;
      return await fetch(`http://${address}/v2/`).then(
        (answer) => answer.ok,
        () => false,
      );
    },
  });
  await daemon.start();
  const stop = async () => {
    await daemon.kill();
    await removeScratch(folder);
  };
  return { address, url: `http://${address}`, stop, log: () => daemon.log(), [Symbol.asyncDispose]: stop };
}

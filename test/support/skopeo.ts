/** skopeo, Debian's: another's eyes on what nacre wrote. */
import { createHash } from 'node:crypto';
import { run, tryRun } from './command.ts';
import { debianRoot, installPackages } from './debian-packages.ts';

/** What identifies an image wherever it lies: digests with `sha256:`. */
export interface Identity {
  /** Of the config's bytes. */
  readonly config: string;
  /** Of the unpacked layers, from the base up. */
  readonly diffIds: readonly string[];
  /** Of the layers as they are kept there. */
  readonly layers: readonly string[];
}

/** Makes sure that skopeo is on this machine; rejects with the reason when it cannot be had. */
export async function ensureSkopeo(): Promise<void> {
  const isThere = async () => (await tryRun('skopeo', ['--version'])) !== '';
  if (await isThere()) return;
  if (debianRoot() !== '') await installPackages(['skopeo']);
  if (!(await isThere())) throw new Error('this machine has no skopeo');
}

/** Runs it; rejects with what it said. */
export async function skopeo(...args: readonly string[]): Promise<string> {
  return await run('skopeo', [...args], { timeout: 120_000 });
}

/** Reads an image at a skopeo address: `docker://…`, `oci:DIR:NAME`, `docker-archive:FILE`, `oci-archive:FILE`. */
export async function identify(address: string): Promise<Identity> {
  const plain = address.startsWith('docker://') ? ['--tls-verify=false'] : [];
  const config = await skopeo('inspect', ...plain, '--config', '--raw', address);
  const manifest = JSON.parse(await skopeo('inspect', ...plain, '--raw', address)) as {
    layers: { digest: string }[];
  };
  const { rootfs } = JSON.parse(config) as { rootfs: { diff_ids: string[] } };
  return {
    config: `sha256:${createHash('sha256').update(config).digest('hex')}`,
    diffIds: rootfs.diff_ids,
    layers: manifest.layers.map(({ digest }) => digest),
  };
}

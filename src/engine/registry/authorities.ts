/** Whose certificates are trusted for a host: Node's, the machine's, and what docker's certs.d holds for that host. */
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import type { Environment } from './docker-config.ts';

export interface Authorities {
  /** PEM; undefined where the defaults are enough. */
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
}

/**
 * `*.crt` are authorities, `NAME.cert` and `NAME.key` what to show. Looked for in `/etc/docker/certs.d/HOST`,
 * `~/.docker/certs.d/HOST` and `$XDG_CONFIG_HOME/nacre/certs.d/HOST`; HOST carries its port. `system` adds what
 * the machine trusts (or SSL_CERT_FILE and SSL_CERT_DIR name), which costs tens of milliseconds.
 */
export async function authoritiesFor(
  host: string,
  env: Environment,
  options: { readonly system?: boolean } = {},
): Promise<Authorities> {
  const home = env['HOME'] || homedir();
  const folders = [
    '/etc/docker/certs.d',
    join(env['DOCKER_CONFIG'] || join(home, '.docker'), 'certs.d'),
    join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'nacre', 'certs.d'),
  ].map((folder) => join(folder, host));
  const own: string[] = [];
  let pair: { cert: string; key: string } | undefined;
  for (const folder of folders) {
    // A host comes from outside: it must not lead out of the folder.
    if (!/^[\w.:[\]-]+$/.test(host) || host.startsWith('.')) break;
    const names = (await readdir(folder).catch(() => [])).sort();
    for (const name of names) {
      if (name.endsWith('.crt')) own.push(await readFile(join(folder, name), 'utf8'));
      if (!name.endsWith('.cert') || pair !== undefined) continue;
      const key = await readFile(join(folder, name.replace(/cert$/, 'key')), 'utf8').catch(() => '');
      if (key !== '') pair = { cert: await readFile(join(folder, name), 'utf8'), key };
    }
  }
  const system = options.system ? getCACertificates('system') : [];
  const ca =
    own.length + system.length === 0 ? undefined : [...getCACertificates('default'), ...system, ...own];
  return { ...(ca && { ca }), ...pair };
}

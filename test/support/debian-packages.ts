/** Debian's packages: installed on this machine, or unpacked beside it without touching it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, tryRun } from './command.ts';
import { cacheFolder } from './scratch.ts';

/** The codename of the Debian this runs on as root (`bookworm`), or `''`. */
export function debianRoot(): string {
  if (process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return '';
  const release = readFileSync('/etc/os-release', 'utf8');
  if (!/^ID=debian$/m.test(release)) return '';
  return /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? 'sid';
}

let updated: Promise<string> | undefined;

/** Refreshes apt's lists once; a third party's broken source must not stop us, so its failure is no failure. */
function updateLists(): Promise<string> {
  updated ??= tryRun('apt-get', ['-qq', 'update'], { timeout: 300_000 });
  return updated;
}

/** Installs what is missing of these packages on this machine. Debian, root. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  const states = await Promise.all(packages.map((name) => tryRun('dpkg', ['--status', name])));
  const missing = packages.filter((_, index) => !states[index]?.includes('ok installed'));
  if (missing.length === 0) return;
  await updateLists();
  await run(
    'apt-get',
    ['-qq', '-y', '-o', 'DPkg::Lock::Timeout=300', '--no-install-recommends', 'install', ...missing],
    { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: 600_000 },
  );
}

/**
 * Packages of another suite, unpacked into the cache; returns the root folder that holds their `usr/`.
 * The folder is named after the suite and the version of the first package, and reused. Debian.
 */
export async function unpackedPackages(
  suite: string,
  packages: readonly [string, ...string[]],
): Promise<string> {
  const cache = cacheFolder();
  await mkdir(cache, { recursive: true });
  const prefix = `${suite}-${packages[0]}-`;
  const kept = readdirSync(cache).find((name) => name.startsWith(prefix));
  if (kept !== undefined) return join(cache, kept);
  const apt = await mkdtemp(join(tmpdir(), 'nacre-apt-'));
  try {
    const env = await isolatedApt(apt, suite);
    await run('apt-get', ['-qq', 'update'], { env, timeout: 180_000 });
    const shown = await run('apt-cache', ['show', packages[0]], { env });
    const version = /^Version: (\S+)$/m.exec(shown)?.[1];
    if (version === undefined) throw new Error(`Debian ${suite} has no ${packages[0]}`);
    await run('apt-get', ['-qq', 'download', ...packages], { env, cwd: apt, timeout: 300_000 });
    const unpacked = await mkdtemp(join(cache, 'unfinished-'));
    for (const deb of readdirSync(apt).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg-deb', ['-x', join(apt, deb), unpacked]);
    }
    const root = join(cache, prefix + version.replace(/[^\w.+~-]/g, '_'));
    // Only a whole tree ever gets the final name; where another run was faster, its tree is as good.
    await rename(unpacked, root).catch(() => rm(unpacked, { recursive: true, force: true }));
    return root;
  } finally {
    await rm(apt, { recursive: true, force: true });
  }
}

/** The environment of an apt that knows only `suite`, from the mirror this machine already uses. */
async function isolatedApt(folder: string, suite: string): Promise<NodeJS.ProcessEnv> {
  const mirror = await debianMirror();
  for (const name of ['lists/partial', 'cache/archives/partial']) {
    await mkdir(join(folder, name), { recursive: true });
  }
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
  await writeFile(join(folder, 'status'), '');
  await writeFile(join(folder, 'sources.list'), `deb [signed-by=${keys}] ${mirror} ${suite} main\n`);
  await writeFile(
    join(folder, 'apt.conf'),
    [
      `Dir::Etc::sourcelist "${folder}/sources.list";`,
      'Dir::Etc::sourceparts "-";',
      `Dir::State::lists "${folder}/lists";`,
      `Dir::State::status "${folder}/status";`,
      `Dir::Cache "${folder}/cache";`,
      'APT::Sandbox::User "root";',
      'Acquire::Languages "none";',
      'Acquire::Retries "2";',
      '',
    ].join('\n'),
  );
  return { ...process.env, APT_CONFIG: join(folder, 'apt.conf') };
}

async function debianMirror(): Promise<string> {
  const targets = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'];
  const ask = async () => (await tryRun('apt-get', [...targets, 'Label: Debian'])).split('\n')[0] ?? '';
  let mirror = await ask();
  // Without downloaded lists apt does not know the labels yet.
  if (mirror === '') {
    await updateLists();
    mirror = await ask();
  }
  if (mirror === '') throw new Error('this machine knows no Debian mirror');
  return mirror;
}

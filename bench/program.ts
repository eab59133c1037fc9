/** How nacre is started for a measurement: the built one, on the Node that npm scripts use. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const NACRE: readonly string[] = [
  process.execPath,
  join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/nacre.js'),
];

export interface Home extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  /** Forgets what was learned about images, and keeps Node's compiled code: what every start but the first finds. */
  forget(): Promise<void>;
}

/** Folders of its own, so that neither the person's configuration nor their caches count. */
export async function freshHome(host: string): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'nacre-bench-'));
  const cache = join(folder, 'cache');
  return {
    env: {
      DOCKER_HOST: host,
      DOCKER_CONFIG: join(folder, 'docker'),
      XDG_CACHE_HOME: cache,
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_STATE_HOME: join(folder, 'state'),
      XDG_DATA_HOME: join(folder, 'data'),
    },
    async forget() {
      for (const name of await readdir(join(cache, 'nacre')).catch(() => [])) {
        if (name !== 'compiled') await rm(join(cache, 'nacre', name), { recursive: true });
      }
      await rm(join(folder, 'state'), { recursive: true, force: true });
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The list from the engine is on the screen: its title counts the images, and rows stand under it. */
export function showsList(rows: readonly string[], count: number): boolean {
  return rows.some((row) =>
    new RegExp(`Images ${count.toLocaleString('en-US')}\\b|Images ${count}\\b`).test(row),
  );
}

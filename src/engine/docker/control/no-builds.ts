/** Which engines remember builds: told by what they say of themselves, without asking. */
import type { BuildWatcher } from '../../build-record.ts';
import { atLeast, type Session } from '../session.ts';

/** Docker 24 is the first whose BuildKit remembers builds. */
const SINCE = '1.43';

/** Why this engine cannot tell of builds; undefined where it can. */
export function noBuilds({ kind, info }: Session): string | undefined {
  if (kind === 'podman') return 'Podman does not remember builds';
  if (info.platform.startsWith('windows/'))
    return 'Docker on Windows builds without BuildKit, which alone remembers builds';
  if (atLeast(info.apiVersion, SINCE)) return undefined;
  return `Docker ${info.version} does not remember builds: Docker 24 and later do`;
}

/** What it takes is loaded with the first use: a start would only wait for it. */
export function lazyBuildWatcher(session: Session): BuildWatcher {
  const load = async () => (await import('./build-watcher.ts')).buildWatcher(session);
  return {
    async *records(options) {
      yield* (await load()).records(options);
    },
    async *follow(id, options) {
      yield* (await load()).follow(id, options);
    },
  };
}

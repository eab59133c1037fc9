/** Tags of a name, asked of its registry while a person types: a help, so whatever goes wrong there are none. */
import { parseReference } from '../engine/reference.ts';

export type TagFinder = (typed: string, signal: AbortSignal) => Promise<readonly string[]>;

/** Tags read of a repository at most: some have tens of thousands. */
const READ = 5_000;
/** An answer is good for so long, in milliseconds. */
const FRESH = 60_000;
const MOST = 20;

interface Known {
  readonly at: number;
  readonly tags: Promise<readonly string[]>;
}

/** Remembers what registries answered for a while, as long as a prompt lives. */
export function createTagFinder(insecure: readonly string[]): TagFinder {
  const known = new Map<string, Known>();
  return async (typed, signal) => {
    const asked = readTyped(typed);
    if (asked === undefined) return [];
    const { name, start } = asked;
    let answer = known.get(name);
    if (answer === undefined || Date.now() - answer.at > FRESH) {
      answer = { at: Date.now(), tags: readTags(name, insecure, signal) };
      known.set(name, answer);
      // What failed or was cut short is asked again.
      answer.tags.catch(() => known.delete(name));
    }
    return fitting(await answer.tags, start).map((tag) => `${name}:${tag}`);
  };
}

/** A host whose port is being typed, or `localhost`: as a name it would be told to Docker Hub. */
const HOST = /^(?:[^/]*\.[^/]*|localhost)$/;

/** `redis:8` is asked about once its colon is there; undefined where no tag is being typed. */
function readTyped(typed: string): { name: string; start: string } | undefined {
  const found = /^(\S+):([\w.-]*)$/.exec(typed.trim());
  if (found === null || found[1]!.includes('@')) return undefined;
  const [, name = '', start = ''] = found;
  if (HOST.test(name) && /^\d*$/.test(start)) return undefined;
  try {
    parseReference(name);
    return { name, start };
  } catch {
    return undefined;
  }
}

async function readTags(
  name: string,
  insecure: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { openRegistry } = await import('../engine/registry/registry.ts');
  const { domain, path } = parseReference(name);
  const registry = openRegistry(domain, { insecure });
  try {
    const tags: string[] = [];
    for await (const tag of registry.tags(path, { signal })) {
      tags.push(tag);
      if (tags.length >= READ) break;
    }
    return tags;
  } finally {
    registry.close();
  }
}

const byVersion = new Intl.Collator('en', { numeric: true });

/** Tags that begin so, `latest` and the highest versions first. */
export function fitting(tags: readonly string[], start: string): readonly string[] {
  return tags
    .filter((tag) => tag.startsWith(start))
    .sort((a, b) => Number(b === 'latest') - Number(a === 'latest') || byVersion.compare(b, a))
    .slice(0, MOST);
}

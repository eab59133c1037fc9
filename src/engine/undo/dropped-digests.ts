/** Digest references that an image had before an act, and that go when the act's name is taken from it again. */
import { repositoryOf } from '../reference.ts';
import type { Effects } from './effects.ts';
import type { Facts } from './facts.ts';
import type { WayStep } from './way-back.ts';

/**
 * One phrase each. With the last tag of a repository its digests go as well: on the embedded engine whenever a name
 * leaves an image, on classic Docker when it is removed and not when it moves. Source: `DELETE /images/{name}`.
 */
export function droppedDigests(steps: readonly WayStep[], { images }: Effects, facts: Facts): string[] {
  const { kind } = facts.engine;
  if (kind !== 'docker-classic' && kind !== 'embedded') return [];
  const left = new Map<string, Set<string>>();
  const tagsOf = (id: string): Set<string> => {
    const tags = left.get(id) ?? new Set(facts.images.get(id)?.references ?? []);
    left.set(id, tags);
    return tags;
  };
  const losing: { readonly id: string; readonly name: string }[] = [];
  for (const step of steps) {
    if (step.kind === 'retag') {
      tagsOf(step.image).add(step.name);
      if (step.from === '') continue;
      tagsOf(step.from).delete(step.name);
      if (kind === 'embedded') losing.push({ id: step.from, name: step.name });
    } else if (step.kind === 'untag') {
      tagsOf(step.image).delete(step.name);
      losing.push({ id: step.image, name: step.name });
    }
  }
  const phrases = losing.flatMap(({ id, name }) => {
    const repository = repositoryOf(name);
    if ([...tagsOf(id)].some((tag) => repositoryOf(tag) === repository)) return [];
    const digests = images.get(id)?.digests ?? [];
    return digests
      .filter((digest) => repositoryOf(digest) === repository)
      .map((digest) => `${digest}: a pull of it gives this digest back`);
  });
  return [...new Set(phrases)];
}

/** What stands in the way of a removal, in words that help. */
import type { Image } from './image.ts';
import type { Blocker } from './plan.ts';
import { shortId } from './reference.ts';
import type { Refusal } from './removal-rules.ts';
import type { RemovalStore } from './removal-store.ts';

export function vanishedBlocker(id: string, name: string = shortId(id)): Blocker {
  return {
    kind: 'not-found',
    id,
    name,
    by: [],
    help: 'It is not there (any more): refresh and choose again.',
    forceable: false,
  };
}

export function refusalBlocker(store: RemovalStore, image: Image, refusal: Refusal): Blocker {
  const { refused, forceable } = refusal;
  const blocker = { kind: refused, id: image.id, name: displayName(image), forceable };
  switch (refused) {
    case 'running-container':
    case 'stopped-container': {
      const holders = store.containers(image.id);
      const running = holders.filter((container) => container.running).map((container) => container.name);
      const stopped = holders.filter((container) => !container.running).map((container) => container.name);
      const help = [
        ...(running.length > 0 ? [`stop and remove ${list(running)}`] : []),
        ...(stopped.length > 0 ? [`remove ${list(stopped)}`] : []),
      ].join(', ');
      return { ...blocker, by: [...running, ...stopped], help: forceable ? `${help}, or use force` : help };
    }
    case 'child-image': {
      const by = knownDescendants(store, image.id).map(displayName);
      return { ...blocker, by, help: `remove ${list(by)} first` };
    }
    case 'several-names':
      return {
        ...blocker,
        by: [...store.names(image.id)],
        help: 'remove it by its names, or use force',
      };
  }
}

export function displayName(image: Image): string {
  return image.references[0] ?? image.digests[0] ?? shortId(image.id);
}

/** The images a person knows among those built on one: its nearest descendants with a name, or the last without. */
function knownDescendants(store: RemovalStore, id: string): Image[] {
  const found: Image[] = [];
  const open = [...store.children(id)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const children = store.children(next);
    const image = store.image(next);
    if (!image) continue;
    if (store.names(next).length > 0 || children.length === 0) found.push(image);
    else open.push(...children);
  }
  return found.sort((a, b) => (displayName(a) < displayName(b) ? -1 : 1));
}

/** `a, b and 3 more`: a help line stays a line. */
function list(names: readonly string[]): string {
  if (names.length <= 3) return names.join(', ');
  return `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}

/** Layers of few names in small trees, so that those of one image meet each other in every way. */
import { file, folder, type MadeMember, opaque, whiteout } from '../../support/made-contents.ts';

/** `most` members are tried; a layer holds each path once, and what lies in something is in a folder. */
export function randomLayer(pick: (below: number) => number, most = 8): MadeMember[] {
  const members = new Map<string, MadeMember>();
  const kinds = new Map<string, 'file' | 'folder'>();
  for (let count = 1 + pick(most); count > 0; count--) {
    const parts = Array.from({ length: 1 + pick(3) }, () => 'abc'[pick(3)]!);
    const above = parts.slice(0, -1).map((_, at) => parts.slice(0, at + 1).join('/'));
    const path = parts.join('/');
    if (above.some((one) => kinds.get(one) === 'file') || kinds.has(path)) continue;
    const kind = pick(6);
    if (kind === 0) members.set(`w${path}`, whiteout(path));
    else if (kind === 1) {
      members.set(path, folder(path));
      kinds.set(path, 'folder');
      if (pick(2) === 0) members.set(`o${path}`, opaque(path));
    } else {
      members.set(path, file(path, 1 + pick(90)));
      kinds.set(path, 'file');
    }
    for (const one of above) kinds.set(one, 'folder');
  }
  return [...members.values()];
}

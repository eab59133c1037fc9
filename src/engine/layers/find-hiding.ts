/** Whether a layer hides what lower layers have at a path. Source: OCI image spec, "Layer Filesystem Changeset". */
import { ROOT } from './breadth-tree.ts';
import { FLAG, type LayerIndex } from './layer-index.ts';

const SLASH = 0x2f;

/** `path`: bytes from the root, without a slash in front. A folder of lower layers is not hidden by one that joins it. */
export function hidesPath(index: LayerIndex, path: Uint8Array, isFolder: boolean): boolean {
  let at = ROOT;
  let from = 0;
  for (;;) {
    if (index.has(at, FLAG.opaque)) return true;
    const slash = path.indexOf(SLASH, from);
    const isLast = slash === -1;
    const entry = index.child(at, path.subarray(from, isLast ? undefined : slash));
    if (entry === undefined) return false;
    const type = index.type(entry);
    if (type === 'whiteout' || index.has(entry, FLAG.replaces)) return true;
    if (isLast) return !(isFolder && type === 'directory');
    // What was a folder is something else now.
    if (type !== 'directory') return true;
    at = entry;
    from = slash + 1;
  }
}

/**
 * Where things are in a store. `blobs`, `index.json` and `oci-layout` are those of an OCI image layout;
 * what only nacre needs is in one folder beside them, which other tools do not look at.
 */
import { join } from 'node:path';
import { hexOf, isDigest } from '../oci/digest.ts';

export class Paths {
  readonly folder: string;
  readonly index: string;
  readonly layout: string;
  /** `blobs/sha256`. */
  readonly blobs: string;
  readonly own: string;
  /** Blobs that are being written, or that were and are to be resumed: `<hex>` or, with no digest yet, `new-<token>`. */
  readonly partials: string;
  /** What jobs need, a file a job. */
  readonly holds: string;
  /** Of index.json, and against collections. */
  readonly lock: string;

  constructor(folder: string) {
    this.folder = folder;
    this.index = join(folder, 'index.json');
    this.layout = join(folder, 'oci-layout');
    this.blobs = join(folder, 'blobs', 'sha256');
    this.own = join(folder, OWN_FOLDER);
    this.partials = join(this.own, 'partials');
    this.holds = join(this.own, 'holds');
    this.lock = join(this.own, 'lock');
  }

  partial(digest: string): string {
    return join(this.partials, hexOf(checked(digest)));
  }

  partialLock(digest: string): string {
    return `${this.partial(digest)}${LOCK_SUFFIX}`;
  }
}

export const OWN_FOLDER = '.nacre';
export const LOCK_SUFFIX = '.lock';
/** Of a partial blob whose writer gave up in order: it has no holes. */
export const KEPT_SUFFIX = '.kept';

/** The last line of defence against a digest that climbs out of its folder. */
function checked(digest: string): string {
  if (!isDigest(digest)) throw new Error(`not a digest: ${JSON.stringify(digest)}`);
  return digest;
}

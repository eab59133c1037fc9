/** What a scan tells of one member of a tar. */
import type { SparseMap } from './sparse-map.ts';

/** A member, as it is told; it is used again for the next one, so nothing of it may be kept after the call. */
export class ScannedMember {
  /** A type flag of tar-header.ts. */
  type = 0;
  /** Where the bytes of the name stand: without an object of their own for each of a million members. */
  nameSource: Buffer = NOTHING;
  nameStart = 0;
  nameEnd = 0;
  /** Bytes of where a link leads, as they stand in the tar. */
  link: Buffer = NOTHING;
  mode = 0;
  uid = 0;
  gid = 0;
  /** Unix seconds, with fractions where the tar has them. */
  mtime = 0;
  /** Bytes of the file when it is unpacked: of a sparse one, its holes included. */
  size = 0;
  /** Bytes of the body in the tar. */
  stored = 0;
  /** Where the bytes of a sparse file belong; undefined for all others. */
  sparse: SparseMap | undefined;
  /** Where the body begins in the tar. */
  offset = 0;

  /** Bytes as they stand in the tar. */
  get name(): Buffer {
    return this.nameSource.subarray(this.nameStart, this.nameEnd);
  }
}

const NOTHING = Buffer.alloc(0);

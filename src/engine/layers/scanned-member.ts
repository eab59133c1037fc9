/** What a scan tells of one member of a tar. */

/** A member, as it is told; nothing of it may be kept after the call. */
export interface ScannedMember {
  /** A type flag of tar-header.ts. */
  readonly type: number;
  /** Bytes as they stand in the tar. */
  readonly name: Buffer;
  readonly link: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Unix seconds, with fractions where the tar has them. */
  readonly mtime: number;
  /** Bytes of the file when it is unpacked: of a sparse one, its holes included. */
  readonly size: number;
  /** Bytes of the body in the tar. */
  readonly stored: number;
  /** Where the body begins in the tar. */
  readonly offset: number;
}

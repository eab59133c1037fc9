/** Indexes of layers that no tar was made for: of any size, and any number of files. */
import type { LayerIndex } from '../../src/engine/layers/layer-index.ts';
import { LayerIndexBuilder } from '../../src/engine/layers/layer-index-builder.ts';
import { ScannedMember } from '../../src/engine/layers/scanned-member.ts';

export interface DrawnEntry {
  /** A folder ends with a slash; `.wh.` in front of a name takes it away. */
  readonly path: string | Buffer;
  readonly size?: number;
  readonly mode?: number;
  /** Where a symbolic link leads. */
  readonly link?: string;
  readonly hardLink?: string;
}

export const DRAWN_TIME = Date.UTC(2026, 7, 30, 9, 30) / 1000;

export function drawnLayer(entries: Iterable<DrawnEntry>): LayerIndex {
  const builder = new LayerIndexBuilder();
  for (const { path, size = 0, mode, link, hardLink } of entries) {
    const member = new ScannedMember();
    member.nameSource = Buffer.from(path);
    member.nameEnd = member.nameSource.length;
    const isFolder = member.nameSource.at(-1) === 0x2f;
    const type = link !== undefined ? '2' : hardLink !== undefined ? '1' : isFolder ? '5' : '0';
    member.type = type.charCodeAt(0);
    member.link = Buffer.from(link ?? hardLink ?? '');
    member.mode = mode ?? (link !== undefined ? 0o777 : isFolder ? 0o755 : 0o644);
    member.mtime = DRAWN_TIME;
    // Megabytes with a fraction come to a hair less than whole bytes.
    member.size = Math.round(size);
    builder.add(member);
  }
  return builder.finish(false);
}

/** So many files of so many bytes together, a hundred in a folder. */
export function* manyFiles(folder: string, count: number, bytes: number): Generator<DrawnEntry> {
  for (let at = 0; at < count; at++) {
    const share = Math.floor((bytes * (at + 1)) / count) - Math.floor((bytes * at) / count);
    yield { path: `${folder}/part-${Math.floor(at / 100)}/file-${at}.js`, size: share };
  }
}

/** How an image was made, row by row. */
import type { CallOptions } from '../engine.ts';
import type { History } from '../image.ts';
import { block } from '../text.ts';
import { pathOf } from './http.ts';
import { imageName, shownName } from './image-name.ts';
import { imageId, NO_TEXTS, names, number } from './normalise.ts';
import type { Session } from './session.ts';
import type { HistoryRow } from './wire.ts';

/** Newest first. Source: `GET /images/{name}/history`. */
export async function imageHistory(
  session: Session,
  image: string,
  options: CallOptions = {},
): Promise<History[]> {
  const rows = await session.http.rows<HistoryRow>({
    path: `/images/${pathOf(imageName(session.kind, image))}/history`,
    doing: `read the history of ${shownName(image)}`,
    subject: `image ${shownName(image)}`,
    signal: options.signal,
  });
  return readHistory(session, rows);
}

export function readHistory(session: Pick<Session, 'kind'>, rows: readonly Partial<HistoryRow>[]): History[] {
  // Podman's ids belong to other rows, and its newer versions repeat the image's names on every row.
  const trusted = session.kind !== 'podman';
  return rows.map((row, index) => ({
    id: trusted ? imageId(row.Id) : '',
    created: Math.max(0, number(row.Created)),
    createdBy: block(typeof row.CreatedBy === 'string' ? row.CreatedBy : '').trim(),
    comment: block(typeof row.Comment === 'string' ? row.Comment : ''),
    size: Math.max(0, number(row.Size)),
    references: trusted || index === 0 ? names(row.Tags) : NO_TEXTS,
  }));
}

/** History as rows of docker's table. */
import type { History } from '../engine/image.ts';
import { line } from '../engine/text.ts';
import { dockerAge } from './docker-duration.ts';
import type { Fields } from './docker-format.ts';
import { dockerSize } from './docker-size.ts';
import { rfc3339 } from './docker-time.ts';
import { ellipsis } from './ellipsis.ts';
import { truncatedId } from './image-row.ts';

export interface HistoryStyle {
  /** Unix seconds. */
  readonly now: number;
  readonly human: boolean;
  readonly trunc: boolean;
}

export function historyFields({ now, human, trunc }: HistoryStyle): Fields<History> {
  return {
    Comment: { heading: 'COMMENT', of: (row) => line(row.comment) },
    CreatedAt: { heading: 'CREATED AT', of: (row) => rfc3339(row.created) },
    CreatedBy: {
      heading: 'CREATED BY',
      // A row is one line, also where the instruction is a here-document.
      of: (row) => (trunc ? ellipsis(line(row.createdBy), 45) : line(row.createdBy)),
    },
    CreatedSince: {
      heading: 'CREATED',
      of: (row) => (human ? dockerAge(row.created, now) : rfc3339(row.created)),
    },
    ID: {
      heading: 'IMAGE',
      of: ({ id }) => (id === '' ? '<missing>' : trunc ? truncatedId(id) : id),
    },
    Size: { heading: 'SIZE', of: (row) => (human ? dockerSize(row.size, 3) : String(row.size)) },
  };
}

/** A text field as it is drawn: the part around the cursor where it is too long. */
import type { TextField } from '../../app/text-field.ts';
import { width } from '../../app/width.ts';
import type { Piece } from '../line.ts';

export function fieldPieces(value: TextField, room: number): Piece[] {
  // A text longer than its field shows the part around the cursor.
  const from = Math.max(0, width(value.text.slice(0, value.cursor)) - room + 2);
  return [value.text.slice(from, value.cursor), ['accent', '▏'], value.text.slice(value.cursor)];
}

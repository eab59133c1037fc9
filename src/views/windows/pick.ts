/** One row of a list in a window, with its cursor. */
import type { Theme } from '../../app/theme.ts';
import { compose, type Piece } from '../line.ts';

export function pick(
  theme: Theme,
  cells: number,
  on: boolean,
  left: readonly Piece[],
  right: readonly Piece[] = [],
): string {
  return compose(theme, cells, [on ? ['cursor', ' ▌ '] : '   ', ...left], right);
}

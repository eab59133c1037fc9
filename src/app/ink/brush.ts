/** Writes cells at places, with as few bytes for moving and styling as the terminal needs. */
import { characterOf, isFurther, styleIn } from './cell.ts';
import { plainOf } from './plain.ts';
import { isFragile, type Row } from './row.ts';
import { cellAt } from './row-diff.ts';
import { pen, type Style } from './style.ts';

export class Brush {
  private text = '';
  private style: Style = 0;
  private row = -1;
  private column = -1;
  private readonly columns: number;

  constructor(columns: number) {
    this.columns = columns;
  }

  /** Makes no assumption about what was written before. */
  reset(): void {
    this.text += '\u001b[m';
    this.style = 0;
  }

  /** A whole row as the text it is; false, and nothing written, where it has to go by cells. */
  line(y: number, text: string): boolean {
    const plain = plainOf(text);
    if (plain === undefined || !plain.isClosed || plain.width > this.columns) return false;
    const { width } = plain;
    this.move(y, 0);
    this.plain();
    this.text += text;
    // In the last column the terminal waits to wrap, and erasing there would take the last character.
    if (width < this.columns) this.text += '\u001b[K';
    this.column = width < this.columns ? width : -1;
    return true;
  }

  /** Columns `from` up to `to` (at most the last) of a row of cells, to screen row `y`. */
  cells(y: number, row: Row, from: number, until: number): void {
    const to = Math.min(until, this.columns);
    // A blank rest is erased, when that is shorter.
    const written = Math.min(to, Math.max(row.end, from));
    const isErased = to >= this.columns || to - written > 3;
    const end = isErased ? written : to;
    if (end > from || isErased) this.move(y, from);
    for (let column = from; column < end; column++) {
      const cell = cellAt(row, column);
      if (isFurther(cell)) continue;
      const style = styleIn(cell);
      const value = characterOf(cell);
      if (style !== this.style) this.text += pen(this.style, style);
      this.text += value;
      this.style = style;
      if (column >= row.fragile && isFragile(value)) {
        let next = column + 1;
        while (isFurther(cellAt(row, next))) next++;
        this.column = -1;
        if (next < this.columns) this.move(y, next);
      }
    }
    if (this.column !== -1 && end > from) this.column = end;
    if (isErased && to > end) this.erase(y, end);
    // In the last column the terminal waits to wrap: where it stands is not to be relied on.
    if (this.column >= this.columns) this.column = -1;
  }

  private erase(y: number, column: number): void {
    this.move(y, column);
    this.plain();
    this.text += '\u001b[K';
  }

  /** Moves rows `top` to `bottom`, both included, up by `lines` (down when negative). */
  scroll(top: number, bottom: number, lines: number): void {
    this.plain();
    const distance = Math.abs(lines) === 1 ? '' : Math.abs(lines);
    this.text += `\u001b[${top + 1};${bottom + 1}r\u001b[${distance}${lines > 0 ? 'S' : 'T'}\u001b[r`;
    this.row = 0;
    this.column = 0;
  }

  move(y: number, x: number): void {
    if (this.row === y && this.column === x) return;
    this.text += this.shortest(y, x);
    this.row = y;
    this.column = x;
  }

  private shortest(y: number, x: number): string {
    const absolute = x === 0 ? `\u001b[${y + 1}H` : `\u001b[${y + 1};${x + 1}H`;
    if (this.column === -1 || this.row === -1) return absolute;
    const down = y - this.row;
    if (down < 0 || down > 1) return absolute;
    const vertical = down === 0 ? '' : '\u001b[B';
    const right = x - this.column;
    let horizontal = '';
    if (right > 0) horizontal = `\u001b[${right === 1 ? '' : right}C`;
    else if (right < 0) horizontal = right >= -3 ? '\b'.repeat(-right) : `\u001b[${-right}D`;
    const relative = vertical + horizontal;
    return relative.length < absolute.length ? relative : absolute;
  }

  plain(): void {
    this.text += pen(this.style, 0);
    this.style = 0;
  }

  write(text: string): void {
    this.text += text;
  }

  take(): string {
    this.plain();
    return this.text;
  }
}

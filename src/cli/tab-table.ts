/**
 * Columns aligned as docker aligns them: the elastic tab stops of Go's tabwriter with a least width of 10,
 * a padding of 3 spaces, and widths counted in code points. A cell ends with a tab; the last cell of a line belongs
 * to no column. Only neighbouring lines that have a cell in a column share that column's width.
 */
export function alignTabs(text: string): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const widths = lines.map((cells) => cells.map(codePoints));
  const stops: number[] = [];
  const out: string[] = [];
  align(0, lines.length);
  return out.join('\n');

  function align(first: number, end: number): void {
    const column = stops.length;
    let start = first;
    for (let at = first; at < end; at++) {
      if (column >= lines[at]!.length - 1) continue;
      write(start, at);
      start = at;
      let width = LEAST;
      for (; at < end && column < lines[at]!.length - 1; at++) {
        width = Math.max(width, widths[at]![column]! + PADDING);
      }
      stops.push(width);
      align(start, at);
      stops.pop();
      start = at;
    }
    write(start, end);
  }

  function write(first: number, end: number): void {
    for (let at = first; at < end; at++) {
      let row = '';
      lines[at]!.forEach((cell, column) => {
        const stop = stops[column];
        row += stop === undefined ? cell : cell + ' '.repeat(stop - widths[at]![column]!);
      });
      out.push(row);
    }
  }
}

function codePoints(text: string): number {
  return /^[\x00-\x7f]*$/.test(text) ? text.length : [...text].length;
}

const LEAST = 10;
const PADDING = 3;

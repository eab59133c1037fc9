/** Text cut to a width in terminal columns, ending in `…`, as docker cuts the CREATED BY column. */
import stringWidth from 'string-width';

export function ellipsis(text: string, columns: number): string {
  if (/^[\x20-\x7e]*$/.test(text)) {
    return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
  }
  if (stringWidth(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += stringWidth(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

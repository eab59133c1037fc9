/** Stands in for `widest-line`. */
import measureText from './measure-text.ts';

export default function widestLine(text: string): number {
  return measureText(text).width;
}

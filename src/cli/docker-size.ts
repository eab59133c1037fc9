/** Sizes as docker prints them: decimal units, a fixed number of significant digits (`77.8MB`, `2.597MB`). */
import { formatG } from './go-number.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'] as const;

/** Docker uses 3 digits in the SIZE column of images and history, 4 elsewhere. */
export function dockerSize(bytes: number, digits: 3 | 4 = 4): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return formatG(size, digits) + UNITS[unit];
}

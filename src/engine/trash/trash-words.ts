/** What the trash will do, in words: the same in the dialog and without a screen. */
import type { Size } from '../engine.ts';
import type { TrashOutlook } from './trash-estimate.ts';

export interface TrashWords {
  /** `the trash keeps these until 29 Nov (up to 1.2 GB in ~/.local/share/nacre/trash)`. */
  readonly keeps: string;
  /** What it means for the disk, or that it cannot be; `''` where there is nothing to say. */
  readonly disk: string;
}

export interface WordsOptions {
  /** How sizes are shown where this is read. */
  readonly size: (size: Size) => string;
  /** Shown as `~`. */
  readonly home: string;
}

export function trashWords(outlook: TrashOutlook, { size, home }: WordsOptions): TrashWords {
  const { bytes, until, folder } = outlook;
  const place = folderText(folder, home);
  // With a sign of its own a size is no upper bound.
  const most = bytes.bound === 'exact' ? `up to ${size(bytes)}` : size(bytes);
  return {
    keeps: `the trash keeps these until ${dayText(until)} (${most} in ${place})`,
    disk: disk(outlook),
  };
}

function disk({ tooLarge, sameDisk }: TrashOutlook): string {
  if (tooLarge) return 'that is more than the trash may have: raise [trash] size, or delete without it';
  if (sameDisk === 'linked')
    return 'it shares their files with the store: nothing of this is free until then';
  if (sameDisk === 'yes') return 'it is on the same disk: so much less is free until then';
  return sameDisk === 'no' ? '' : 'where that is the disk of the engine, so much less is free until then';
}

/** `29 Nov`; with its time where the day alone says little, with its year where it is far. */
export function dayText(unix: number, now: number = Date.now() / 1000): string {
  const date = new Date(unix * 1000);
  const day = `${date.getDate()} ${MONTHS[date.getMonth()]}`;
  const two = (value: number) => String(value).padStart(2, '0');
  if (unix - now < 2 * 86_400) return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
  return unix - now > 300 * 86_400 ? `${day} ${date.getFullYear()}` : day;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function folderText(folder: string, home: string): string {
  return home !== '' && folder.startsWith(`${home}/`) ? `~${folder.slice(home.length)}` : folder;
}

/** Permissions as `ls -l` and `tar -tv` write them: `-rwxr-xr-x`, `drwxrwxrwt`. */
import type { FileType } from './layer-index.ts';

const LETTERS: Readonly<Record<FileType, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  hardlink: 'h',
  'character-device': 'c',
  'block-device': 'b',
  fifo: 'p',
  whiteout: 'w',
  other: '?',
};

/** `mode`: the twelve bits, set-id and sticky ones included. */
export function modeText(type: FileType, mode: number): string {
  const bits = ['r', 'w', 'x', 'r', 'w', 'x', 'r', 'w', 'x'].map((letter, at) =>
    mode & (0o400 >> at) ? letter : '-',
  );
  special(2, 0o4000, 's');
  special(5, 0o2000, 's');
  special(8, 0o1000, 't');
  return LETTERS[type] + bits.join('');

  function special(at: number, bit: number, letter: string): void {
    if (mode & bit) bits[at] = bits[at] === 'x' ? letter : letter.toUpperCase();
  }
}

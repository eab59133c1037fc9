/** How a changed file differs, in few words. */
import type { Comparison } from './compare-images.ts';
import type { FileChange } from './file-changes.ts';
import { type FileSide, sideOf } from './file-side.ts';

export interface WordStyle {
  /** What stands between old and new. */
  readonly arrow: string;
  /** By how much something grows, `+` where it does not. */
  readonly growth: (bytes: number) => string;
}

/** `content (+1.2 kB), mode 644 → 755`; of what was added or removed only what is no plain file. */
export function changeWords(
  { treeA, treeB }: Pick<Comparison, 'treeA' | 'treeB'>,
  { aspects, unsure, before, after, bytes }: FileChange,
  { arrow, growth }: WordStyle,
): string {
  if (after === undefined) return loneWords(sideOf(treeA, before!), arrow);
  if (before === undefined) return loneWords(sideOf(treeB, after), arrow);
  const [old, now] = [sideOf(treeA, before), sideOf(treeB, after)];
  const both = (tell: (side: FileSide) => string): string => `${tell(old)} ${arrow} ${tell(now)}`;
  return aspects
    .map((aspect) => {
      switch (aspect) {
        case 'type':
          return both(({ type }) => type.replace('-', ' '));
        case 'content':
          return `content ${unsure ? 'perhaps' : `(${growth(bytes)})`}`;
        case 'link':
          return `link ${both(({ link }) => link)}`;
        case 'mode':
          return `mode ${both(({ mode }) => mode.toString(8))}`;
        case 'owner':
          return `owner ${both(({ uid, gid }) => `${uid}:${gid}`)}`;
        default:
          return aspect satisfies never;
      }
    })
    .join(', ');
}

/** Where a link leads, or of what kind it is. */
function loneWords({ type, link }: FileSide, arrow: string): string {
  if (type === 'file' || type === 'directory') return '';
  return type === 'symlink' ? `${arrow} ${link}` : type.replace('-', ' ');
}

/** Whether all that there is of it is a folder. */
export function isFolderChange(
  { treeA, treeB }: Pick<Comparison, 'treeA' | 'treeB'>,
  change: FileChange,
): boolean {
  const { before, after } = change;
  return (
    (before === undefined || treeA.type(before) === 'directory') &&
    (after === undefined || treeB.type(after) === 'directory')
  );
}

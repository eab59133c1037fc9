/** What the tabs of a comparison hold, row by row. Pure. */
import { changeWords, isFolderChange } from '../engine/compare/change-words.ts';
import type { Comparison } from '../engine/compare/compare-images.ts';
import type { FileChange } from '../engine/compare/file-changes.ts';
import { hunkHead, lineBytes, shownLine, type TextDiff } from '../engine/compare/hunk.ts';
import { overviewRows, packageSum } from './compare-overview.ts';
import type { ComparedPackages, ComparePage } from './compare-page.ts';
import { BLANK, growth, has, SIGN_TOKENS, type Sign, type TextRow } from './compare-signs.ts';
import { bytes, shortDigest } from './format.ts';
import { kept } from './kept.ts';
import type { Token } from './theme.ts';
import { fit, fitEnd, width, wrap } from './width.ts';

const MOST_NAME = 40;

function fileSign({ kind, unsure }: FileChange): Sign {
  return unsure ? '?' : kind === 'added' ? '+' : kind === 'removed' ? '−' : '~';
}

/** What is told of one file in a row. */
export interface FileText {
  readonly sign: Sign;
  /** Bytes that come or go; `''` for folders, which have none. */
  readonly moved: string;
  readonly path: string;
  /** What differs, and by how much; of what was added or removed, only what is no plain file. */
  readonly words: string;
}

export function fileText(comparison: Comparison, change: FileChange): FileText {
  const { path, moved } = change;
  const isFolder = isFolderChange(comparison, change);
  return {
    sign: fileSign(change),
    moved: isFolder ? '' : bytes(moved),
    path: `/${path}${isFolder ? '/' : ''}`,
    words: changeWords(comparison, change, { arrow: '→', growth }),
  };
}

const NO_FILES: readonly FileChange[] = [];

/** The files that are shown, in their order. */
export function fileRows({ comparison, hidden, byPath, search }: ComparePage): readonly FileChange[] {
  return comparison === undefined ? NO_FILES : shownFiles(comparison.files.list, hidden, byPath, search);
}

const shownFiles = kept(
  (
    list: readonly FileChange[],
    hidden: ReadonlySet<FileChange['kind']>,
    byPath: boolean,
    search: string,
  ): readonly FileChange[] => {
    const wanted = search.toLowerCase();
    const shown =
      hidden.size === 0 && wanted === ''
        ? list
        : list.filter(
            ({ kind, path }) =>
              !hidden.has(kind) && (wanted === '' || `/${path}`.toLowerCase().includes(wanted)),
          );
    return byPath ? sortedByPath(shown) : shown;
  },
);

/** Gone through by the hundred thousand: sorted once for each list. */
const sortedByPath = kept((list: readonly FileChange[]): readonly FileChange[] =>
  [...list].sort((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0)),
);

/** Rows of the tabs that are text; those of files are drawn one by one. */
export function textRows(page: ComparePage, cells: number): readonly TextRow[] {
  const { comparison, packages, search } = page;
  if (comparison === undefined) return [];
  switch (page.tab) {
    case 'overview':
      return overviewRows(comparison, packages, search, cells);
    case 'packages':
      return packageRows(packages, search, cells);
    case 'layers':
      return layerText(comparison, search, cells);
    case 'files':
      return [];
  }
}

const packageRows = kept((packages: ComparedPackages, search: string, cells: number): readonly TextRow[] => {
  if (packages.status !== 'read') return [BLANK, packageSum(packages)];
  const { list, problems } = packages.changes;
  const told: TextRow[] = problems.flatMap(({ path, why }) =>
    wrap(`/${path} is not compared: ${why}`, cells - 6).map((row): TextRow => [['warn', row]]),
  );
  if (list.length === 0) return [BLANK, ...told, ...(told.length === 0 ? [NO_PACKAGES] : [])];
  const shown = list.filter(({ kind, name, before, after }) => has(search, kind, name, ...before, ...after));
  const names = Math.min(MOST_NAME, Math.max(4, ...shown.map(({ name }) => width(name))));
  return [
    ...told,
    ...shown.map(({ kind, name, before, after }): TextRow => {
      const sign: Sign = before.length === 0 ? '+' : after.length === 0 ? '−' : '~';
      const arrow = before.length === 0 || after.length === 0 ? '' : ' → ';
      return [
        [SIGN_TOKENS[sign], sign],
        ['muted', ` ${fit(kind, 5)}`],
        ['plain', fit(name, names)],
        ['muted', `  ${before.join(', ')}${arrow}`],
        ['plain', after.join(', ')],
      ];
    }),
  ];
});

const NO_PACKAGES: TextRow = [['muted', 'No package of dpkg, apk, rpm, npm or pip differs.']];

const layerText = kept((comparison: Comparison, search: string, cells: number): readonly TextRow[] =>
  comparison.layers
    .filter(({ createdBy, diffId }) => has(search, createdBy, diffId))
    .map(({ kind, before, after, bytes: size, diffId, createdBy }): TextRow => {
      const sign: Sign = kind === 'shared' ? '=' : kind === 'added' ? '+' : '−';
      const token: Token = kind === 'shared' ? 'muted' : 'plain';
      const number = (place: number | undefined): string =>
        fitEnd(place === undefined ? '·' : String(place + 1), 4);
      return [
        [SIGN_TOKENS[sign], sign],
        ['muted', `${number(before)}${number(after)}`],
        [token, fitEnd(bytes(size), 11)],
        ...(cells >= 100 ? ([['muted', `  ${shortDigest(diffId)}`]] as const) : []),
        [token, `  ${createdBy === '' ? '(no instruction recorded)' : createdBy}`],
      ];
    }),
);

/** The lines of a text that differs, in their colours; of the hundred thousand that there may be, only those asked for. */
export function patchRows(diff: TextDiff, from = 0, to = Number.POSITIVE_INFINITY): readonly TextRow[] {
  if (diff.kind === 'none')
    return [BLANK, [['muted', `This is not shown line by line: ${diff.why}.`] as const]].slice(from, to);
  if (diff.hunks.length === 0) return SAME.slice(from, to);
  const rows: TextRow[] = [];
  let at = 0;
  for (const hunk of diff.hunks) {
    if (at >= to) break;
    if (at >= from) rows.push([['accent', hunkHead(hunk)]]);
    at++;
    for (const line of hunk.lines.slice(Math.max(0, from - at), Math.max(0, to - at)))
      rows.push([[lineToken(line), expanded(shownLine(lineBytes(line)))]]);
    at += hunk.lines.length;
  }
  return rows;
}

const SAME: readonly TextRow[] = [BLANK, [['good', 'The contents are the same.']]];

/** How many `patchRows` has. */
export function patchLength(diff: TextDiff | undefined): number {
  if (diff === undefined) return 0;
  if (diff.kind === 'none' || diff.hunks.length === 0) return SAME.length;
  return diff.hunks.reduce((sum, { lines }) => sum + 1 + lines.length, 0);
}

function lineToken(line: string): Token {
  return line[0] === '+' ? 'good' : line[0] === '-' ? 'bad' : line[0] === '\\' ? 'muted' : 'plain';
}

const TAB = 4;

/** Every tab up to the next stop; the first cell is the sign. */
function expanded(line: string): string {
  if (!line.includes('\t')) return line;
  const [first = '', ...rest] = line.slice(1).split('\t');
  let text = first;
  for (const part of rest) text += ' '.repeat(TAB - (width(text) % TAB)) + part;
  return line[0] + text;
}
